/* reader.h - the daemon's work of the driver `report`: no source is polled, the
 * topic `reports` is read, by one owner a partition. One report in; its signal,
 * what is known of it, and when that is forgotten, in one step. */
#ifndef TOCSIN_COLLECTORS_REPORT_READER_H
#define TOCSIN_COLLECTORS_REPORT_READER_H

#include "collectors/report/signal.h"
#include "core/worker.h"

/* All borrowed. The argument of tcs_report_ops. */
struct tcs_report_reader {
	const struct tcs_conf *conf;
	const struct tcs_report_options *options;
	struct tcs_origin origin;
};

extern const struct tcs_worker_ops tcs_report_ops;

/* TCS_ECONFIG as tcs_report_feed(). */
enum tcs_err tcs_report_reader_init(struct tcs_report_reader *reader,
    const struct tcs_conf *conf, const char *status,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif
