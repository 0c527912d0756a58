#include "cli/scan.h"

#include "core/loop.h"

struct scan_state {
	tcs_bus_scan_cb *cb;
	void *arg;
	bool is_done;
	enum tcs_err err;
};

static bool
scan_record(void *arg, const struct tcs_record *record)
{
	struct scan_state *state = arg;

	return state->cb(state->arg, record);
}

static void
scan_done(void *arg, enum tcs_err err)
{
	struct scan_state *state = arg;

	state->is_done = true;
	state->err = err;
}

enum tcs_err
tcs_scan_topic(struct tcs_program *program, const char *topic,
    tcs_bus_scan_cb *cb, void *arg, struct tcs_diag *diag)
{
	struct scan_state state = {.cb = cb, .arg = arg};

	tcs_bus_scan(program->bus, topic, scan_record, scan_done, &state);
	while (!state.is_done)
		tcs_loop_once(program->loop);
	if (state.err != TCS_OK)
		return tcs_diag_add(diag, state.err, NULL, 0,
		    "the topic %s cannot be read: %s", topic,
		    tcs_strerror(state.err));
	return TCS_OK;
}
