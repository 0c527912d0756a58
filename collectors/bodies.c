#include "collectors/bodies.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/stamp.h"
#include "core/clock.h"

enum {
	BODIES_MAX = 2000,          /* requests of one poll */
	BODIES_TEXT_MAX = 4096,     /* of a header that is kept, of a URL */
	BODIES_KEPT_MAX = 16 << 20, /* bytes kept for the next poll */
};

static void
bodies_clear(struct tcs_body *body)
{
	free(body->url);
	free(body->tag);
	free(body->answered_url);
	free(body->type);
	free(body->data);
	*body = (struct tcs_body){0};
}

static void
bodies_free(struct tcs_body **items, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		bodies_clear(&(*items)[i]);
	free(*items);
	*items = NULL;
	*n = 0;
}

static void
bodies_unview(struct tcs_bodies *bodies)
{
	free(bodies->fetches);
	free(bodies->marks);
	bodies->fetches = NULL;
	bodies->marks = NULL;
}

bool
tcs_bodies_text(char **to, const char *from)
{
	if (from != NULL && (strlen(from) > BODIES_TEXT_MAX ||
	                        !tcs_slice_is_utf8(tcs_slice_str(from))))
		from = NULL;
	free(*to);
	*to = from == NULL ? NULL : strdup(from);
	return from == NULL || *to != NULL;
}

/* ---- requests ---- */

enum tcs_err
tcs_bodies_ask(struct tcs_bodies *bodies, const struct tcs_ask *ask)
{
	size_t n = bodies->n;

	if (n == BODIES_MAX)
		return TCS_ELIMIT;
	if ((n & (n - 1)) == 0) { /* 0 and the powers of two: full */
		struct tcs_body *items = realloc(
		    bodies->items, (n == 0 ? 1 : 2 * n) * sizeof(*items));
		if (items == NULL)
			return TCS_ENOMEM;
		bodies->items = items;
	}
	struct tcs_body *body = &bodies->items[n];
	*body = (struct tcs_body){.ask = *ask,
	    .url = strdup(ask->url),
	    .tag = ask->tag == NULL ? NULL : strdup(ask->tag)};
	if (body->url == NULL || (ask->tag != NULL && body->tag == NULL)) {
		bodies_clear(body);
		return TCS_ENOMEM;
	}
	bodies->n++;
	return TCS_OK;
}

bool
tcs_bodies_reuse(struct tcs_bodies *bodies)
{
	struct tcs_body *body = &bodies->items[bodies->at];

	for (size_t i = 0; i < bodies->kept_n; i++) {
		struct tcs_body *kept = &bodies->kept[i];
		if (kept->url == NULL || strcmp(kept->url, body->url) != 0)
			continue;
		struct tcs_ask ask = body->ask;
		bodies_clear(body);
		*body = *kept;
		body->ask = ask;
		/* It speaks in this poll: how old its values are, and whether
		 * the source is silent, is asked of now. */
		body->fetched_ms = tcs_clock_now_ms();
		*kept = (struct tcs_body){0};
		bodies->bytes += body->n;
		return true;
	}
	return false;
}

void
tcs_bodies_skip(struct tcs_bodies *bodies)
{
	while (bodies->at < bodies->n &&
	       bodies->items[bodies->at].ask.is_fixed &&
	       tcs_bodies_reuse(bodies))
		bodies->at++;
}

bool
tcs_bodies_answer(
    struct tcs_bodies *bodies, const struct tcs_http_response *response)
{
	struct tcs_body *body = &bodies->items[bodies->at];

	body->status = response->status;
	body->fetched_ms = tcs_clock_now_ms();
	body->data = tcs_slice_dup(response->body);
	body->n = response->body.n;
	bodies->bytes += response->body.n;
	if (body->data == NULL ||
	    !tcs_bodies_text(&body->answered_url, response->url) ||
	    !tcs_bodies_text(&body->type, response->content_type))
		return false;
	return body->answered_url != NULL ||
	       tcs_bodies_text(&body->answered_url, body->url);
}

/* ---- answers ---- */

static void
bodies_mark(const struct tcs_bodies *bodies, struct tcs_body *body)
{
	struct tcs_slice bytes = tcs_slice(body->data, body->n);

	if (body->is_hashed)
		return;
	(void)tcs_digest(bytes, body->mark.hash);
	(void)tcs_stamp_digest(bytes, bodies->stamps, body->mark.content);
	body->is_hashed = true;
}

bool
tcs_bodies_view(struct tcs_bodies *bodies, struct tcs_answers *ret)
{
	size_t n = 0;

	bodies_unview(bodies);
	bodies->fetches = calloc(bodies->at + 1, sizeof(*bodies->fetches));
	bodies->marks = calloc(bodies->at + 1, sizeof(*bodies->marks));
	if (bodies->fetches == NULL || bodies->marks == NULL)
		return false;
	for (size_t i = 0; i < bodies->at; i++) {
		struct tcs_body *body = &bodies->items[i];
		if (body->status == 0)
			continue;
		bodies->fetches[n] =
		    (struct tcs_fetch){.url = body->answered_url,
		        .tag = body->tag,
		        .content_type = body->type,
		        .status = body->status,
		        .body = tcs_slice(body->data, body->n),
		        .fetched_ms = body->fetched_ms};
		bodies_mark(bodies, body);
		bodies->marks[n++] = body->mark;
	}
	*ret = (struct tcs_answers){.items = bodies->fetches, .n = n};
	return true;
}

void
tcs_bodies_digest(
    const struct tcs_bodies *bodies, size_t n, char hex[TCS_DIGEST_HEX])
{
	struct tcs_slice *parts = calloc(n, sizeof(*parts));

	memcpy(hex, bodies->marks[0].content, TCS_DIGEST_HEX);
	for (size_t i = 0; parts != NULL && i < n; i++)
		parts[i] = tcs_slice_str(bodies->marks[i].content);
	if (parts != NULL && n > 1)
		(void)tcs_digest_parts(parts, n, hex);
	free(parts);
}

/* ---- from one poll to the next ---- */

void
tcs_bodies_restart(struct tcs_bodies *bodies)
{
	bodies_unview(bodies);
	bodies_free(&bodies->items, &bodies->n);
	bodies->at = 0;
	bodies->bytes = 0;
}

void
tcs_bodies_inherit(struct tcs_bodies *bodies, struct tcs_bodies *previous)
{
	bodies->kept = previous->items;
	bodies->kept_n = previous->n;
	previous->items = NULL;
	previous->n = previous->at = 0;
}

/* Move what of `from` is to be kept to the end of `to`. */
static void
bodies_move(struct tcs_bodies *to, struct tcs_body *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tcs_body moved = from[i];
		from[i] = (struct tcs_body){0};
		bool is_kept = (moved.ask.is_fixed || moved.ask.is_optional) &&
		               moved.status == 200 &&
		               to->bytes + moved.n <= BODIES_KEPT_MAX;
		if (is_kept) {
			to->bytes += moved.n;
			to->items[to->n++] = moved;
		} else {
			bodies_clear(&moved);
		}
	}
}

void
tcs_bodies_settle(struct tcs_bodies *bodies, bool is_whole)
{
	struct tcs_bodies next = {.stamps = bodies->stamps,
	    .items =
	        calloc(bodies->n + bodies->kept_n + 1, sizeof(*next.items))};

	if (next.items != NULL)
		bodies_move(&next, bodies->items, bodies->n);
	if (next.items != NULL && !is_whole)
		bodies_move(&next, bodies->kept, bodies->kept_n);
	tcs_bodies_fini(bodies);
	next.at = next.n;
	*bodies = next;
}

void
tcs_bodies_fini(struct tcs_bodies *bodies)
{
	bodies_unview(bodies);
	bodies_free(&bodies->items, &bodies->n);
	bodies_free(&bodies->kept, &bodies->kept_n);
}
