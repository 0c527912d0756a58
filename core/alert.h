/* alert.h - a message that leaves, as it travels on `alerts`: CAP of the
 * status it was meant for, made of a proposal and its decision. */
#ifndef TOCSIN_CORE_ALERT_H
#define TOCSIN_CORE_ALERT_H

#include <stdint.h>

#include "core/proposal.h"

struct tcs_alert {
	struct tcs_proposal
	    base;             /* identifier, references, sent: the alert's */
	const char *status;   /* Actual, Exercise, Test */
	const char *msg_type; /* Alert, Update (lifting: with AllClear) */
	unsigned version;     /* v<n> of this thread and raise */
	/* "id=… authority=… how=… at=…", in this order, each to the next name;
	 * NULL: none was needed (an alerte always has one). */
	const char *decision;
	const char *authority; /* senderName; NULL: the source's name */
};

/* <observatory>.<thread hash>.<raise>.v<n>-<6 hex of content>. */
void tcs_alert_identify(const struct tcs_alert *alert, char id[TCS_ID_MAX]);
enum tcs_err tcs_alert_to_cap(const struct tcs_alert *alert,
    struct tcs_cap **ret_cap, struct tcs_diag *diag) TCS_MUST_USE;
/* *ret_alert borrows from `cap`. */
enum tcs_err tcs_alert_from_cap(struct tcs_cap *cap,
    struct tcs_alert *ret_alert, struct tcs_diag *diag) TCS_MUST_USE;
/* One part of `decision` ("authority", "how", "at"); p NULL when absent. */
struct tcs_slice tcs_decision_part(const char *decision, const char *name);
/* 16 hex of SHA-256(alert id, contact id, channel): the delivery's key. */
void tcs_delivery_key(
    const char *alert, const char *contact, const char *channel, char key[17]);

/* On the wire the headline is preceded by the marks below, and headline,
 * description and instruction begin and end with ESSAI or EXERCICE, for those
 * who show our CAP; tcs_alert_from_cap() takes them off again. */
const char *tcs_alert_mark(const char *status); /* "ESSAI", "EXERCICE", "" */
/* "INFORMATION", "ALERTE", "LEVÉE D'ALERTE",
 * "INFORMATION – FIN DE VIGILANCE", "INFORMATION – FIN". */
const char *tcs_alert_nature(const struct tcs_alert *alert);

/* The French text that people read, the same for every channel that carries
 * text. First word: ESSAI or EXERCICE when the status is not Actual, then
 * INFORMATION or ALERTE (LEVÉE D'ALERTE, FIN DE VIGILANCE where it ends).
 * Subject: one line. Body: headline, level and what it was, territory (with
 * "territoire estimé" when so), the source with its issue time, action, code,
 * expiry, who decided; EXERCICE/ESSAI again last. */
void tcs_alert_subject(const struct tcs_alert *alert, struct tcs_buf *buf);
void tcs_alert_body(const struct tcs_alert *alert, struct tcs_buf *buf);

#endif
