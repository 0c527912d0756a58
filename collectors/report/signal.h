/* signal.h - what a report becomes: one signal, said in French. A function of
 * the report and of the configuration, so that who types it knows the signal's
 * identifier before anyone has read it. */
#ifndef TOCSIN_COLLECTORS_REPORT_SIGNAL_H
#define TOCSIN_COLLECTORS_REPORT_SIGNAL_H

#include <stdint.h>

#include "collectors/report/book.h"
#include "collectors/signals.h"
#include "config/conf.h"
#include "core/err.h"

/* Options of `feed … { driver = "report" }`, which has one such section. */
struct tcs_report_options {
	int64_t expires_ms;
	int64_t link_within_ms;
};

/* Is it the driver that reads the topic `reports`? */
bool tcs_report_is_driver(const char *driver);
/* The section; NULL with a finding: there is none, or two, or it has keys that
 * mean nothing without a URL. */
const struct tcs_conf_feed *tcs_report_feed(
    const struct tcs_conf *conf, struct tcs_diag *diag);
/* In whose name its signals are made; `status` as tcs_status_of(). */
struct tcs_origin tcs_report_origin(const struct tcs_conf *conf,
    const struct tcs_conf_feed *feed, const char *status);

/* Is it for this observatory? TCS_EINVAL: its département is another's. */
enum tcs_err tcs_report_check_place(const struct tcs_conf *conf,
    const char *departement, struct tcs_diag *diag) TCS_MUST_USE;

/* The signal of an entry as it is now, added to `signals`: the first of its
 * event while `entry->identifier` is NULL. `links`, n of them, are reports of
 * the same fact. */
struct tcs_report_says {
	const struct tcs_report_entry *entry;
	enum tcs_report_kind kind; /* of the record that made it so */
	const char *typed_by;      /* of that record */
	int64_t fetched_ms;
	const struct tcs_report_entry *const *links;
	size_t links_n;
};
enum tcs_err tcs_report_signal(struct tcs_signals *signals,
    const struct tcs_origin *origin, const struct tcs_report_says *says,
    struct tcs_new_signal **ret_added) TCS_MUST_USE;
/* What the entry keeps of it, in its arena. */
enum tcs_err tcs_report_entry_sign(struct tcs_report_entry *entry,
    const struct tcs_new_signal *added) TCS_MUST_USE;

#endif
