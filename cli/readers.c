#include "cli/readers.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/reads.h"
#include "cli/term.h"
#include "core/bus.h"
#include "core/store.h"

enum { READERS_KEY_MAX = 256 };

/* Its units are the feeds; the other groups' are the partitions. */
static const char readers_collector[] = "collector";

struct readers {
	struct tcs_program *program;
	const struct tcs_conf *conf;
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

static enum tcs_err
readers_append_owners(struct readers *r, const char *group)
{
	bool has_feeds = group == readers_collector;
	size_t n =
	    has_feeds ? r->conf->feeds_n : tcs_bus_partitions(r->program->bus);
	enum tcs_err err = TCS_OK;
	char number[24];

	for (size_t i = 0; err == TCS_OK && i < n; i++) {
		(void)snprintf(number, sizeof(number), "%zu", i);
		err = readers_append_owner(
		    r, group, has_feeds ? r->conf->feeds[i].name : number);
	}
	return err;
}

/* A group's topics are together. */
static bool
readers_is_next_group(const struct tcs_read *read)
{
	return read == tcs_reads || strcmp(read->group, read[-1].group) != 0;
}

static enum tcs_err
readers_append_lag(struct readers *r, const struct tcs_read *read)
{
	uint64_t records = 0;
	enum tcs_err err = tcs_reads_lag(r->program, read, &records);

	if (err != TCS_OK)
		return err;
	if (readers_is_next_group(read))
		tcs_buf_printf(r->out, "%s  %s:", read == tcs_reads ? "" : "\n",
		    read->group);
	tcs_buf_printf(r->out, "  %s %" PRIu64, read->topic, records);
	return TCS_OK;
}

enum tcs_err
tcs_readers_append(struct tcs_program *program, const struct tcs_conf *conf,
    struct tcs_buf *out)
{
	struct readers r = {.program = program, .conf = conf, .out = out};

	tcs_buf_str(out, "owners\n");
	enum tcs_err err = readers_append_owners(&r, readers_collector);
	for (const struct tcs_read *one = tcs_reads;
	     err == TCS_OK && one->group != NULL; one++) {
		if (readers_is_next_group(one))
			err = readers_append_owners(&r, one->group);
	}
	tcs_buf_str(out, "records still to be read\n");
	for (const struct tcs_read *one = tcs_reads;
	     err == TCS_OK && one->group != NULL; one++)
		err = readers_append_lag(&r, one);
	tcs_buf_char(out, '\n');
	return err;
}
