#include "cli/reads.h"

#include "collectors/report/signal.h"
#include "core/bus.h"
#include "core/loop.h"

const struct tcs_read tcs_reads[] = {
    {"reports", "reports"},
    {"rules", "signals"},
    {"dispatcher", "proposals"},
    {"dispatcher", "decisions"},
    {"journal", "documents"},
    {"journal", "health"},
    {"journal", "reports"},
    {"journal", "signals"},
    {"journal", "proposals"},
    {"journal", "decisions"},
    {"journal", "alerts"},
    {"journal", "receipts"},
    {"journal", "events"},
    {"journal", "rejected"},
    {NULL, NULL},
};

bool
tcs_reads_reports(const struct tcs_conf *conf)
{
	for (size_t i = 0; i < conf->feeds_n; i++) {
		if (tcs_report_is_driver(conf->feeds[i].driver))
			return true;
	}
	return false;
}

const struct tcs_read *
tcs_reads_of(const struct tcs_conf *conf)
{
	return tcs_reads_reports(conf) ? tcs_reads : tcs_reads + 1;
}

struct reads_lag {
	bool is_here;
	enum tcs_err err;
	uint64_t records;
};

static void
reads_on_lag(void *arg, enum tcs_err err, uint64_t records)
{
	struct reads_lag *lag = arg;

	lag->is_here = true;
	lag->err = err;
	lag->records = records;
}

enum tcs_err
tcs_reads_lag(struct tcs_program *program, const struct tcs_read *read,
    uint64_t *ret_records)
{
	struct reads_lag lag = {0};

	tcs_bus_lag(program->bus, read->group, read->topic, reads_on_lag, &lag);
	while (!lag.is_here)
		tcs_loop_once(program->loop);
	if (lag.err == TCS_OK)
		*ret_records = lag.records;
	return lag.err;
}
