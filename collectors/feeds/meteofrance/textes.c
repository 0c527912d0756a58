/* textes.c - the bulletins, CDP_TEXTES_VIGILANCE: blocs by domain, in them
 * texts by hazard, in them terms (J, J1, J+J1), in them headings and lines. */
#include <stdlib.h>
#include <string.h>

#include "collectors/feeds/meteofrance/mf.h"
#include "core/clock.h"
#include "core/html.h"

enum {
	TEXTES_BLOCS_MAX = 1000, /* 105 in 2026 */
	TEXTES_ITEMS_MAX = 100,  /* of one bloc, of one item */
	TEXTES_LINES_MAX = 200,  /* of one term */
};

/* The bulletins under way of being read, and the bloc that is at hand. */
struct textes {
	struct mf_texts *out;
	const char *domain, *name;
	bool is_aggravation;
};

static json_t *
textes_product(json_t *root)
{
	json_t *product = json_object_get(root, "product");

	return json_is_object(product) ? product : root;
}

bool
tcs_mf_is_textes(json_t *root)
{
	return json_object_get(textes_product(root), "text_bloc_items") != NULL;
}

void
tcs_mf_texts_fini(struct mf_texts *texts)
{
	free(texts->items);
	texts->items = NULL;
	texts->n = texts->cap = 0;
}

static struct mf_text *
textes_add(struct mf_texts *texts)
{
	if (texts->n >= MF_TEXTS_MAX)
		return NULL;
	if (texts->n == texts->cap) {
		size_t cap = texts->cap == 0 ? 64 : texts->cap * 2;
		struct mf_text *items =
		    realloc(texts->items, cap * sizeof(*items));
		if (items == NULL)
			return NULL;
		texts->items = items;
		texts->cap = cap;
	}
	return &texts->items[texts->n++];
}

/* ---- lines ---- */

/* At most MF_TEXT_MAX bytes, between characters. */
static struct tcs_slice
textes_cut(struct tcs_slice text)
{
	if (text.n <= MF_TEXT_MAX)
		return text;
	text.n = MF_TEXT_MAX;
	while (text.n > 0 && ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
		text.n--;
	return text;
}

/* One line of plain text; nothing of one that is empty. */
static void
textes_line(const json_t *from, const char *before, struct tcs_buf *buf)
{
	struct tcs_slice html = tcs_slice_trim(
	    tcs_slice(json_string_value(from), json_string_length(from)));
	struct tcs_buf line;

	if (!json_is_string(from) || html.n == 0 || buf->n > MF_TEXT_MAX)
		return;
	tcs_buf_init(&line, MF_BUFFER_MAX);
	tcs_html_text(textes_cut(html), &line);
	struct tcs_slice text = tcs_slice_trim(tcs_buf_view(&line));
	if (text.n > 0) {
		if (buf->n > 0)
			tcs_buf_str(buf, before);
		tcs_buf_slice(buf, text);
	}
	tcs_buf_fini(&line);
}

/* "Qualification : Épisode pluvieux…", under "Arc méditerranéen". */
static void
textes_subdivision(json_t *from, struct tcs_buf *buf)
{
	json_t *lines = json_object_get(from, "text");
	size_t n = tcs_mf_count(lines);

	textes_line(json_object_get(from, "underline_text"), "\n", buf);
	size_t before = buf->n;
	textes_line(json_object_get(from, "bold_text"), "\n", buf);
	bool has_heading = buf->n > before && buf->p[buf->n - 1] == ':';
	for (size_t i = 0; i < n && i < TEXTES_LINES_MAX; i++) {
		before = buf->n;
		textes_line(tcs_mf_at(lines, i), has_heading ? " " : "\n", buf);
		has_heading = has_heading && buf->n == before;
	}
	/* Some have nothing but lines. */
	if (json_is_string(from))
		textes_line(from, "\n", buf);
}

/* ---- terms ---- */

static void
textes_times(json_t *term, struct mf_text *text)
{
	int64_t ms;

	if (tcs_mf_time(json_object_get(term, "start_time"), &ms) &&
	    (text->begin_ms == TCS_NO_TIME || ms < text->begin_ms))
		text->begin_ms = ms;
	if (tcs_mf_time(json_object_get(term, "end_time"), &ms) &&
	    (text->end_ms == TCS_NO_TIME || ms > text->end_ms))
		text->end_ms = ms;
}

static const char *
textes_term_name(json_t *terms, size_t i)
{
	const char *name = json_string_value(
	    json_object_get(tcs_mf_at(terms, i), "term_names"));

	return name == NULL ? "" : name;
}

static bool
textes_has_several(json_t *terms)
{
	for (size_t i = 1; i < tcs_mf_count(terms); i++) {
		if (strcmp(textes_term_name(terms, i),
		        textes_term_name(terms, i - 1)) != 0)
			return true;
	}
	return false;
}

/* Terms of one échéance follow each other and are one text; where there are
 * several échéances each says for which day it is. */
static void
textes_terms(json_t *terms, struct mf_text *text, struct tcs_buf *buf)
{
	size_t n = tcs_mf_count(terms);
	bool has_several = textes_has_several(terms);

	for (size_t i = 0; i < n && i < TEXTES_ITEMS_MAX; i++) {
		json_t *term = tcs_mf_at(terms, i);
		json_t *parts = json_object_get(term, "subdivision_text");
		int64_t start_ms;
		bool is_new =
		    i == 0 || strcmp(textes_term_name(terms, i),
		                  textes_term_name(terms, i - 1)) != 0;
		if (has_several && is_new &&
		    tcs_mf_time(
		        json_object_get(term, "start_time"), &start_ms)) {
			tcs_buf_str(buf, buf->n > 0 ? "\nPour " : "Pour ");
			tcs_mf_day(start_ms, buf);
			tcs_buf_str(buf, " :");
		}
		textes_times(term, text);
		for (size_t k = 0;
		     k < tcs_mf_count(parts) && k < TEXTES_ITEMS_MAX; k++)
			textes_subdivision(tcs_mf_at(parts, k), buf);
	}
}

/* "2"; null, empty or 0 stand for all hazards. */
static const char *
textes_hazard(const struct textes *t, json_t *item)
{
	json_t *code = json_object_get(item, "hazard_code");
	int64_t number;

	if (!tcs_mf_integer(code, &number) || number == 0)
		return NULL;
	return tcs_mf_phenomenon(t->out->arena, code);
}

static enum tcs_err
textes_item(struct textes *t, json_t *item)
{
	struct mf_text text = {.domain = t->domain,
	    .name = t->name,
	    .phenomenon = textes_hazard(t, item),
	    .begin_ms = TCS_NO_TIME,
	    .end_ms = TCS_NO_TIME,
	    .is_aggravation = t->is_aggravation};
	enum tcs_err err = TCS_OK;
	struct tcs_buf buf;

	/* Twice over: what goes past the limit is cut, not refused. */
	tcs_buf_init(&buf, MF_BUFFER_MAX);
	textes_terms(json_object_get(item, "term_items"), &text, &buf);
	if (text.phenomenon != NULL)
		text.hazard = tcs_mf_text(
		    t->out->arena, json_object_get(item, "hazard_name"));
	if (buf.n > 0) {
		struct mf_text *to = textes_add(t->out);
		text.text = tcs_arena_dup(
		    t->out->arena, textes_cut(tcs_buf_view(&buf)));
		if (to == NULL || text.text == NULL)
			err = TCS_ENOMEM;
		else
			*to = text;
	}
	tcs_buf_fini(&buf);
	return err;
}

/* ---- blocs ---- */

static bool
textes_is_aggravation(json_t *item)
{
	const char *group =
	    json_string_value(json_object_get(item, "type_group"));
	const char *id = json_string_value(json_object_get(item, "id"));

	return (group != NULL && strcmp(group, "AGGRAVATION") == 0) ||
	       (id != NULL && strstr(id, "AGGRAVATION") != NULL);
}

static enum tcs_err
textes_bloc(struct textes *t, json_t *bloc)
{
	json_t *items = json_object_get(bloc, "bloc_items");
	size_t n = tcs_mf_count(items);
	enum tcs_err err = TCS_OK;

	t->domain =
	    tcs_mf_text(t->out->arena, json_object_get(bloc, "domain_id"));
	t->name =
	    tcs_mf_text(t->out->arena, json_object_get(bloc, "domain_name"));
	if (!tcs_mf_is_domain(t->domain))
		return TCS_OK;
	for (size_t i = 0; i < n && i < TEXTES_ITEMS_MAX; i++) {
		json_t *item = tcs_mf_at(items, i);
		json_t *texts = json_object_get(item, "text_items");
		t->is_aggravation = textes_is_aggravation(item);
		for (size_t k = 0; err == TCS_OK && k < tcs_mf_count(texts) &&
		                   k < TEXTES_ITEMS_MAX;
		     k++)
			err = textes_item(t, tcs_mf_at(texts, k));
	}
	return err;
}

enum tcs_err
tcs_mf_textes(
    json_t *root, struct mf_texts *texts, const struct mf_refusal *refusal)
{
	json_t *product = textes_product(root);
	json_t *blocs = json_object_get(product, "text_bloc_items");
	json_t *meta = json_object_get(root, "meta");
	size_t n = tcs_mf_count(blocs);
	struct textes t = {.out = texts};

	if (!tcs_mf_time(
	        json_object_get(product, "update_time"), &texts->issued_ms) &&
	    !tcs_mf_time(
	        json_object_get(meta, "product_datetime"), &texts->issued_ms))
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "no readable \"update_time\" of the bulletins");
	if (n > TEXTES_BLOCS_MAX)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "\"text_bloc_items\" has more than %d", TEXTES_BLOCS_MAX);
	for (size_t i = 0; i < n; i++) {
		enum tcs_err err = textes_bloc(&t, tcs_mf_at(blocs, i));
		if (err == TCS_ENOMEM && texts->n >= MF_TEXTS_MAX)
			return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
			    "more than %d texts in its blocs", MF_TEXTS_MAX);
		if (err != TCS_OK)
			return err;
	}
	return TCS_OK;
}
