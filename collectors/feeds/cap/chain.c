/* chain.c - which messages follow which: the first of a chain names it, the
 * newest tells its state. */
#include <stdlib.h>
#include <string.h>

#include "collectors/feeds/cap/cap.h"
#include "core/clock.h"

enum { CHAIN_REFERENCES_MAX = 100, CHAIN_DEPTH_MAX = 64 };

/* The messages by identifier, of one identifier the newest first. */
struct chain {
	struct cap_run *run;
	struct cap_alert **by_id;
};

static int
chain_order(const void *a, const void *b)
{
	const struct cap_alert *const *x = a, *const *y = b;
	int order = strcmp((*x)->cap->identifier, (*y)->cap->identifier);

	if (order != 0)
		return order;
	if ((*x)->cap->sent_ms != (*y)->cap->sent_ms)
		return (*x)->cap->sent_ms > (*y)->cap->sent_ms ? -1 : 1;
	return (*x)->at < (*y)->at ? -1 : 1;
}

/* Index in `by_id` of the first message of that identifier; n: none. */
static size_t
chain_find(const struct chain *c, struct tcs_slice identifier)
{
	size_t low = 0, high = c->run->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *id = c->by_id[middle]->cap->identifier;
		int order = strncmp(id, identifier.p, identifier.n);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->run->n &&
	               tcs_slice_is(identifier, c->by_id[low]->cap->identifier)
	           ? low
	           : c->run->n;
}

/* One of "sender,identifier,sent …"; false at the end. */
static bool
chain_next(const char **at, struct tcs_slice *ret_identifier, int64_t *ret_ms)
{
	for (;;) {
		*at += strspn(*at, " \t\r\n");
		struct tcs_slice word = tcs_slice(*at, strcspn(*at, " \t\r\n"));
		struct tcs_slice rest, sent;
		if (word.n == 0)
			return false;
		*at += word.n;
		(void)tcs_slice_cut(word, ',', &rest);
		*ret_identifier = tcs_slice_cut(rest, ',', &sent);
		if (ret_identifier->n > 0 &&
		    tcs_time_parse(sent, ret_ms) == TCS_OK)
			return true;
	}
}

/* The oldest that a message refers to; n of 0: it refers to none. */
static struct tcs_slice
chain_oldest(const struct tcs_cap *cap)
{
	const char *at = cap->references == NULL ? "" : cap->references;
	struct tcs_slice oldest = tcs_slice("", 0), identifier;
	int64_t oldest_ms = 0, ms;

	for (int i = 0;
	     i < CHAIN_REFERENCES_MAX && chain_next(&at, &identifier, &ms);
	     i++) {
		if (oldest.n > 0 && oldest_ms <= ms)
			continue;
		oldest = identifier;
		oldest_ms = ms;
	}
	return oldest;
}

static const char *
chain_root(const struct chain *c, const struct cap_alert *alert)
{
	struct tcs_slice root = tcs_slice_str(alert->cap->identifier);
	const struct tcs_cap *cap = alert->cap;

	for (int i = 0; i < CHAIN_DEPTH_MAX && cap != NULL; i++) {
		struct tcs_slice before = chain_oldest(cap);
		if (before.n == 0)
			break;
		root = before;
		size_t k = chain_find(c, before);
		cap = k == c->run->n ? NULL : c->by_id[k]->cap;
	}
	return tcs_arena_dup(c->run->arena, root);
}

/* What a message refers to is passed, whatever chain it is of. */
static void
chain_pass(const struct chain *c, struct cap_alert *alert)
{
	const char *at =
	    alert->cap->references == NULL ? "" : alert->cap->references;
	bool is_cancel = strcmp(alert->cap->msg_type, "Cancel") == 0;
	struct tcs_slice identifier;
	int64_t ms;

	for (int i = 0;
	     i < CHAIN_REFERENCES_MAX && chain_next(&at, &identifier, &ms);
	     i++) {
		size_t k = chain_find(c, identifier);
		for (; k < c->run->n &&
		       tcs_slice_is(identifier, c->by_id[k]->cap->identifier);
		     k++) {
			if (c->by_id[k] == alert)
				continue;
			alert->is_linked = true;
			/* What has nothing to say replaces nothing. */
			if (!is_cancel && alert->cap->infos == NULL)
				continue;
			c->by_id[k]->is_passed = true;
			c->by_id[k]->is_cancelled =
			    c->by_id[k]->is_cancelled || is_cancel;
		}
	}
}

enum tcs_err
tcs_cf_chain(struct cap_run *run)
{
	struct chain c = {.run = run};

	c.by_id = tcs_arena_alloc(
	    run->arena, (run->n + 1) * sizeof(struct cap_alert *));
	if (c.by_id == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < run->n; i++)
		c.by_id[i] = &run->alerts[i];
	if (run->n > 1)
		qsort(c.by_id, run->n, sizeof(struct cap_alert *), chain_order);
	for (size_t i = 0; i < run->n; i++) {
		run->alerts[i].root = chain_root(&c, &run->alerts[i]);
		if (run->alerts[i].root == NULL)
			return TCS_ENOMEM;
		chain_pass(&c, &run->alerts[i]);
	}
	return TCS_OK;
}
