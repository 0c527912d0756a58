/* emit.c - from a map and its bulletins to readings: one state a phenomenon
 * and domain, and the texts that are news by themselves. */
#include <stdlib.h>
#include <string.h>

#include "collectors/feeds/meteofrance/mf.h"
#include "core/clock.h"

#define EMIT_WEB "https://vigilance.meteofrance.fr/"

enum { EMIT_HEADLINE_MAX = 390 };

struct emit {
	const struct mf *mf;
	struct mf_map *map;
	struct mf_texts *texts;
	struct tcs_reading_sink *out;
	size_t texts_left; /* bytes: a hostile product repeats its texts */
};

/* The first bytes of a word: numbers in the order of words. */
static uint64_t
emit_key(const char *word)
{
	uint64_t key = 0;

	for (int i = 0; i < 8; i++) {
		key = key << 8 | (unsigned char)*word;
		word += *word != '\0';
	}
	return key;
}

/* Most words differ in them, or are no longer. */
static int
emit_order_word(uint64_t x_key, const char *x, uint64_t y_key, const char *y)
{
	if (x_key != y_key)
		return x_key < y_key ? -1 : 1;
	return (x_key & 0xff) == 0 ? 0 : strcmp(x, y);
}

static int
emit_order(const void *a, const void *b)
{
	const struct mf_item *x = a, *y = b;
	int order =
	    emit_order_word(x->keys[0], x->domain, y->keys[0], y->domain);

	if (order == 0)
		order = emit_order_word(
		    x->keys[1], x->phenomenon, y->keys[1], y->phenomenon);
	if (order != 0)
		return order;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool
emit_is_one(const struct mf_item *a, const struct mf_item *b)
{
	return strcmp(a->domain, b->domain) == 0 &&
	       strcmp(a->phenomenon, b->phenomenon) == 0;
}

/* ---- states ---- */

/* A text of a département is also its coast's: bulletins know no coast. */
static bool
emit_concerns(const struct mf_text *text, const struct mf_item *item,
    const struct mf_place *place)
{
	bool is_here = strcmp(text->domain, item->domain) == 0 ||
	               (place->kind == TCS_DOMAIN_COAST &&
	                   strcmp(text->domain, place->departements[0]) == 0);

	return is_here && !text->is_aggravation &&
	       (text->phenomenon == NULL ||
	           strcmp(text->phenomenon, item->phenomenon) == 0);
}

static void
emit_line(const char *text, struct tcs_buf *buf)
{
	if (buf->n > 0)
		tcs_buf_char(buf, '\n');
	tcs_buf_str(buf, text);
}

/* The chronology, then what the bulletins say of it. */
static void
emit_text(struct emit *e, const struct mf_item *item,
    const struct mf_place *place, const struct mf_state *state,
    struct tcs_buf *buf)
{
	if (state->text != NULL)
		emit_line(state->text, buf);
	for (size_t i = 0; i < e->texts->n; i++) {
		struct mf_text *text = &e->texts->items[i];
		size_t n = strlen(text->text);
		if (!emit_concerns(text, item, place))
			continue;
		text->is_told = true;
		if (n > e->texts_left || buf->n + n > MF_JOINED_MAX)
			continue;
		e->texts_left -= n;
		emit_line(text->text, buf);
	}
}

/* The framework's wording serves, but for what is ahead and for coasts. */
static void
emit_headline(const struct mf_item *item, const struct mf_place *place,
    const struct mf_state *state, struct tcs_buf *buf)
{
	bool is_coast = place->kind == TCS_DOMAIN_COAST;

	if (!tcs_mf_is_above_green(state->level) ||
	    (!is_coast && !state->is_ahead))
		return;
	tcs_buf_printf(buf, "Vigilance %s %s", item->phenomenon, state->level);
	if (state->is_ahead) {
		tcs_buf_str(buf, " à partir du ");
		tcs_mf_day(state->onset_ms, buf);
		tcs_buf_str(buf, " à ");
		tcs_mf_hour(state->onset_ms, false, buf);
	}
	tcs_buf_printf(
	    buf, " : %s%s", is_coast ? "littoral " : "", place->name);
}

static enum tcs_err
emit_state(struct emit *e, const struct mf_item *items, size_t n)
{
	struct mf_place place = tcs_mf_place(items[0].domain, items[0].name);
	struct tcs_buf text, headline;
	struct mf_state state;
	enum tcs_err err =
	    tcs_mf_state(e->map->arena, items, n, e->map->issued_ms, &state);

	if (err != TCS_OK)
		return err;
	tcs_buf_init(&text, MF_BUFFER_MAX);
	tcs_buf_init(&headline, EMIT_HEADLINE_MAX);
	emit_text(e, &items[0], &place, &state, &text);
	emit_headline(&items[0], &place, &state, &headline);
	const struct tcs_reading reading = {
	    .kind = TCS_READING_LEVEL,
	    .zone = items[0].domain,
	    .zone_name = place.name,
	    .zone_word = place.word,
	    .phenomenon = items[0].phenomenon,
	    .level = state.level,
	    .headline = headline.err == TCS_OK ? headline.p : NULL,
	    .text = text.p,
	    .instruction = items[0].instruction,
	    .web = EMIT_WEB,
	    .departements = place.departements,
	    .is_national = place.is_national,
	    .onset_ms = tcs_mf_is_above_green(state.level) ? state.onset_ms : 0,
	};
	err =
	    text.err != TCS_OK ? text.err : e->out->emit(e->out->arg, &reading);
	tcs_buf_fini(&text);
	tcs_buf_fini(&headline);
	return err;
}

/* France as a whole is the maximum of its parts; zones de défense and Andorre
 * are no zones of the map. */
static bool
emit_is_wanted(const struct emit *e, const struct mf_item *item)
{
	switch (tcs_domain_find(item->domain).kind) {
	case TCS_DOMAIN_NATIONAL:
	case TCS_DOMAIN_ZONE:
	case TCS_DOMAIN_ABROAD:
		return false;
	case TCS_DOMAIN_UNKNOWN:
		if (strncmp(item->domain, "ZDF", 3) == 0)
			return false;
		break;
	case TCS_DOMAIN_DEPARTEMENT:
	case TCS_DOMAIN_COAST:
		break;
	}
	return tcs_mf_is_followed(e->mf, item->domain);
}

static enum tcs_err
emit_states(struct emit *e)
{
	struct mf_map *map = e->map;
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < map->n; i++) {
		struct mf_item *item = &map->items[i];
		item->keys[0] = emit_key(item->domain);
		item->keys[1] = emit_key(item->phenomenon);
	}
	if (map->n > 1)
		qsort(map->items, map->n, sizeof(map->items[0]), emit_order);
	for (size_t i = 0, n; i < map->n && err == TCS_OK; i += n) {
		for (n = 1; i + n < map->n &&
		            emit_is_one(&map->items[i], &map->items[i + n]);)
			n++;
		if (!emit_is_wanted(e, &map->items[i]))
			continue;
		err = emit_state(e, &map->items[i], n);
		map->emitted++;
	}
	return err;
}

/* ---- texts ---- */

static int64_t
emit_expiry(const struct emit *e, int64_t end_ms)
{
	if (end_ms != TCS_NO_TIME)
		return end_ms;
	return e->map->n > 0 ? e->map->expires_ms
	                     : e->texts->issued_ms + TCS_HOURS(24);
}

static enum tcs_err
emit_item(struct emit *e, const struct tcs_reading *from)
{
	struct mf_place place = tcs_mf_place(from->zone, from->zone_name);
	struct tcs_reading reading = *from;

	reading.kind = TCS_READING_ITEM;
	reading.level = "none";
	reading.zone_name = place.name;
	reading.zone_word = place.word;
	reading.web = EMIT_WEB;
	reading.departements = place.departements;
	reading.is_national = place.is_national;
	return e->out->emit(e->out->arg, &reading);
}

/* "vent-aggravation", "aggravation", "bulletin". */
static const char *
emit_word(struct emit *e, const struct mf_text *text)
{
	if (!text->is_aggravation)
		return "bulletin";
	return text->phenomenon == NULL
	           ? "aggravation"
	           : tcs_arena_printf(
	                 e->texts->arena, "%s-aggravation", text->phenomenon);
}

static bool
emit_is_same_item(const struct mf_text *a, const struct mf_text *b)
{
	if (b->is_told || strcmp(a->domain, b->domain) != 0 ||
	    a->is_aggravation != b->is_aggravation)
		return false;
	if (!a->is_aggravation || a->phenomenon == b->phenomenon)
		return true;
	return a->phenomenon != NULL && b->phenomenon != NULL &&
	       strcmp(a->phenomenon, b->phenomenon) == 0;
}

/* All that is left of one domain in one text, each under its hazard. */
static void
emit_gather(struct emit *e, size_t at, struct tcs_buf *buf, int64_t *end_ms)
{
	const struct mf_text first = e->texts->items[at];

	for (size_t i = at; i < e->texts->n; i++) {
		struct mf_text *text = &e->texts->items[i];
		if (!emit_is_same_item(&first, text))
			continue;
		text->is_told = true;
		if (text->end_ms != TCS_NO_TIME && text->end_ms > *end_ms)
			*end_ms = text->end_ms;
		size_t n = strlen(text->text);
		if (n > e->texts_left || buf->n + n > MF_JOINED_MAX)
			continue;
		e->texts_left -= n;
		if (text->hazard != NULL && !text->is_aggravation) {
			emit_line(text->hazard, buf);
			tcs_buf_str(buf, " :");
		}
		emit_line(text->text, buf);
	}
}

static void
emit_title(const struct mf_text *text, struct tcs_buf *buf)
{
	struct mf_place place = tcs_mf_place(text->domain, text->name);

	if (text->is_aggravation)
		tcs_buf_printf(buf, "Aggravation possible de la vigilance%s%s",
		    text->phenomenon == NULL ? "" : " ",
		    text->phenomenon == NULL ? "" : text->phenomenon);
	else
		tcs_buf_str(buf, "Bulletin de vigilance");
	tcs_buf_printf(buf, " : %s", place.name);
}

static enum tcs_err
emit_text_item(struct emit *e, size_t at)
{
	const struct mf_text *text = &e->texts->items[at];
	int64_t end_ms = TCS_NO_TIME;
	struct tcs_buf buf, title;

	tcs_buf_init(&buf, MF_BUFFER_MAX);
	tcs_buf_init(&title, EMIT_HEADLINE_MAX);
	emit_title(text, &title);
	emit_gather(e, at, &buf, &end_ms);
	const struct tcs_reading reading = {.zone = text->domain,
	    .zone_name = text->name,
	    .phenomenon = emit_word(e, text),
	    .event = text->is_aggravation
	                 ? "Aggravation possible de la vigilance"
	                 : "Bulletin de vigilance",
	    .headline = title.err == TCS_OK ? title.p : NULL,
	    .text = buf.p,
	    .issued_ms = e->texts->issued_ms,
	    .onset_ms = text->begin_ms == TCS_NO_TIME ? 0 : text->begin_ms,
	    .expires_ms = emit_expiry(e, end_ms),
	    .severity = text->is_aggravation ? "Moderate" : NULL,
	    .urgency = text->is_aggravation ? "Future" : NULL,
	    .certainty = text->is_aggravation ? "Possible" : NULL};
	enum tcs_err err = TCS_OK;
	if (reading.phenomenon == NULL || buf.err != TCS_OK)
		err = TCS_ENOMEM;
	else if (buf.n > 0)
		err = emit_item(e, &reading);
	tcs_buf_fini(&buf);
	tcs_buf_fini(&title);
	return err;
}

static enum tcs_err
emit_comment(struct emit *e)
{
	const struct tcs_reading reading = {.zone = "FRA",
	    .zone_name = "France",
	    .phenomenon = "commentaire",
	    .event = "Commentaire de la vigilance",
	    .headline = "Commentaire de la carte de vigilance : France",
	    .text = e->map->comment,
	    .issued_ms = e->map->issued_ms,
	    .expires_ms = e->map->expires_ms};

	return e->map->comment == NULL || !tcs_mf_is_followed(e->mf, "FRA")
	           ? TCS_OK
	           : emit_item(e, &reading);
}

enum tcs_err
tcs_mf_emit(const struct mf *mf, struct mf_map *map, struct mf_texts *texts,
    struct tcs_reading_sink *out)
{
	struct emit e = {.mf = mf,
	    .map = map,
	    .texts = texts,
	    .out = out,
	    .texts_left = MF_TEXTS_BYTES};
	enum tcs_err err = emit_states(&e);

	if (err == TCS_OK)
		err = emit_comment(&e);
	for (size_t i = 0; err == TCS_OK && i < texts->n; i++) {
		if (!texts->items[i].is_told &&
		    tcs_mf_is_followed(mf, texts->items[i].domain))
			err = emit_text_item(&e, i);
	}
	return err;
}
