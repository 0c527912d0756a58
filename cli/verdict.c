#include "cli/verdict.h"

#include <stdio.h>
#include <string.h>

#include "cli/docket.h"
#include "cli/publish.h"
#include "cli/typed.h"
#include "core/clock.h"

enum { VERDICT_VALUE_MAX = 16 * 1024, VERDICT_WAIT_MS = 20000 };

#define VERDICT_TYPED_BY "épisode"

/* The last that was proposed of those that wait. */
static const struct tcs_docket_row *
verdict_find(
    const struct tcs_docket *ledger, const struct tcs_episode_event *event)
{
	const struct tcs_docket_row *found = NULL;

	for (size_t i = 0; i < ledger->n; i++) {
		const struct tcs_docket_row *row = &ledger->rows[i];
		const struct tcs_proposal *p = &row->proposal;
		if (tcs_docket_is_waiting(row) && p->zone != NULL &&
		    strcmp(p->zone, event->zone) == 0 &&
		    strcmp(p->nature, event->nature) == 0)
			found = row;
	}
	return found;
}

/* Store it and see it accepted. */
static enum tcs_err
verdict_publish(struct tcs_program *program, const struct tcs_published *record,
    struct tcs_diag *diag)
{
	json_t *outcome = NULL;
	enum tcs_err err = tcs_publish_decision(program, record, diag);

	if (err == TCS_OK)
		err = tcs_await_outcome(
		    program, record, VERDICT_WAIT_MS, &outcome, diag);
	if (err == TCS_ETIMEOUT)
		err = tcs_diag_add(diag, err, NULL, 0,
		    "no dispatcher reads the decision %s", record->id);
	if (err == TCS_OK &&
	    strcmp(tcs_json_str(outcome, "outcome", ""), "accepted") != 0)
		err = tcs_diag_add(diag, TCS_EGUARD, NULL, 0,
		    "the decision %s was %s: %s", record->id,
		    tcs_json_str(outcome, "outcome", "?"),
		    tcs_json_str(outcome, "reason", ""));
	json_decref(outcome);
	return err;
}

static void
verdict_fill(struct tcs_typed *typed, const struct tcs_episode_event *event,
    const struct tcs_docket_row *row)
{
	*typed = (struct tcs_typed){.verdict = event->verdict,
	    .authority = event->authority,
	    .how = event->how,
	    .basis = event->basis,
	    .reason = event->reason,
	    .asked_ms = event->asked_ms,
	    .answered_ms = event->answered_ms,
	    .typed_by = VERDICT_TYPED_BY,
	    .at_ms = tcs_clock_now_ms()};
	(void)snprintf(typed->code, sizeof(typed->code), "%s", row->code);
	(void)snprintf(typed->hash, sizeof(typed->hash), "%.6s", row->hash);
}

static enum tcs_err
verdict_decide(struct tcs_program *program,
    const struct tcs_episode_event *event, const char *id,
    struct tcs_diag *diag)
{
	struct tcs_published record = {.id = id, .at_ms = tcs_clock_now_ms()};
	struct tcs_docket ledger = {0};
	struct tcs_typed typed;
	struct tcs_buf value;

	tcs_buf_init(&value, VERDICT_VALUE_MAX);
	enum tcs_err err = tcs_docket_load(program->store, &ledger, diag);
	if (err != TCS_OK)
		goto out;
	const struct tcs_docket_row *row = verdict_find(&ledger, event);
	if (row == NULL) {
		err = tcs_diag_add(diag, TCS_ENOTFOUND, NULL, 0,
		    "no %s waits for %s: nothing to %s", event->nature,
		    event->zone, event->verdict);
		goto out;
	}
	verdict_fill(&typed, event, row);
	err = tcs_typed_write(&typed, record.id, &value);
	record.key = row->key;
	record.trace = row->trace;
	record.value = tcs_buf_view(&value);
	if (err == TCS_OK)
		err = verdict_publish(program, &record, diag);
out:
	tcs_docket_fini(&ledger);
	tcs_buf_fini(&value);
	return err;
}

/* Each owner of a partition has to be told. */
static enum tcs_err
verdict_resume(struct tcs_program *program,
    const struct tcs_episode_event *event, const char *id,
    struct tcs_diag *diag)
{
	struct tcs_published record = {.id = id, .at_ms = tcs_clock_now_ms()};
	enum tcs_err err = TCS_OK;
	char key[TCS_PUBLISH_KEY];
	struct tcs_buf value;

	tcs_buf_init(&value, VERDICT_VALUE_MAX);
	err = tcs_typed_write_resume(
	    record.id, event->feed, VERDICT_TYPED_BY, record.at_ms, &value);
	record.key = key;
	record.value = tcs_buf_view(&value);
	for (unsigned p = 0;
	     p < tcs_bus_partitions(program->bus) && err == TCS_OK; p++) {
		tcs_publish_key(program->bus, p, key);
		err = verdict_publish(program, &record, diag);
	}
	tcs_buf_fini(&value);
	return err;
}

enum tcs_err
tcs_verdict_give(struct tcs_program *program, const char *name,
    const struct tcs_episode_event *event, size_t number, struct tcs_diag *diag)
{
	char id[TCS_TYPED_ID], suffix[9];

	(void)snprintf(suffix, sizeof(suffix), "%08zx", number & 0xffffffff);
	tcs_typed_identify(name, tcs_clock_now_ms(), suffix, id);
	return event->kind == TCS_EPISODE_RESUME
	           ? verdict_resume(program, event, id, diag)
	           : verdict_decide(program, event, id, diag);
}
