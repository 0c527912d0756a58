/* channelrun.h - one channel driver on a loop of its own, and attempts that
 * remember what they were told. */
#ifndef TOCSIN_TESTS_SUPPORT_CHANNELRUN_H
#define TOCSIN_TESTS_SUPPORT_CHANNELRUN_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/http.h"
#include "core/loop.h"
#include "dispatcher/channel.h"

struct channelrun {
	struct tcs_loop *loop;
	struct tcs_http *http;
	const struct tcs_channel_ops *ops;
	void *st;
	bool is_inside; /* a call of the driver runs: it may not call done */
};

/* An attempt and its end. channelrun_try_init() fills the attempt with an
 * example; the test changes what it needs. */
struct channelrun_try {
	struct tcs_attempt attempt;
	struct channelrun *run;
	bool may_commit; /* what the driver is answered */
	unsigned asked;  /* how often it asked */
	unsigned done;   /* 0, then 1 */
	enum tcs_verdict verdict;
	int64_t retry_after_ms;
	struct tcs_buf reason;
};

/* Loop and client alone; then a driver with options "name", "value", … NULL
 * that are expected to be good. */
void channelrun_init(struct channelrun *run);
void channelrun_open(struct channelrun *run, const struct tcs_channel_ops *ops,
    const char *const *options);
/* The same when it is expected to refuse: false when it did not. The first
 * finding is left in `diag`. */
bool channelrun_refuses(struct channelrun *run,
    const struct tcs_channel_ops *ops, const char *const *options,
    struct tcs_diag *diag);
void channelrun_fini(struct channelrun *run);

void channelrun_try_init(
    struct channelrun_try *try, struct channelrun *run, const char *target);
void channelrun_try_fini(struct channelrun_try *try);
void channelrun_send(struct channelrun_try *try);
void channelrun_cancel(struct channelrun_try *try);
/* Run the loop until it is told its verdict, which is returned. */
enum tcs_verdict channelrun_wait(struct channelrun_try *try);
/* Both. */
enum tcs_verdict channelrun_attempt(struct channelrun_try *try);
const char *channelrun_reason(const struct channelrun_try *try);

#endif
