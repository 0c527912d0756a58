#include "collectors/readings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/level.h"
#include "core/xml.h"

enum {
	READINGS_ARENA_MAX = 40 << 20,
	READINGS_MAX = 20000,
	READINGS_ZONE_MAX = 48,
	READINGS_LEVEL_MAX = 24,
	READINGS_NAME_MAX = 160,
	READINGS_HEADLINE_MAX = 400,
	READINGS_TEXT_MAX = 16000,
	READINGS_DEPARTEMENTS_MAX = 120,
	READINGS_WEB_MAX = 1000,
	READINGS_PAIRS_MAX = 1000, /* of one reading */
	READINGS_PAIR_MAX = 4000,
	READINGS_POLYGONS_MAX = 200,
	READINGS_POLYGON_MAX = 64 * 1024,
	READINGS_FILES_MAX = 50,
	READINGS_FILES_BYTES = 24 << 20, /* of one document */
};

#define READINGS_FUTURE_MS TCS_HOURS(1)

struct readings_sink {
	struct tcs_readings *readings;
	const char *web; /* the last address that was kept, or NULL */
	size_t cap;
	size_t file_bytes; /* kept so far */
};

const char *
tcs_refusal_word(enum tcs_refusal refusal)
{
	static const char *const words[] = {
	    [TCS_REFUSAL_NONE] = "read",
	    [TCS_REFUSAL_TRUNCATED] = "truncated",
	    [TCS_REFUSAL_ERROR] = "error",
	    [TCS_REFUSAL_RESHAPED] = "reshaped",
	    [TCS_REFUSAL_STALE] = "stale",
	};

	return words[refusal];
}

int
tcs_zone_compare(const char *zone_a, const char *phenomenon_a,
    const char *zone_b, const char *phenomenon_b)
{
	int order = strcmp(zone_a, zone_b);

	return order != 0 ? order : strcmp(phenomenon_a, phenomenon_b);
}

static int
readings_order(const void *a, const void *b)
{
	const struct tcs_reading *x = a, *y = b;

	return tcs_zone_compare(x->zone, x->phenomenon, y->zone, y->phenomenon);
}

/* Bytes of the character at `p`, which is not ASCII; what is none, or none of
 * XML (U+FFFE and U+FFFF), is overwritten. */
static size_t
readings_clean_char(char *p, const char *end)
{
	size_t n = tcs_slice_utf8_len(tcs_slice(p, (size_t)(end - p)));

	if (n == 0)
		*p = '?';
	else if (n == 3 && (memcmp(p, "\xef\xbf\xbe", 3) == 0 ||
	                       memcmp(p, "\xef\xbf\xbf", 3) == 0))
		memset(p, '?', 3);
	return n == 0 ? 1 : n;
}

void
tcs_text_clean(char *text)
{
	const char *end = text + strlen(text);

	for (;;) {
		/* Nearly all that there is. */
		while ((unsigned char)(*text - 0x20) < 0x5f || *text == '\n')
			text++;
		if (text == end)
			return;
		if ((unsigned char)*text < 0x80)
			*text++ = ' ';
		else
			text += readings_clean_char(text, end);
	}
}

/* Copy that XML and people can read: control characters become blanks, at most
 * `max` bytes, cut between characters. NULL stays NULL. */
static const char *
readings_text(struct tcs_arena *arena, const char *text, size_t max)
{
	struct tcs_slice s = tcs_slice_str(text);

	if (text == NULL)
		return NULL;
	if (s.n > max) {
		s.n = max;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
			s.n--;
	}
	char *copy = tcs_arena_dup(arena, tcs_slice_trim(s));
	if (copy != NULL)
		tcs_text_clean(copy);
	return copy;
}

/* CAP refuses a message with an address that is none: that of a source is not
 * worth the whole document. */
static const char *
readings_web(struct readings_sink *sink, const char *web)
{
	/* Many drivers have one for all. */
	if (web != NULL && sink->web != NULL && strcmp(web, sink->web) == 0)
		return sink->web;
	const char *copy =
	    readings_text(sink->readings->arena, web, READINGS_WEB_MAX);
	if (copy == NULL || !tcs_xml_is_uri(copy))
		return NULL;
	sink->web = copy;
	return copy;
}

/* At most `n_max` texts of at most `max` bytes. */
static enum tcs_err
readings_list(struct tcs_arena *arena, const char *const *from, size_t n_max,
    size_t max, const char *const **ret_copies)
{
	size_t n = 0;

	while (from != NULL && from[n] != NULL && n < n_max)
		n++;
	const char **copies = tcs_arena_alloc(arena, (n + 1) * sizeof(*copies));
	for (size_t i = 0; copies != NULL && i < n; i++) {
		copies[i] = readings_text(arena, from[i], max);
		if (copies[i] == NULL)
			copies = NULL;
	}
	*ret_copies = copies;
	return copies == NULL ? TCS_ENOMEM : TCS_OK;
}

static enum tcs_err
readings_pairs(struct tcs_arena *arena, const struct tcs_pair *from, size_t *n,
    const struct tcs_pair **ret_pairs)
{
	if (*n > READINGS_PAIRS_MAX)
		*n = READINGS_PAIRS_MAX;
	struct tcs_pair *copies =
	    tcs_arena_alloc(arena, (*n + 1) * sizeof(*copies));
	if (copies == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < *n; i++) {
		copies[i].name =
		    readings_text(arena, from[i].name, READINGS_NAME_MAX);
		copies[i].value =
		    readings_text(arena, from[i].value, READINGS_PAIR_MAX);
		if (copies[i].name == NULL || copies[i].value == NULL)
			return TCS_ENOMEM;
	}
	*ret_pairs = copies;
	return TCS_OK;
}

/* Files past the limits are left out: what they came with says their names. */
static enum tcs_err
readings_files(struct readings_sink *sink, const struct tcs_reading *from,
    struct tcs_reading *to)
{
	struct tcs_arena *arena = sink->readings->arena;
	size_t n = from->files_n < READINGS_FILES_MAX ? from->files_n
	                                              : READINGS_FILES_MAX;
	struct tcs_reading_file *files =
	    tcs_arena_alloc(arena, (n + 1) * sizeof(*files));

	if (files == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct tcs_slice content = from->files[i].content;
		if (content.n > READINGS_FILES_BYTES - sink->file_bytes)
			continue;
		struct tcs_reading_file *file = &files[to->files_n];
		file->name = readings_text(arena,
		    from->files[i].name == NULL ? "fichier"
		                                : from->files[i].name,
		    READINGS_NAME_MAX);
		file->type = readings_text(
		    arena, from->files[i].type, READINGS_NAME_MAX);
		file->content =
		    tcs_slice(tcs_arena_dup(arena, content), content.n);
		if (file->name == NULL || file->content.p == NULL)
			return TCS_ENOMEM;
		sink->file_bytes += content.n;
		to->files_n++;
	}
	to->files = files;
	return TCS_OK;
}

/* What only some readings have. */
static enum tcs_err
readings_more(struct readings_sink *sink, const struct tcs_reading *from,
    struct tcs_reading *to)
{
	struct tcs_arena *arena = sink->readings->arena;
	enum tcs_err err = readings_list(arena, from->departements,
	    READINGS_DEPARTEMENTS_MAX, 3, &to->departements);

	to->params_n = from->params_n;
	to->geocodes_n = from->geocodes_n;
	if (err == TCS_OK && from->polygons != NULL)
		err = readings_list(arena, from->polygons,
		    READINGS_POLYGONS_MAX, READINGS_POLYGON_MAX, &to->polygons);
	if (err == TCS_OK && from->params_n > 0)
		err = readings_pairs(
		    arena, from->params, &to->params_n, &to->params);
	if (err == TCS_OK && from->geocodes_n > 0)
		err = readings_pairs(
		    arena, from->geocodes, &to->geocodes_n, &to->geocodes);
	if (err == TCS_OK && from->files_n > 0)
		err = readings_files(sink, from, to);
	return err;
}

static enum tcs_err
readings_grow(struct readings_sink *sink)
{
	struct tcs_readings *r = sink->readings;

	if (r->n < sink->cap)
		return TCS_OK;
	if (r->n >= READINGS_MAX)
		return TCS_ELIMIT;
	size_t cap = sink->cap == 0 ? 512 : sink->cap * 2;
	struct tcs_reading *items = realloc(r->items, cap * sizeof(*items));
	if (items == NULL)
		return TCS_ENOMEM;
	r->items = items;
	sink->cap = cap;
	return TCS_OK;
}

static enum tcs_err
readings_emit(void *arg, const struct tcs_reading *reading)
{
	struct readings_sink *sink = arg;
	struct tcs_readings *r = sink->readings;
	enum tcs_err err = readings_grow(sink);

	if (err != TCS_OK)
		return err;
	if (!isfinite(reading->value) || !isfinite(reading->step))
		return TCS_EPARSE;
	struct tcs_reading *to = &r->items[r->n];
	struct tcs_arena *arena = r->arena;
	*to = (struct tcs_reading){
	    .kind = reading->kind,
	    .zone = readings_text(arena, reading->zone, READINGS_ZONE_MAX),
	    .zone_name =
	        readings_text(arena, reading->zone_name, READINGS_NAME_MAX),
	    .zone_word =
	        readings_text(arena, reading->zone_word, READINGS_NAME_MAX),
	    .zone_scheme =
	        readings_text(arena, reading->zone_scheme, READINGS_NAME_MAX),
	    .phenomenon =
	        readings_text(arena, reading->phenomenon, READINGS_ZONE_MAX),
	    .level = readings_text(arena, reading->level, READINGS_LEVEL_MAX),
	    .headline =
	        readings_text(arena, reading->headline, READINGS_HEADLINE_MAX),
	    .text = readings_text(arena, reading->text, READINGS_TEXT_MAX),
	    .instruction =
	        readings_text(arena, reading->instruction, READINGS_TEXT_MAX),
	    .web = readings_web(sink, reading->web),
	    .is_worded = reading->is_worded,
	    .is_national = reading->is_national,
	    .issued_ms = reading->issued_ms,
	    .onset_ms = reading->onset_ms,
	    .expires_ms = reading->expires_ms,
	    .lasts_ms = reading->lasts_ms,
	    .is_end = reading->is_end || reading->is_cancel,
	    .is_cancel = reading->is_cancel,
	    .value = reading->value,
	    .step = reading->step,
	    .category = readings_text(arena, reading->category, 32),
	    .event = readings_text(arena, reading->event, READINGS_NAME_MAX),
	    .severity = readings_text(arena, reading->severity, 32),
	    .urgency = readings_text(arena, reading->urgency, 32),
	    .certainty = readings_text(arena, reading->certainty, 32),
	};
	if (to->zone == NULL || to->zone_name == NULL ||
	    to->phenomenon == NULL || to->level == NULL)
		return TCS_ENOMEM;
	r->n++;
	return readings_more(sink, reading, to);
}

/* Green below unknown below every colour. */
static int
readings_gravity(const char *level)
{
	int rank = tcs_level_rank(level);

	return rank == TCS_RANK_UNKNOWN ? 3 : 2 * rank;
}

static void
readings_sort(struct tcs_readings *r)
{
	bool is_sorted = true; /* most drivers emit in order */
	size_t n = 0;

	for (size_t i = 1; is_sorted && i < r->n; i++)
		is_sorted = readings_order(&r->items[i - 1], &r->items[i]) <= 0;
	if (!is_sorted)
		qsort(r->items, r->n, sizeof(r->items[0]), readings_order);
	for (size_t i = 0; i < r->n; i++) {
		struct tcs_reading *last = n == 0 ? NULL : &r->items[n - 1];
		if (last == NULL || readings_order(last, &r->items[i]) != 0) {
			if (n < i)
				r->items[n] = r->items[i];
			n++;
			continue;
		}
		r->doubled++;
		if (readings_gravity(r->items[i].level) >
		    readings_gravity(last->level))
			*last = r->items[i];
	}
	r->n = n;
}

enum tcs_err
tcs_readings_read(const struct tcs_feed_ops *ops, void *st,
    const struct tcs_answers *answers, struct tcs_readings **ret_readings,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	struct tcs_readings *r = calloc(1, sizeof(*r));
	struct readings_sink sink = {.readings = r};
	struct tcs_reading_sink out = {.arg = &sink, .emit = readings_emit};
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	enum tcs_err err = TCS_ENOMEM;

	if (r == NULL)
		return err;
	r->arena = tcs_arena_new(READINGS_ARENA_MAX);
	if (r->arena == NULL)
		goto out;
	err = ops->parse(st, answers, &r->document, &out, &refusal, diag);
	if (err == TCS_OK)
		readings_sort(r);
	tcs_text_clean(r->document.note);
	if (err == TCS_EPARSE && refusal == TCS_REFUSAL_NONE)
		refusal = TCS_REFUSAL_RESHAPED;
	if (err == TCS_EPARSE)
		*ret_refusal = refusal;
	if (err == TCS_OK) {
		*ret_readings = r;
		r = NULL;
	}
out:
	tcs_readings_free(&r);
	return err;
}

enum tcs_err
tcs_readings_check_time(const struct tcs_readings *readings, int64_t now_ms,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	char issued[TCS_TIME_TEXT];
	int64_t issued_ms = readings->document.issued_ms;

	if (issued_ms == TCS_NO_TIME ||
	    issued_ms <= now_ms + READINGS_FUTURE_MS)
		return TCS_OK;
	*ret_refusal = TCS_REFUSAL_RESHAPED;
	return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
	    "issue time %s is in the future: check the clock of this machine",
	    tcs_time_iso(issued_ms, issued));
}

enum tcs_err
tcs_readings_check_expiry(const struct tcs_readings *readings, int64_t now_ms,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	char expired[TCS_TIME_TEXT];
	int64_t expires_ms = readings->document.expires_ms;

	if (expires_ms == TCS_NO_TIME || expires_ms > now_ms)
		return TCS_OK;
	*ret_refusal = TCS_REFUSAL_STALE;
	return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
	    "no fresh data: what it says was valid until %s",
	    tcs_time_iso(expires_ms, expired));
}

void
tcs_readings_free(struct tcs_readings **readings)
{
	if (readings == NULL || *readings == NULL)
		return;
	tcs_arena_free(&(*readings)->arena);
	free((*readings)->items);
	free(*readings);
	*readings = NULL;
}
