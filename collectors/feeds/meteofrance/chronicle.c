/* chronicle.c - the periods of one phenomenon in one domain, told as one: the
 * gravest colour that is still ahead, when it begins, and the order of all. */
#include <stdlib.h>
#include <string.h>

#include "collectors/feeds/meteofrance/mf.h"
#include "core/clock.h"
#include "core/level.h"

enum { CHRONICLE_TEXT_MAX = 8000, CHRONICLE_TOLD_MAX = 24 };

/* What is not past: with hours, and by whole periods. */
struct chronicle {
	struct mf_span *timed, *whole;
	size_t timed_n, whole_n;
	int64_t begun_ms;   /* what begins by then has begun */
	int64_t horizon_ms; /* the end of all that is said */
};

static int
chronicle_order(const void *a, const void *b)
{
	const struct mf_span *x = a, *y = b;

	if (x->begin_ms != y->begin_ms)
		return x->begin_ms < y->begin_ms ? -1 : 1;
	return (x->end_ms > y->end_ms) - (x->end_ms < y->end_ms);
}

/* ---- what is ahead ---- */

static void
chronicle_item(
    struct chronicle *c, const struct mf_item *item, int64_t issued_ms)
{
	const char *gravest = NULL;

	if (item->end_ms <= issued_ms)
		return;
	if (c->begun_ms == TCS_NO_TIME || item->begin_ms < c->begun_ms)
		c->begun_ms = item->begin_ms;
	if (c->horizon_ms == TCS_NO_TIME || item->end_ms > c->horizon_ms)
		c->horizon_ms = item->end_ms;
	for (size_t i = 0; i < item->spans_n; i++) {
		const struct mf_span *span = &item->spans[i];
		if (gravest == NULL ||
		    tcs_mf_gravity(span->level) > tcs_mf_gravity(gravest))
			gravest = span->level;
		if (span->end_ms > issued_ms)
			c->timed[c->timed_n++] = *span;
	}
	/* Floods have no chronology; and whatever the hours leave out is not
	 * quieter than the source says. */
	if (gravest != NULL &&
	    (item->level == NULL ||
	        tcs_mf_gravity(item->level) <= tcs_mf_gravity(gravest)))
		return;
	c->whole[c->whole_n++] = (struct mf_span){.begin_ms = item->begin_ms,
	    .end_ms = item->end_ms,
	    .level = item->level == NULL ? TCS_LEVEL_UNKNOWN : item->level};
}

static enum tcs_err
chronicle_open(struct chronicle *c, struct tcs_arena *arena,
    const struct mf_item *items, size_t n)
{
	size_t spans = 0;

	for (size_t i = 0; i < n; i++)
		spans += items[i].spans_n;
	*c = (struct chronicle){
	    .timed = tcs_arena_alloc(arena, (spans + 1) * sizeof(*c->timed)),
	    .whole = tcs_arena_alloc(arena, (n + 1) * sizeof(*c->whole)),
	    .begun_ms = TCS_NO_TIME,
	    .horizon_ms = TCS_NO_TIME,
	};
	return c->timed == NULL || c->whole == NULL ? TCS_ENOMEM : TCS_OK;
}

static void
chronicle_level(const struct mf_span *spans, size_t n, struct mf_state *state)
{
	for (size_t i = 0; i < n; i++) {
		int order = state->level == NULL
		                ? 1
		                : tcs_mf_gravity(spans[i].level) -
		                      tcs_mf_gravity(state->level);
		if (order > 0 ||
		    (order == 0 && spans[i].begin_ms < state->onset_ms)) {
			state->level = spans[i].level;
			state->onset_ms = spans[i].begin_ms;
		}
	}
}

/* ---- in words ---- */

/* "dimanche 4 octobre à 16 h"; of the day named last, the hour alone. */
struct chronicle_clock {
	char day[64];
};

static void
chronicle_time(struct chronicle_clock *clock, int64_t ms, bool is_end,
    const char *words[2], struct tcs_buf *buf)
{
	struct tcs_buf day;

	/* An end at midnight is 24 h of the day before. */
	tcs_buf_init(&day, sizeof(clock->day) - 1);
	tcs_mf_day(is_end ? ms - 1 : ms, &day);
	bool is_same = day.p != NULL && strcmp(day.p, clock->day) == 0;
	if (is_same) {
		tcs_buf_str(buf, words[1]);
	} else if (day.p != NULL) {
		memcpy(clock->day, day.p, day.n + 1);
		tcs_buf_printf(buf, "%s%s à ", words[0], day.p);
	}
	tcs_mf_hour(ms, is_end, buf);
	tcs_buf_fini(&day);
}

/* "Orange", "niveau inconnu". */
static void
chronicle_color(const char *level, bool is_first, struct tcs_buf *buf)
{
	size_t at = buf->n;

	if (strcmp(level, TCS_LEVEL_UNKNOWN) == 0)
		tcs_buf_str(buf, "niveau ");
	tcs_buf_str(buf, level);
	if (is_first && buf->err == TCS_OK && buf->p[at] >= 'a' &&
	    buf->p[at] <= 'z')
		buf->p[at] = (char)(buf->p[at] - 'a' + 'A');
}

/* What is said twice of the same hours: the gravest. `spans` are in order. */
static size_t
chronicle_single(struct mf_span *spans, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct mf_span *last = kept == 0 ? NULL : &spans[kept - 1];
		if (last == NULL || chronicle_order(last, &spans[i]) != 0)
			spans[kept++] = spans[i];
		else if (tcs_mf_gravity(spans[i].level) >
		         tcs_mf_gravity(last->level))
			last->level = spans[i].level;
	}
	return kept;
}

/* One colour after the other, neighbours of one colour as one. */
static size_t
chronicle_merge(struct mf_span *spans, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct mf_span *last = kept == 0 ? NULL : &spans[kept - 1];
		if (last != NULL && last->end_ms == spans[i].begin_ms &&
		    strcmp(last->level, spans[i].level) == 0)
			last->end_ms = spans[i].end_ms;
		else
			spans[kept++] = spans[i];
	}
	return kept;
}

static bool
chronicle_is_sound(const struct mf_span *spans, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (spans[i].begin_ms >= spans[i].end_ms ||
		    (i > 0 && spans[i].begin_ms < spans[i - 1].end_ms))
			return false;
	}
	return n > 0 && n <= CHRONICLE_TOLD_MAX;
}

/* "Orange jusqu'au dimanche 4 octobre à 16 h, puis jaune jusqu'à 18 h, puis
 * vert." What has begun has no beginning here: it would be another in each
 * product. */
static void
chronicle_hours(const struct chronicle *c, struct tcs_buf *buf)
{
	static const char *until[] = {" jusqu'au ", " jusqu'à "};
	static const char *from[] = {" du ", " de "};
	struct chronicle_clock clock = {""};

	for (size_t i = 0; i < c->timed_n; i++) {
		const struct mf_span *span = &c->timed[i];
		bool follows =
		    i > 0 && c->timed[i - 1].end_ms == span->begin_ms;
		bool is_last = i + 1 == c->timed_n;
		tcs_buf_str(buf, i == 0 ? "" : ", puis ");
		chronicle_color(span->level, i == 0, buf);
		if (!follows && span->begin_ms > c->begun_ms)
			chronicle_time(
			    &clock, span->begin_ms, false, from, buf);
		if (is_last && follows && strcmp(span->level, "vert") == 0)
			break;
		chronicle_time(&clock, span->end_ms, true, until, buf);
		if (is_last && span->end_ms >= c->horizon_ms)
			tcs_buf_str(buf, " au moins");
	}
	tcs_buf_char(buf, '.');
}

/* "Jaune pour dimanche 4 octobre et lundi 5 octobre, sans chronologie." */
static void
chronicle_periods(const struct chronicle *c, struct tcs_buf *buf)
{
	if (buf->n > 0)
		tcs_buf_char(buf, ' ');
	for (size_t i = 0; i < c->whole_n; i++) {
		const struct mf_span *span = &c->whole[i];
		bool is_same =
		    i > 0 && strcmp(c->whole[i - 1].level, span->level) == 0;
		if (is_same) {
			tcs_buf_str(buf, " et ");
		} else {
			tcs_buf_str(buf, i == 0 ? "" : ", ");
			chronicle_color(span->level, i == 0, buf);
			tcs_buf_str(buf, " pour ");
		}
		tcs_mf_day(span->begin_ms, buf);
	}
	tcs_buf_str(buf, ", sans chronologie.");
}

static enum tcs_err
chronicle_text(
    struct chronicle *c, struct tcs_arena *arena, struct mf_state *state)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, CHRONICLE_TEXT_MAX);
	if (c->timed_n > 1)
		qsort(
		    c->timed, c->timed_n, sizeof(c->timed[0]), chronicle_order);
	if (c->whole_n > 1)
		qsort(
		    c->whole, c->whole_n, sizeof(c->whole[0]), chronicle_order);
	c->timed_n = chronicle_single(c->timed, c->timed_n);
	c->whole_n = chronicle_single(c->whole, c->whole_n);
	/* Hours that contradict each other are not told. */
	if (chronicle_is_sound(c->timed, c->timed_n)) {
		c->timed_n = chronicle_merge(c->timed, c->timed_n);
		chronicle_hours(c, &buf);
	}
	if (c->whole_n > 0 && c->whole_n <= MF_PERIODS_MAX)
		chronicle_periods(c, &buf);
	if (buf.err == TCS_OK && buf.n > 0)
		state->text = tcs_arena_dup(arena, tcs_buf_view(&buf));
	enum tcs_err err = buf.err == TCS_OK && buf.n > 0 && state->text == NULL
	                       ? TCS_ENOMEM
	                       : TCS_OK;
	tcs_buf_fini(&buf);
	return err;
}

enum tcs_err
tcs_mf_state(struct tcs_arena *arena, const struct mf_item *items, size_t n,
    int64_t issued_ms, struct mf_state *ret_state)
{
	struct mf_state state = {0};
	struct chronicle c;
	enum tcs_err err = chronicle_open(&c, arena, items, n);

	if (err != TCS_OK)
		return err;
	for (size_t i = 0; i < n; i++)
		chronicle_item(&c, &items[i], issued_ms);
	if (c.begun_ms < issued_ms)
		c.begun_ms = issued_ms;
	chronicle_level(c.timed, c.timed_n, &state);
	chronicle_level(c.whole, c.whole_n, &state);
	/* All of it is past by its own issue time: nothing is said of now. */
	if (state.level == NULL)
		state.level = TCS_LEVEL_UNKNOWN;
	state.is_ahead = state.onset_ms > c.begun_ms;
	if (tcs_mf_gravity(state.level) > tcs_mf_gravity("vert"))
		err = chronicle_text(&c, arena, &state);
	*ret_state = state;
	return err;
}
