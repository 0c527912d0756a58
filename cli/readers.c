#include "cli/readers.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/term.h"
#include "core/bus.h"
#include "core/loop.h"
#include "core/store.h"

enum { READERS_NAME_MAX = 96, READERS_KEY_MAX = 256 };

static const struct {
	const char *group;
	const char *topics; /* blank-separated; NULL: its units are the feeds */
} readers_groups[] = {
    {"collector", NULL},
    {"rules", "signals"},
    {"dispatcher", "proposals decisions"},
    {"journal", "documents health signals proposals decisions alerts receipts "
                "events rejected"},
};

enum { READERS_GROUPS = sizeof(readers_groups) / sizeof(readers_groups[0]) };

struct readers {
	struct tcs_program *program;
	const struct tcs_conf *conf;
	struct tcs_buf *out;
	/* the lag that was asked for */
	bool is_counted;
	enum tcs_err err;
	uint64_t lag;
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
readers_append_owners(struct readers *r, size_t group)
{
	bool has_feeds = readers_groups[group].topics == NULL;
	size_t n =
	    has_feeds ? r->conf->feeds_n : tcs_bus_partitions(r->program->bus);
	enum tcs_err err = TCS_OK;
	char number[24];

	for (size_t i = 0; err == TCS_OK && i < n; i++) {
		(void)snprintf(number, sizeof(number), "%zu", i);
		err = readers_append_owner(r, readers_groups[group].group,
		    has_feeds ? r->conf->feeds[i].name : number);
	}
	return err;
}

static void
readers_counted(void *arg, enum tcs_err err, uint64_t records)
{
	struct readers *r = arg;

	r->is_counted = true;
	r->err = err;
	r->lag = records;
}

static enum tcs_err
readers_append_lag(struct readers *r, const char *group, struct tcs_slice topic)
{
	char name[READERS_NAME_MAX];

	(void)snprintf(name, sizeof(name), "%.*s", TCS_SLICE_ARG(topic));
	r->is_counted = false;
	tcs_bus_lag(r->program->bus, group, name, readers_counted, r);
	while (!r->is_counted)
		tcs_loop_once(r->program->loop);
	if (r->err == TCS_OK)
		tcs_buf_printf(r->out, "  %s %" PRIu64, name, r->lag);
	return r->err;
}

static enum tcs_err
readers_append_lags(struct readers *r, size_t group)
{
	struct tcs_slice rest = tcs_slice_str(readers_groups[group].topics);
	enum tcs_err err = TCS_OK;

	if (rest.n == 0)
		return TCS_OK;
	tcs_buf_printf(r->out, "  %s:", readers_groups[group].group);
	while (err == TCS_OK && rest.p != NULL)
		err = readers_append_lag(r, readers_groups[group].group,
		    tcs_slice_cut(rest, ' ', &rest));
	tcs_buf_char(r->out, '\n');
	return err;
}

enum tcs_err
tcs_readers_append(struct tcs_program *program, const struct tcs_conf *conf,
    struct tcs_buf *out)
{
	struct readers r = {.program = program, .conf = conf, .out = out};
	enum tcs_err err = TCS_OK;

	tcs_buf_str(out, "owners\n");
	for (size_t i = 0; err == TCS_OK && i < READERS_GROUPS; i++)
		err = readers_append_owners(&r, i);
	tcs_buf_str(out, "records still to be read\n");
	for (size_t i = 0; err == TCS_OK && i < READERS_GROUPS; i++)
		err = readers_append_lags(&r, i);
	return err;
}
