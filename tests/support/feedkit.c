#include "tests/support/feedkit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/driver.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/file.h"

enum {
	OPTIONS_MAX = 16,
	VALUES_MAX = 400,
	WHAT_MAX = 1000,
	FILE_MAX = 8 << 20,
	ASKED_MAX = 16 << 20,
	TOLD_MAX = 1 << 20,
};

TCS_PRINTF(2, 3)
__attribute__((noreturn)) static void
fail(const struct feedkit *kit, const char *fmt, ...)
{
	char what[WHAT_MAX], text[2 * WHAT_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	(void)snprintf(text, sizeof(text), "%s%s%s: %s: %s", kit->ops->name,
	    kit->about == NULL ? "" : "/", kit->about == NULL ? "" : kit->about,
	    what, tcs_diag_text(&kit->diag));
	feedkit_fail(text);
}

static void
must(bool is_so, const char *what)
{
	if (!is_so)
		feedkit_fail(what);
}

/* ---- the driver ---- */

static enum tcs_err
open_driver(const struct tcs_feed_ops *ops, const char *const *options,
    void **ret_st, struct tcs_diag *diag)
{
	struct tcs_option_text texts[OPTIONS_MAX];
	const char *values[VALUES_MAX];
	size_t texts_n = 0, values_n = 0;

	for (; options != NULL && *options != NULL; options += 2) {
		must(texts_n < OPTIONS_MAX && values_n < VALUES_MAX,
		    "more options than the kit takes");
		values[values_n] = options[1];
		if (texts_n > 0 &&
		    strcmp(texts[texts_n - 1].key, options[0]) == 0)
			texts[texts_n - 1].n++;
		else
			texts[texts_n++] =
			    (struct tcs_option_text){.key = options[0],
			        .values = &values[values_n],
			        .n = 1};
		values_n++;
	}
	return tcs_driver_open(ops, texts, texts_n, ret_st, diag);
}

enum tcs_err
feedkit_options(const struct tcs_feed_ops *ops, const char *const *options,
    struct tcs_diag *diag)
{
	void *st = NULL;
	enum tcs_err err = open_driver(ops, options, &st, diag);

	must((err == TCS_OK) == (st != NULL), "a driver refused, and opened");
	tcs_driver_close(ops, &st);
	return err;
}

struct feedkit *
feedkit_open(const struct tcs_feed_ops *ops, const char *const *options)
{
	struct feedkit *kit = calloc(1, sizeof(*kit));

	must(kit != NULL, "out of memory");
	must(tcs_clock_set_zone("Europe/Paris") == TCS_OK, "no such zone");
	kit->ops = ops;
	kit->url = "http://source.example/";
	kit->fetched_ms = FEEDKIT_NOW_MS;
	kit->origin = (struct tcs_origin){.observatory = "demo",
	    .sender = "demo@tocsin.example",
	    .status = "Test",
	    .feed = ops->name,
	    .source = ops->source,
	    .source_name = ops->source_name,
	    .ops = ops};
	kit->hash = "0123456789012345678901234567890123456789"
	            "012345678901234567890123";
	tcs_buf_init(&kit->told, TOLD_MAX);
	feedkit_forget(kit);
	enum tcs_err err = open_driver(ops, options, &kit->st, &kit->diag);
	if (err != TCS_OK)
		fail(kit, "%s", tcs_strerror(err));
	return kit;
}

void
feedkit_close(struct feedkit **kit)
{
	struct feedkit *k = *kit;

	if (k == NULL)
		return;
	feedkit_drop(k);
	tcs_readings_free(&k->readings);
	tcs_diag_fini(&k->diag);
	tcs_arena_free(&k->arena);
	tcs_picture_free(&k->held);
	tcs_compare_fini(&k->out);
	tcs_buf_fini(&k->told);
	tcs_driver_close(k->ops, &k->st);
	free(k);
	*kit = NULL;
}

/* ---- the bodies ---- */

struct tcs_fetch *
feedkit_add(struct feedkit *kit, struct tcs_slice body)
{
	if (kit->n == FEEDKIT_BODIES_MAX)
		fail(kit, "more bodies than the kit takes");
	tcs_buf_init(&kit->files[kit->n], FILE_MAX);
	kit->fetches[kit->n] = (struct tcs_fetch){.url = kit->url,
	    .status = 200,
	    .body = body,
	    .fetched_ms = kit->fetched_ms};
	return &kit->fetches[kit->n++];
}

void
feedkit_add_files(struct feedkit *kit, const char *names)
{
	for (struct tcs_slice rest = tcs_slice_str(names); rest.p != NULL;) {
		struct tcs_slice name = tcs_slice_cut(rest, '+', &rest);
		struct tcs_fetch *fetch = feedkit_add(kit, tcs_slice(NULL, 0));
		struct tcs_buf *file = &kit->files[kit->n - 1];
		char path[WHAT_MAX];
		(void)snprintf(path, sizeof(path), "tests/data/feeds/%s/%.*s",
		    kit->ops->name, TCS_SLICE_ARG(name));
		if (tcs_file_read(path, file, NULL) != TCS_OK)
			fail(kit, "%s cannot be read", path);
		fetch->body = tcs_buf_view(file);
	}
}

void
feedkit_drop(struct feedkit *kit)
{
	for (; kit->n > 0; kit->n--)
		tcs_buf_fini(&kit->files[kit->n - 1]);
}

/* ---- what they say ---- */

struct tcs_readings *
feedkit_try(struct feedkit *kit)
{
	const struct tcs_answers answers = {.items = kit->fetches, .n = kit->n};

	tcs_readings_free(&kit->readings);
	tcs_diag_fini(&kit->diag);
	kit->refusal = TCS_REFUSAL_NONE;
	enum tcs_err err = tcs_readings_read(kit->ops, kit->st, &answers,
	    &kit->readings, &kit->refusal, &kit->diag);
	bool is_read = err == TCS_OK;
	if (!is_read && err != TCS_EPARSE)
		fail(kit, "%s", tcs_strerror(err));
	if (is_read != (kit->readings != NULL))
		fail(kit, "readings that are refused, or none that are not");
	if (is_read != (kit->refusal == TCS_REFUSAL_NONE))
		fail(kit, "read, and refused as %s",
		    tcs_refusal_word(kit->refusal));
	if (is_read != (kit->diag.n == 0) ||
	    is_read != (tcs_diag_text(&kit->diag)[0] == '\0'))
		fail(kit, "refused without a finding, or read with one");
	return kit->readings;
}

struct tcs_readings *
feedkit_read(struct feedkit *kit)
{
	if (feedkit_try(kit) == NULL)
		fail(kit, "%s", tcs_refusal_word(kit->refusal));
	return kit->readings;
}

struct tcs_readings *
feedkit_read_files(struct feedkit *kit, const char *names)
{
	feedkit_drop(kit);
	feedkit_add_files(kit, names);
	return feedkit_read(kit);
}

struct tcs_readings *
feedkit_read_text(struct feedkit *kit, const char *body)
{
	feedkit_drop(kit);
	(void)feedkit_add(kit, tcs_slice_str(body));
	return feedkit_read(kit);
}

void
feedkit_check_order(const struct tcs_readings *readings)
{
	for (size_t i = 1; i < readings->n; i++) {
		const struct tcs_reading *a = &readings->items[i - 1];
		const struct tcs_reading *b = &readings->items[i];
		must(tcs_zone_compare(
		         a->zone, a->phenomenon, b->zone, b->phenomenon) < 0,
		    "zones out of order, or one of them twice");
	}
}

const struct tcs_reading *
feedkit_find(
    const struct feedkit *kit, const char *zone, const char *phenomenon)
{
	for (size_t i = 0; kit->readings != NULL && i < kit->readings->n; i++) {
		const struct tcs_reading *r = &kit->readings->items[i];
		if (strcmp(r->zone, zone) == 0 &&
		    (phenomenon == NULL ||
		        strcmp(r->phenomenon, phenomenon) == 0))
			return r;
	}
	fail(kit, "no reading of %s/%s", zone,
	    phenomenon == NULL ? "" : phenomenon);
}

const char *
feedkit_value(const struct tcs_pair *pairs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(pairs[i].name, name) == 0)
			return pairs[i].value;
	}
	return NULL;
}

const char *
feedkit_param(const struct tcs_reading *reading, const char *name)
{
	return feedkit_value(reading->params, reading->params_n, name);
}

/* ---- what is asked ---- */

static enum tcs_err
note_ask(void *arg, const struct tcs_ask *ask)
{
	struct feedkit *kit = arg;

	if (kit->asks_n == FEEDKIT_ASKS_MAX)
		fail(kit, "more is asked for than the kit takes");
	struct tcs_ask *noted = &kit->asks[kit->asks_n++];
	*noted = *ask;
	noted->url = tcs_arena_dup(kit->arena, tcs_slice_str(ask->url));
	must(noted->url != NULL, "out of memory");
	if (ask->tag != NULL) {
		noted->tag = tcs_arena_dup(kit->arena, tcs_slice_str(ask->tag));
		must(noted->tag != NULL, "out of memory");
	}
	return TCS_OK;
}

enum tcs_err
feedkit_ask(struct feedkit *kit, const struct tcs_asking *asking)
{
	struct tcs_ask_sink out = {.arg = kit, .ask = note_ask};

	tcs_diag_fini(&kit->diag);
	tcs_arena_free(&kit->arena);
	kit->arena = tcs_arena_new(ASKED_MAX);
	must(kit->arena != NULL, "out of memory");
	kit->asks_n = 0;
	enum tcs_err err = kit->ops->ask(kit->st, asking, &out, &kit->diag);
	if ((err == TCS_OK) != (kit->diag.n == 0))
		fail(kit, "%s, with a finding or without", tcs_strerror(err));
	return err;
}

enum tcs_err
feedkit_ask_next(struct feedkit *kit, const char *url)
{
	const struct tcs_asking asking = {.url = url,
	    .got = {.items = kit->fetches, .n = kit->n},
	    .now_ms = kit->fetched_ms};

	return feedkit_ask(kit, &asking);
}

/* ---- what is told of it ---- */

static void
start_telling(struct feedkit *kit)
{
	tcs_buf_reset(&kit->told);
	tcs_buf_str(&kit->told, "");
}

static const char *
told(struct feedkit *kit)
{
	if (kit->told.err != TCS_OK)
		fail(kit, "more is to be told than the kit takes");
	return kit->told.n == 0 ? "" : kit->told.p;
}

const char *
feedkit_tell_asks(struct feedkit *kit,
    void (*append)(struct tcs_buf *buf, const struct tcs_ask *ask))
{
	start_telling(kit);
	for (size_t i = 0; i < kit->asks_n; i++)
		append(&kit->told, &kit->asks[i]);
	return told(kit);
}

/* ---- what is held ---- */

void
feedkit_forget(struct feedkit *kit)
{
	tcs_picture_free(&kit->held);
	kit->held = tcs_picture_new();
	must(kit->held != NULL, "out of memory");
	kit->pending = (struct tcs_pending){0};
	kit->answered_ms = TCS_NO_TIME;
}

const struct tcs_compare_out *
feedkit_compare(
    struct feedkit *kit, const struct tcs_readings *readings, int64_t now_ms)
{
	const struct tcs_compare_in in = {.origin = &kit->origin,
	    .held = kit->held,
	    .pending = kit->pending,
	    .readings = readings,
	    .hash = kit->hash,
	    .answered_ms = kit->answered_ms,
	    .now_ms = now_ms,
	    .fetched_ms = now_ms};

	tcs_compare_fini(&kit->out);
	tcs_diag_fini(&kit->diag);
	enum tcs_err err = tcs_compare(&in, &kit->out);
	if (err != TCS_OK)
		fail(kit, "not compared, %s", tcs_strerror(err));
	err = tcs_signals_pack(&kit->out.signals, &kit->diag);
	if (err != TCS_OK)
		fail(kit, "not CAP, %s", tcs_strerror(err));
	return &kit->out;
}

const struct tcs_compare_out *
feedkit_take(
    struct feedkit *kit, const struct tcs_readings *readings, int64_t now_ms)
{
	(void)feedkit_compare(kit, readings, now_ms);
	kit->answered_ms = now_ms;
	kit->pending = kit->out.pending;
	if (kit->out.picture != NULL) {
		tcs_picture_free(&kit->held);
		kit->held = kit->out.picture;
		kit->out.picture = NULL;
	}
	return &kit->out;
}

void
feedkit_first(struct feedkit *kit, struct tcs_slice body,
    void (*check)(const struct tcs_readings *readings))
{
	feedkit_drop(kit);
	feedkit_forget(kit);
	(void)feedkit_add(kit, body);
	const struct tcs_readings *readings = feedkit_try(kit);
	if (readings == NULL)
		return;
	check(readings);
	(void)feedkit_take(kit, readings, FEEDKIT_NOW_MS);
}

const char *
feedkit_tell(struct feedkit *kit,
    void (*append)(struct tcs_buf *buf, const struct tcs_new_signal *added))
{
	start_telling(kit);
	for (size_t i = 0; i < kit->out.signals.n; i++)
		append(&kit->told, &kit->out.signals.items[i]);
	return told(kit);
}
