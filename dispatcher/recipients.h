/* recipients.h - who receives an alert, most urgent first.
 *
 * A contact is addressed when it has one of the alert's audiences and its
 * territory meets the alert's: one of its communes is listed (or lies in the
 * département, when the alert is for all of it), or it is there for the whole
 * département. Key "FR" (the watch of the sources) concerns everyone. */
#ifndef TOCSIN_DISPATCHER_RECIPIENTS_H
#define TOCSIN_DISPATCHER_RECIPIENTS_H

#include <stddef.h>

#include "config/conf.h"
#include "core/err.h"

enum tcs_urgency {
	TCS_URGENCY_DECIDES, /* authority, sidpc */
	TCS_URGENCY_ACTS,    /* communes, sdis; coz beside them */
	TCS_URGENCY_OTHERS,
	TCS_URGENCIES
};

enum tcs_urgency tcs_audience_urgency(const char *audience);

/* Where a message goes; borrows everything. */
struct tcs_address {
	const char *audience;     /* blank-separated names */
	const char *departement;  /* "62", or "FR" */
	const char *const *insee; /* sorted, unique */
	size_t insee_n;           /* 0: the whole département */
};

struct tcs_recipient {
	const struct tcs_conf_contact *contact;
	enum tcs_urgency urgency;
};

struct tcs_directory; /* contacts by name and by audience; opaque */

/* Borrows `contacts` for its life. NULL when out of memory. */
struct tcs_directory *tcs_directory_new(
    const struct tcs_conf_contact *contacts, size_t n);
void tcs_directory_free(struct tcs_directory **directory); /* NULL-safe */
/* NULL: no such contact. */
const struct tcs_conf_contact *tcs_directory_find(
    const struct tcs_directory *directory, const char *name);
/* Each addressed contact once, by urgency, then by name. The caller frees
 * *ret_items, which is NULL when there are none. */
enum tcs_err tcs_directory_resolve(const struct tcs_directory *directory,
    const struct tcs_address *address, struct tcs_recipient **ret_items,
    size_t *ret_n) TCS_MUST_USE;

/* Each contact once, with the most urgent of its entries; by urgency, then by
 * name. Returns how many are left. */
size_t tcs_recipients_settle(struct tcs_recipient *items, size_t n);

#endif
