#include "cli/readers.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/reads.h"
#include "cli/term.h"
#include "collectors/report/signal.h"
#include "core/bus.h"
#include "core/store.h"

enum { READERS_KEY_MAX = 256, READERS_LINE_MAX = 1024 };

/* Its units are the feeds; the other groups' are the partitions. */
static const char readers_collector[] = "collector";

struct readers {
	struct tcs_program *program;
	const struct tcs_conf *conf;
	const struct tcs_read *reads; /* tcs_reads_of(conf) */
	struct tcs_buf *out;
};

/* "<instance>/<nonce>" is what a lease holds. */
static enum tcs_err
readers_append_owner(struct readers *r, const char *group, const char *unit)
{
	struct tcs_store *store = r->program->store;
	struct tcs_reply *reply = NULL;
	char key[READERS_KEY_MAX];

	(void)snprintf(key, sizeof(key), "%slease:%s:%s",
	    tcs_store_realm(store), group, unit);
	enum tcs_err err = tcs_store_call(store, &reply, "GET", key, NULL);
	if (err == TCS_OK) {
		struct tcs_slice nonce;
		struct tcs_slice owner =
		    tcs_slice_cut(tcs_reply_slice(reply), '/', &nonce);
		tcs_buf_printf(r->out, "  %s %s: ", group, unit);
		tcs_term_line(
		    r->out, owner.n == 0 ? tcs_slice_str("nobody") : owner);
		tcs_buf_char(r->out, '\n');
	}
	tcs_reply_free(&reply);
	return err;
}

/* What reads reports is of another group. */
static bool
readers_is_unit(const struct readers *r, const char *group, size_t i)
{
	return group != readers_collector ||
	       !tcs_report_is_driver(r->conf->feeds[i].driver);
}

/* Units of a group: how many, and the name of one. */
static size_t
readers_units(const struct readers *r, const char *group)
{
	return group == readers_collector ? r->conf->feeds_n
	                                  : tcs_bus_partitions(r->program->bus);
}

static const char *
readers_unit(
    const struct readers *r, const char *group, size_t i, char number[24])
{
	(void)snprintf(number, 24, "%zu", i);
	return group == readers_collector ? r->conf->feeds[i].name : number;
}

static enum tcs_err
readers_append_owners(struct readers *r, const char *group)
{
	size_t n = readers_units(r, group);
	enum tcs_err err = TCS_OK;
	char number[24];

	for (size_t i = 0; err == TCS_OK && i < n; i++) {
		if (readers_is_unit(r, group, i))
			err = readers_append_owner(
			    r, group, readers_unit(r, group, i, number));
	}
	return err;
}

/* A group's topics are together. */
static bool
readers_is_next_group(const struct readers *r, const struct tcs_read *read)
{
	return read == r->reads || strcmp(read->group, read[-1].group) != 0;
}

/* Outboxes */

static enum tcs_err
readers_count_outboxes(struct readers *r, const char *group, uint64_t *ret_n)
{
	struct tcs_store *store = r->program->store;
	size_t units = readers_units(r, group);
	enum tcs_err err = TCS_OK;
	char key[READERS_KEY_MAX], number[24];

	*ret_n = 0;
	for (size_t i = 0; err == TCS_OK && i < units; i++) {
		struct tcs_reply *reply = NULL;
		(void)snprintf(key, sizeof(key), "%soutbox:%s:%s",
		    tcs_store_realm(store), group,
		    readers_unit(r, group, i, number));
		err = tcs_store_call(store, &reply, "HLEN", key, NULL);
		if (err == TCS_OK)
			*ret_n += (uint64_t)tcs_reply_int(reply);
		tcs_reply_free(&reply);
	}
	return err;
}

static enum tcs_err
readers_append_outbox(
    struct readers *r, const char *group, struct tcs_buf *line)
{
	uint64_t n = 0;
	enum tcs_err err = readers_count_outboxes(r, group, &n);

	if (err == TCS_OK && n > 0)
		tcs_buf_printf(line, "  %s %" PRIu64, group, n);
	return err;
}

/* Nothing while all that was published is on the bus. */
static enum tcs_err
readers_append_outboxes(struct readers *r)
{
	struct tcs_buf line;

	tcs_buf_init(&line, READERS_LINE_MAX);
	enum tcs_err err = readers_append_outbox(r, readers_collector, &line);
	for (const struct tcs_read *one = r->reads;
	     err == TCS_OK && one->group != NULL; one++) {
		if (readers_is_next_group(r, one))
			err = readers_append_outbox(r, one->group, &line);
	}
	if (line.n > 0)
		tcs_buf_printf(r->out,
		    "committed, not on the bus yet (steps)\n%s\n", line.p);
	tcs_buf_fini(&line);
	return err;
}

/* Lag */

static void
readers_append_lag(
    struct readers *r, const struct tcs_read *read, uint64_t records)
{
	if (readers_is_next_group(r, read))
		tcs_buf_printf(r->out, "%s  %s:", read == r->reads ? "" : "\n",
		    read->group);
	tcs_buf_printf(r->out, "  %s %" PRIu64, read->topic, records);
}

static void
readers_append_silence(struct readers *r)
{
	tcs_buf_printf(
	    r->out, "bus\n  does not answer: %s: ", r->conf->bus.url);
	tcs_term_line(r->out, tcs_slice_str(tcs_bus_reason(r->program->bus)));
	tcs_buf_char(r->out, '\n');
}

static enum tcs_err
readers_append_lags(struct readers *r, bool *ret_answers)
{
	uint64_t records = 0;
	enum tcs_err err = tcs_reads_lag(r->program, r->reads, &records);

	*ret_answers = err != TCS_EUNAVAIL;
	if (!*ret_answers) {
		readers_append_silence(r);
		return TCS_OK;
	}
	tcs_buf_str(r->out, "records still to be read\n");
	for (const struct tcs_read *one = r->reads;
	     err == TCS_OK && one->group != NULL; one++) {
		if (one != r->reads)
			err = tcs_reads_lag(r->program, one, &records);
		if (err == TCS_OK)
			readers_append_lag(r, one, records);
	}
	tcs_buf_char(r->out, '\n');
	return err;
}

enum tcs_err
tcs_readers_append(struct tcs_program *program, const struct tcs_conf *conf,
    struct tcs_buf *out, bool *ret_answers)
{
	struct readers r = {.program = program,
	    .conf = conf,
	    .reads = tcs_reads_of(conf),
	    .out = out};

	tcs_buf_str(out, "owners\n");
	enum tcs_err err = readers_append_owners(&r, readers_collector);
	for (const struct tcs_read *one = r.reads;
	     err == TCS_OK && one->group != NULL; one++) {
		if (readers_is_next_group(&r, one))
			err = readers_append_owners(&r, one->group);
	}
	if (err == TCS_OK)
		err = readers_append_outboxes(&r);
	return err == TCS_OK ? readers_append_lags(&r, ret_answers) : err;
}
