#include "core/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "core/log.h"

struct loop_signal {
	SLIST_ENTRY(loop_signal) next;
	struct event *event;
	tcs_loop_cb *cb;
	void *arg;
};

struct tcs_loop {
	struct event_base *base;
	struct event *lines; /* when held lines of the log are written */
	SLIST_HEAD(, loop_signal) signals;
};

struct tcs_timer {
	struct event *event;
	tcs_loop_cb *cb;
	void *arg;
};

struct tcs_watch {
	struct event *event;
	tcs_loop_cb *cb;
	void *arg;
};

/* Priorities as libevent counts them: the first is served first, and what is
 * said of no event is the one in the middle. */
enum { LOOP_IDLE = 2, LOOP_PRIORITIES = 3 };

enum { LOOP_LINES_US = 20000 };

/* Changes of what is watched go to the kernel once a turn, not at each call:
 * hiredis adds and removes its write event with every command. No descriptor
 * of ours is a duplicate, which is what that asks for. */
static struct event_base *
loop_base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config != NULL && event_config_set_flag(config,
	                          EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0)
		base = event_base_new_with_config(config);
	if (config != NULL)
		event_config_free(config);
	if (base != NULL &&
	    event_base_priority_init(base, LOOP_PRIORITIES) != 0) {
		event_base_free(base);
		base = NULL;
	}
	return base;
}

static void
loop_lines_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	tcs_log_flush();
}

struct tcs_loop *
tcs_loop_new(void)
{
	struct tcs_loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return NULL;
	SLIST_INIT(&loop->signals);
	/* A peer that went is an error of write(), not the end of us. */
	(void)signal(SIGPIPE, SIG_IGN);
	loop->base = loop_base_new();
	if (loop->base != NULL)
		loop->lines =
		    event_new(loop->base, -1, 0, loop_lines_due, NULL);
	if (loop->lines == NULL)
		tcs_loop_free(&loop);
	return loop;
}

void
tcs_loop_free(struct tcs_loop **loop)
{
	if (loop == NULL || *loop == NULL)
		return;
	struct tcs_loop *l = *loop;
	while (!SLIST_EMPTY(&l->signals)) {
		struct loop_signal *s = SLIST_FIRST(&l->signals);
		SLIST_REMOVE_HEAD(&l->signals, next);
		event_free(s->event);
		free(s);
	}
	if (l->lines != NULL)
		event_free(l->lines);
	if (l->base != NULL)
		event_base_free(l->base);
	free(l);
	*loop = NULL;
}

struct event_base *
tcs_loop_base(struct tcs_loop *loop)
{
	return loop->base;
}

void
tcs_loop_run(struct tcs_loop *loop)
{
	const struct timeval soon = {.tv_usec = LOOP_LINES_US};
	int rc;

	tcs_log_hold();
	do {
		rc = event_base_loop(
		    loop->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
		if (tcs_log_is_held() &&
		    !event_pending(loop->lines, EV_TIMEOUT, NULL))
			(void)event_add(loop->lines, &soon);
	} while (rc >= 0 && !event_base_got_break(loop->base));
	tcs_log_release();
}

void
tcs_loop_once(struct tcs_loop *loop)
{
	(void)event_base_loop(loop->base, EVLOOP_ONCE);
}

void
tcs_loop_stop(struct tcs_loop *loop)
{
	(void)event_base_loopbreak(loop->base);
}

static void
loop_signalled(evutil_socket_t fd, short what, void *arg)
{
	struct loop_signal *s = arg;

	(void)fd;
	(void)what;
	s->cb(s->arg);
}

enum tcs_err
tcs_loop_on_signal(
    struct tcs_loop *loop, int signum, tcs_loop_cb *cb, void *arg)
{
	struct loop_signal *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return TCS_ENOMEM;
	s->cb = cb;
	s->arg = arg;
	s->event = evsignal_new(loop->base, signum, loop_signalled, s);
	if (s->event == NULL || evsignal_add(s->event, NULL) != 0) {
		if (s->event != NULL)
			event_free(s->event);
		free(s);
		return TCS_EIO;
	}
	SLIST_INSERT_HEAD(&loop->signals, s, next);
	return TCS_OK;
}

void
tcs_loop_forget_signals(struct tcs_loop *loop, const void *arg)
{
	struct loop_signal *s = SLIST_FIRST(&loop->signals);

	while (s != NULL) {
		struct loop_signal *next = SLIST_NEXT(s, next);
		if (s->arg == arg) {
			SLIST_REMOVE(&loop->signals, s, loop_signal, next);
			event_free(s->event);
			free(s);
		}
		s = next;
	}
}

static void
timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct tcs_timer *timer = arg;

	(void)fd;
	(void)what;
	timer->cb(timer->arg);
}

struct tcs_timer *
tcs_timer_new(struct tcs_loop *loop, tcs_loop_cb *cb, void *arg)
{
	struct tcs_timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		return NULL;
	timer->cb = cb;
	timer->arg = arg;
	timer->event = evtimer_new(loop->base, timer_fired, timer);
	if (timer->event == NULL)
		tcs_timer_free(&timer);
	return timer;
}

struct tcs_timer *
tcs_timer_new_idle(struct tcs_loop *loop, tcs_loop_cb *cb, void *arg)
{
	struct tcs_timer *timer = tcs_timer_new(loop, cb, arg);

	if (timer != NULL && event_priority_set(timer->event, LOOP_IDLE) != 0)
		tcs_timer_free(&timer);
	return timer;
}

void
tcs_timer_free(struct tcs_timer **timer)
{
	if (timer == NULL || *timer == NULL)
		return;
	if ((*timer)->event != NULL)
		event_free((*timer)->event);
	free(*timer);
	*timer = NULL;
}

void
tcs_timer_start(struct tcs_timer *timer, int64_t after_ms)
{
	int64_t ms = after_ms < 0 ? 0 : after_ms;
	struct timeval tv = {.tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

	tcs_assert(evtimer_add(timer->event, &tv) == 0);
}

void
tcs_timer_stop(struct tcs_timer *timer)
{
	(void)evtimer_del(timer->event);
}

static void
watch_fired(evutil_socket_t fd, short what, void *arg)
{
	struct tcs_watch *watch = arg;

	(void)fd;
	(void)what;
	watch->cb(watch->arg);
}

struct tcs_watch *
tcs_watch_new(struct tcs_loop *loop, int fd, tcs_loop_cb *cb, void *arg)
{
	struct tcs_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->cb = cb;
	watch->arg = arg;
	watch->event =
	    event_new(loop->base, fd, EV_READ | EV_PERSIST, watch_fired, watch);
	if (watch->event == NULL || event_add(watch->event, NULL) != 0)
		tcs_watch_free(&watch);
	return watch;
}

void
tcs_watch_free(struct tcs_watch **watch)
{
	if (watch == NULL || *watch == NULL)
		return;
	if ((*watch)->event != NULL)
		event_free((*watch)->event);
	free(*watch);
	*watch = NULL;
}
