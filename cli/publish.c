#include "cli/publish.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/buf.h"
#include "core/bus.h"
#include "core/clock.h"
#include "core/loop.h"
#include "core/step.h"
#include "core/store.h"

enum { PUBLISH_LOOK_MS = 50, PUBLISH_CLOCK_MS = 5000 };

void
tcs_publish_key(
    const struct tcs_bus *bus, unsigned partition, char key[TCS_PUBLISH_KEY])
{
	for (unsigned i = 0;; i++) {
		(void)snprintf(key, TCS_PUBLISH_KEY, "FR%.0u", i);
		if (tcs_bus_partition_of(bus, tcs_slice_str(key)) == partition)
			return;
	}
}

struct publish_answer {
	bool is_done;
	enum tcs_err err;
	char reason[256];
};

static void
publish_done(void *arg, enum tcs_err err, const char *reason)
{
	struct publish_answer *answer = arg;

	answer->is_done = true;
	answer->err = err;
	(void)snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
}

enum tcs_err
tcs_publish_records(struct tcs_program *program,
    const struct tcs_outgoing *records, size_t n, const char *what,
    const char *then, struct tcs_diag *diag)
{
	struct publish_answer answer = {0};
	struct tcs_step *step = tcs_step_new(program->bus);

	if (step == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n; i++)
		tcs_step_publish(step, &records[i]);
	tcs_step_commit(step, publish_done, &answer);
	while (!answer.is_done)
		tcs_loop_once(program->loop);
	if (answer.err == TCS_OK)
		return TCS_OK;
	return tcs_diag_add(diag, answer.err, NULL, 0,
	    "%s is not surely stored (%s); %s", what, answer.reason, then);
}

enum tcs_err
tcs_publish_decision(struct tcs_program *program,
    const struct tcs_published *record, struct tcs_diag *diag)
{
	char at[24];

	(void)snprintf(at, sizeof(at), "%" PRId64, record->at_ms);
	const struct tcs_header headers[] = {
	    {tcs_slice_str("id"), tcs_slice_str(record->id)},
	    {tcs_slice_str("decided"), tcs_slice_str(at)},
	    {tcs_slice_str("trace"), tcs_slice_str(record->trace)}};
	const struct tcs_outgoing out = {.topic = "decisions",
	    .key = tcs_slice_str(record->key),
	    .value = record->value,
	    .headers = headers,
	    .headers_n = record->trace == NULL ? 2 : 3};

	return tcs_publish_records(program, &out, 1, "the decision",
	    "see `tocsin proposals` before you decide again", diag);
}

static void
publish_wake(void *arg)
{
	*(bool *)arg = true;
}

/* Let the loop run for a moment. */
static enum tcs_err
publish_pause(struct tcs_loop *loop)
{
	bool is_over = false;
	struct tcs_timer *timer = tcs_timer_new(loop, publish_wake, &is_over);

	if (timer == NULL)
		return TCS_ENOMEM;
	tcs_timer_start(timer, PUBLISH_LOOK_MS);
	while (!is_over)
		tcs_loop_once(loop);
	tcs_timer_free(&timer);
	return TCS_OK;
}

/* TCS_ENOTFOUND: nothing yet. */
static enum tcs_err
publish_look(struct tcs_program *program, const char *hash, const char *field,
    json_t **ret_outcome, struct tcs_diag *diag)
{
	struct tcs_reply *reply = NULL;
	enum tcs_err err =
	    tcs_store_call(program->store, &reply, "HGET", hash, field, NULL);

	if (err == TCS_OK && tcs_reply_kind(reply) == TCS_REPLY_NIL)
		err = TCS_ENOTFOUND;
	if (err == TCS_OK)
		err = tcs_json_parse(
		    tcs_reply_slice(reply), ret_outcome, NULL, diag);
	tcs_reply_free(&reply);
	return err;
}

enum tcs_err
tcs_await_outcome(struct tcs_program *program,
    const struct tcs_published *record, int64_t wait_ms, json_t **ret_outcome,
    struct tcs_diag *diag)
{
	int64_t end_ms = tcs_clock_boot_ms() + wait_ms;
	struct tcs_buf hash, field;
	enum tcs_err err;

	tcs_buf_init(&hash, 256);
	tcs_buf_init(&field, 512);
	tcs_buf_printf(
	    &hash, "%sledger:outcomes", tcs_store_realm(program->store));
	tcs_buf_printf(&field, "%s|%s", record->key, record->id);
	err = hash.err != TCS_OK ? hash.err : field.err;
	while (err == TCS_OK) {
		err = publish_look(program, hash.p, field.p, ret_outcome, diag);
		if (err != TCS_ENOTFOUND)
			break;
		err = tcs_clock_boot_ms() >= end_ms
		          ? TCS_ETIMEOUT
		          : publish_pause(program->loop);
	}
	tcs_buf_fini(&hash);
	tcs_buf_fini(&field);
	return err;
}

enum tcs_err
tcs_await_clock(struct tcs_program *program, struct tcs_diag *diag)
{
	int64_t end_ms = tcs_clock_boot_ms() + PUBLISH_CLOCK_MS;
	enum tcs_err err = TCS_OK;

	while (err == TCS_OK && tcs_clock_now_ms() == 0) {
		if (tcs_clock_boot_ms() >= end_ms)
			return tcs_diag_add(diag, TCS_ETIMEOUT, NULL, 0,
			    "the realm has no clock; leave --realm-clock away, "
			    "or start its player");
		err = publish_pause(program->loop);
	}
	return err;
}
