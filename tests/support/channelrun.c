#include "tests/support/channelrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CHANNELRUN_OPTIONS = 8 };

void
channelrun_init(struct channelrun *run)
{
	*run = (struct channelrun){.loop = tcs_loop_new()};
	assert_non_null(run->loop);
	run->http = tcs_http_new(run->loop, NULL);
	assert_non_null(run->http);
}

/* Options as tocsin.conf would give them, then the driver's own open(). */
static enum tcs_err
channelrun_begin(struct channelrun *run, const struct tcs_channel_ops *ops,
    const char *const *options, struct tcs_diag *diag)
{
	struct tcs_option_text texts[CHANNELRUN_OPTIONS];
	struct tcs_option_source source = {.file = "tocsin.conf",
	    .section = ops->name,
	    .line = 1,
	    .texts = texts};
	const struct tcs_channel_env env = {run->loop, run->http};
	size_t n = 0;

	for (; options[2 * n] != NULL; n++) {
		assert_true(n < CHANNELRUN_OPTIONS);
		texts[n] = (struct tcs_option_text){
		    options[2 * n], &options[2 * n + 1], 1, (unsigned)n + 2};
	}
	source.n = n;
	run->ops = ops;
	run->st = calloc(1, ops->state_size);
	assert_non_null(run->st);
	enum tcs_err err =
	    tcs_option_fill(ops->options, &source, run->st, diag);
	return err == TCS_OK ? ops->open(run->st, &env, diag) : err;
}

void
channelrun_open(struct channelrun *run, const struct tcs_channel_ops *ops,
    const char *const *options)
{
	struct tcs_diag diag = {0};

	if (channelrun_begin(run, ops, options, &diag) != TCS_OK)
		fail_msg("%s", tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
}

static void
channelrun_close(struct channelrun *run)
{
	if (run->st == NULL)
		return;
	run->ops->fini(run->st);
	tcs_option_clear(run->ops->options, run->st);
	free(run->st);
	run->st = NULL;
}

bool
channelrun_refuses(struct channelrun *run, const struct tcs_channel_ops *ops,
    const char *const *options, struct tcs_diag *diag)
{
	enum tcs_err err = channelrun_begin(run, ops, options, diag);

	/* What never opened has only its options to free. */
	if (err == TCS_OK)
		run->ops->fini(run->st);
	tcs_option_clear(run->ops->options, run->st);
	free(run->st);
	run->st = NULL;
	return err != TCS_OK;
}

void
channelrun_fini(struct channelrun *run)
{
	channelrun_close(run);
	tcs_http_free(&run->http);
	tcs_loop_free(&run->loop);
}

static bool
channelrun_may_commit(struct tcs_attempt *attempt)
{
	struct channelrun_try *try = attempt->arg;

	assert_int_equal(try->done, 0);
	try->asked++;
	return try->may_commit;
}

static void
channelrun_done(struct tcs_attempt *attempt, enum tcs_verdict verdict,
    const char *reason, int64_t retry_after_ms)
{
	struct channelrun_try *try = attempt->arg;

	assert_false(try->run->is_inside);
	assert_int_equal(try->done, 0);
	assert_null(strstr(reason, attempt->target));
	assert_null(strchr(reason, '\n'));
	try->done = 1;
	try->verdict = verdict;
	try->retry_after_ms = retry_after_ms;
	tcs_buf_str(&try->reason, reason);
}

void
channelrun_try_init(
    struct channelrun_try *try, struct channelrun *run, const char *target)
{
	static const char cap[] = "<alert>Évacuation</alert>";

	*try = (struct channelrun_try){.run = run, .may_commit = true};
	try->attempt = (struct tcs_attempt){
	    .key = "00112233445566aa",
	    .target = target,
	    .alert = "sidpc62.0a1b2c3d.information.v1-c0ffee",
	    .trace = "0123456789abcdef",
	    .subject = "INFORMATION Vigilance crues orange : Canche à Brimeux",
	    .text = "Évacuer le camping.\n.\n.. fin\n",
	    .cap = tcs_slice(cap, sizeof(cap) - 1),
	    .sent_ms = 1795449600000,
	    .may_commit = channelrun_may_commit,
	    .done = channelrun_done,
	    .arg = try,
	};
	tcs_buf_init(&try->reason, 4096);
}

void
channelrun_try_fini(struct channelrun_try *try)
{
	tcs_buf_fini(&try->reason);
}

void
channelrun_send(struct channelrun_try *try)
{
	try->run->is_inside = true;
	try->run->ops->send(try->run->st, &try->attempt);
	try->run->is_inside = false;
}

void
channelrun_cancel(struct channelrun_try *try)
{
	try->run->is_inside = true;
	try->run->ops->cancel(try->run->st, &try->attempt);
	try->run->is_inside = false;
}

enum tcs_verdict
channelrun_wait(struct channelrun_try *try)
{
	while (try->done == 0)
		tcs_loop_once(try->run->loop);
	return try->verdict;
}

enum tcs_verdict
channelrun_attempt(struct channelrun_try *try)
{
	channelrun_send(try);
	return channelrun_wait(try);
}

const char *
channelrun_reason(const struct channelrun_try *try)
{
	return try->reason.p == NULL ? "" : try->reason.p;
}
