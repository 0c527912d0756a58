/* test_worker.c - what the daemons' frame promises: one step a record, what
 * cannot be read is set aside, timers survive, what crashes its reader is set
 * aside and nothing innocent is. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/bus.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/store.h"
#include "core/worker.h"
#include "tests/support/redisd.h"

static struct redisd server;

/* One life of a daemon, in a child process: it ends by itself. */
struct life {
	struct tcs_loop *loop;
	struct tcs_store *store;
	struct tcs_bus *bus;
	struct tcs_worker *worker;
	unsigned restored;
};

static const char *const life_topics[] = {"signals", NULL};
static const char *const life_hashes[] = {"rule:threads", NULL};

static enum tcs_err
life_open(void *arg, struct tcs_unit *unit)
{
	(void)arg;
	(void)unit;
	return TCS_OK;
}

static void
life_close(void *arg, struct tcs_unit *unit)
{
	(void)arg;
	(void)unit;
}

static enum tcs_err
life_restore(void *arg, struct tcs_unit *unit, const char *hash,
    struct tcs_slice field, struct tcs_slice value, struct tcs_diag *diag)
{
	struct life *life = arg;

	(void)unit;
	(void)hash;
	(void)field;
	(void)value;
	(void)diag;
	life->restored++;
	return TCS_OK;
}

static void
life_end(void *arg)
{
	struct life *life = arg;

	tcs_worker_stop(life->worker);
}

/* "poison" kills the process, "broken" cannot be read, "timer" sets one for
 * realm time 5000, "end" ends this life cleanly; each value is counted. */
static enum tcs_err
life_record(void *arg, struct tcs_unit *unit, const struct tcs_record *record,
    struct tcs_step *step, struct tcs_diag *diag)
{
	struct life *life = arg;
	char field[64];

	if (tcs_slice_is(record->value, "poison"))
		_exit(42);
	if (tcs_slice_is(record->value, "broken"))
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0, "it is broken");
	if (tcs_slice_is(record->value, "timer"))
		tcs_worker_timer_set(unit, step, "62|t", 5000);
	(void)snprintf(
	    field, sizeof(field), "62|%.*s", TCS_SLICE_ARG(record->value));
	tcs_step_hset(step, "rule:threads", field, tcs_slice_str("seen"));
	if (tcs_slice_is(record->value, "end"))
		tcs_step_on_commit(step, life_end, life);
	return TCS_OK;
}

static enum tcs_err
life_timer(void *arg, struct tcs_unit *unit, const char *name, int64_t due_ms,
    struct tcs_step *step)
{
	struct life *life = arg;
	char field[64];

	(void)unit;
	(void)due_ms;
	(void)snprintf(field, sizeof(field), "%s-fired", name);
	tcs_step_hset(step, "rule:threads", field, tcs_slice_str("fired"));
	tcs_step_on_commit(step, life_end, life);
	return TCS_OK;
}

static const struct tcs_worker_ops life_ops = {
    .group = "rules",
    .topics = life_topics,
    .hashes = life_hashes,
    .due = "rule:due",
    .open = life_open,
    .restore = life_restore,
    .record = life_record,
    .timer = life_timer,
    .close = life_close,
};

static void
life_connect(struct life *life)
{
	const struct tcs_store_conf conf = {
	    .address = server.address, .realm = "tocsin."};
	const struct tcs_bus_conf bus = {.url = "redis:", .partitions = 1};

	memset(life, 0, sizeof(*life));
	life->loop = tcs_loop_new();
	life->store = tcs_store_new(life->loop, &conf, NULL, NULL);
	if (tcs_bus_new(life->loop, life->store, &bus, &life->bus, NULL) !=
	    TCS_OK)
		_exit(3);
}

static void
life_disconnect(struct life *life)
{
	tcs_store_free(&life->store);
	tcs_bus_free(&life->bus);
	tcs_loop_free(&life->loop);
}

/* Run one life at a realm time; returns its exit status. */
static int
live(int64_t now_ms)
{
	const struct tcs_worker_conf conf = {.instance = "one"};
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct life life;
		(void)alarm(20);
		tcs_log_set_level(TCS_LOG_ERROR);
		tcs_clock_hold(now_ms);
		life_connect(&life);
		life.worker = tcs_worker_new(
		    life.loop, life.bus, &conf, &life_ops, &life);
		tcs_loop_run(life.loop);
		tcs_worker_free(&life.worker);
		life_disconnect(&life);
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
done(void *arg, enum tcs_err err, const char *reason)
{
	(void)reason;
	*(int *)arg = err == TCS_OK ? 1 : -1;
}

static void
publish(const char *value)
{
	struct life life;
	int is_done = 0;
	const struct tcs_outgoing record = {.topic = "signals",
	    .key = tcs_slice_str("62"),
	    .value = tcs_slice_str(value)};

	life_connect(&life);
	assert_int_equal(tcs_store_wait(life.store, 5000, NULL), TCS_OK);
	struct tcs_step *step = tcs_step_new(life.bus);
	tcs_step_publish(step, &record);
	tcs_step_commit(step, done, &is_done);
	while (is_done == 0)
		tcs_loop_once(life.loop);
	assert_int_equal(is_done, 1);
	life_disconnect(&life);
}

/* An integer answer of the server. */
static int64_t
ask(const char *command, const char *key, const char *field)
{
	struct life life;
	struct tcs_reply *reply = NULL;

	life_connect(&life);
	assert_int_equal(tcs_store_wait(life.store, 5000, NULL), TCS_OK);
	assert_int_equal(
	    tcs_store_call(life.store, &reply, command, key, field, NULL),
	    TCS_OK);
	int64_t value = tcs_reply_int(reply);
	tcs_reply_free(&reply);
	life_disconnect(&life);
	return value;
}

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(tcs_digest_startup(), TCS_OK);
	redisd_start(&server, "always");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	redisd_stop(&server);
	return 0;
}

static void
a_record_that_cannot_be_read_is_set_aside(void **state)
{
	(void)state;
	publish("broken");
	publish("good");
	publish("end");
	assert_int_equal(live(0), 0);
	assert_int_equal(ask("XLEN", "tocsin.rejected.0", NULL), 1);
	assert_int_equal(ask("HEXISTS", "tocsin.rule:threads", "62|good"), 1);
}

static void
a_record_done_in_one_life_is_not_done_in_the_next(void **state)
{
	(void)state;
	publish("a");
	publish("end");
	assert_int_equal(live(0), 0);
	assert_int_equal(ask("HDEL", "tocsin.rule:threads", "62|a"), 1);
	publish("end");
	assert_int_equal(live(0), 0);
	assert_int_equal(ask("HEXISTS", "tocsin.rule:threads", "62|a"), 0);
}

static void
a_timer_set_in_one_life_fires_in_the_next_when_due(void **state)
{
	(void)state;
	publish("timer");
	publish("end");
	assert_int_equal(live(0), 0);
	assert_int_equal(
	    ask("HEXISTS", "tocsin.rule:threads", "62|t-fired"), 0);
	publish("end");
	assert_int_equal(live(4999), 0);
	assert_int_equal(
	    ask("HEXISTS", "tocsin.rule:threads", "62|t-fired"), 0);
	assert_int_equal(live(5000), 0);
	assert_int_equal(
	    ask("HEXISTS", "tocsin.rule:threads", "62|t-fired"), 1);
	assert_int_equal(ask("ZCARD", "tocsin.rule:due", NULL), 0);
}

static void
what_crashes_its_reader_is_set_aside_and_nothing_innocent(void **state)
{
	unsigned lives = 0;

	(void)state;
	publish("before");
	publish("poison");
	publish("after");
	publish("end");
	while (live(0) == 42) {
		lives++;
		assert_true(lives < 20);
	}
	/* The first crash is found by the absence of a mark, then five. */
	assert_in_range(lives, 4, 6);
	assert_int_equal(ask("XLEN", "tocsin.rejected.0", NULL), 1);
	assert_int_equal(ask("HEXISTS", "tocsin.rule:threads", "62|before"), 1);
	assert_int_equal(ask("HEXISTS", "tocsin.rule:threads", "62|after"), 1);
	/* Another poison later starts its own count. */
	publish("poison");
	publish("end");
	lives = 0;
	while (live(0) == 42)
		lives++;
	assert_in_range(lives, 4, 6);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(a_record_that_cannot_be_read_is_set_aside),
	    T(a_record_done_in_one_life_is_not_done_in_the_next),
	    T(a_timer_set_in_one_life_fires_in_the_next_when_due),
	    T(what_crashes_its_reader_is_set_aside_and_nothing_innocent),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
