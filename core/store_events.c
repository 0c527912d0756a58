/* store_events.c - hiredis on the loop. hiredis' own adapter asks the kernel
 * when it may write, for every command: here what was asked for in a callback
 * is written as soon as that is over, in the order in which it was asked, and
 * the kernel is asked only when it has not taken all. */
#include <stdbool.h>
#include <stdlib.h>

#include <event2/event.h>

#include "core/store_wire.h"

struct store_events {
	redisAsyncContext *ac;
	struct event *readable, *writable;
	/* hiredis writes now: what it asks for is what was left over. */
	bool is_writing;
};

static void
events_readable(evutil_socket_t fd, short what, void *arg)
{
	struct store_events *e = arg;

	(void)fd;
	(void)what;
	redisAsyncHandleRead(e->ac); /* may free all of it */
}

static void
events_writable(evutil_socket_t fd, short what, void *arg)
{
	struct store_events *e = arg;

	(void)fd;
	(void)what;
	e->is_writing = true;
	redisAsyncHandleWrite(e->ac); /* may free all of it */
}

static void
events_add_read(void *data)
{
	struct store_events *e = data;

	if (!event_pending(e->readable, EV_READ, NULL))
		(void)event_add(e->readable, NULL);
}

static void
events_del_read(void *data)
{
	struct store_events *e = data;

	(void)event_del(e->readable);
}

static void
events_add_write(void *data)
{
	struct store_events *e = data;

	if (e->is_writing)
		(void)event_add(e->writable, NULL);
	else if (!event_pending(e->writable, EV_WRITE, NULL))
		event_active(e->writable, EV_WRITE, 0);
	e->is_writing = false;
}

static void
events_del_write(void *data)
{
	struct store_events *e = data;

	e->is_writing = false;
	(void)event_del(e->writable);
}

static void
events_cleanup(void *data)
{
	struct store_events *e = data;

	if (e->readable != NULL)
		event_free(e->readable);
	if (e->writable != NULL)
		event_free(e->writable);
	free(e);
}

bool
tcs_store_attach(redisAsyncContext *ac, struct event_base *base)
{
	struct store_events *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return false;
	e->ac = ac;
	e->readable =
	    event_new(base, ac->c.fd, EV_READ | EV_PERSIST, events_readable, e);
	e->writable = event_new(base, ac->c.fd, EV_WRITE, events_writable, e);
	/* Writable: connected. */
	if (e->readable == NULL || e->writable == NULL ||
	    event_add(e->readable, NULL) != 0 ||
	    event_add(e->writable, NULL) != 0) {
		events_cleanup(e);
		return false;
	}
	ac->ev.addRead = events_add_read;
	ac->ev.delRead = events_del_read;
	ac->ev.addWrite = events_add_write;
	ac->ev.delWrite = events_del_write;
	ac->ev.cleanup = events_cleanup;
	ac->ev.data = e;
	return true;
}
