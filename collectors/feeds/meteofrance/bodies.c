/* bodies.c - what the bodies of one poll are, told by their content: map,
 * bulletins, index, an error in place of them. */
#include <string.h>

#include "collectors/feeds/meteofrance/mf.h"
#include "core/clock.h"
#include "core/html.h"

enum { BODIES_PAGE_MAX = 20000, BODIES_PAGE_TEXT = 100000 };

static bool
bodies_has(struct tcs_slice body, const char *text)
{
	return body.n > 0 && memmem(body.p, body.n, text, strlen(text)) != NULL;
}

/* A code or a text, of an error's own object or of the one that wraps it. */
static const char *
bodies_member(struct tcs_arena *arena, json_t *root, const char *const *names)
{
	static const char *const wraps[] = {"fault", "error", "Fault"};

	for (size_t i = 0; names[i] != NULL; i++) {
		const char *text =
		    tcs_mf_text(arena, json_object_get(root, names[i]));
		for (size_t k = 0; text == NULL && k < 3; k++)
			text = tcs_mf_text(arena,
			    json_object_get(
			        json_object_get(root, wraps[k]), names[i]));
		if (text != NULL)
			return text;
	}
	return NULL;
}

/* {"code":"900901","message":…}, {"fault":{…}}, {"error":…}: never data. */
static enum tcs_err
bodies_error(
    struct tcs_arena *arena, json_t *root, const struct mf_refusal *refusal)
{
	static const char *const codes[] = {
	    "code", "errorCode", "error_code", "status", NULL};
	static const char *const texts[] = {"message", "description",
	    "faultstring", "error_description", "detail", "error", "title",
	    NULL};
	const char *code = bodies_member(arena, root, codes);
	const char *text = bodies_member(arena, root, texts);

	if (code == NULL && text == NULL)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "neither \"periods\" nor \"text_bloc_items\": no product "
		    "of the vigilance");
	return tcs_mf_refuse(refusal, TCS_REFUSAL_ERROR,
	    "the service answers an error, code %.40s: %.200s",
	    code == NULL ? "unknown" : code, text == NULL ? "no text" : text);
}

/* Domains of which each has its own answer, as one map. */
static bool
bodies_join(struct mf_map *to, const struct mf_map *from)
{
	for (size_t i = 0; i < from->n; i++) {
		struct mf_item *item = tcs_mf_map_add(to);
		if (item == NULL)
			return false;
		size_t order = item->order;
		*item = from->items[i];
		item->order = order;
	}
	if (from->issued_ms > to->issued_ms)
		to->issued_ms = from->issued_ms;
	if (from->expires_ms > to->expires_ms)
		to->expires_ms = from->expires_ms;
	to->skipped += from->skipped;
	return true;
}

/* Of several maps of one poll the newest is read. Takes `map`. */
static enum tcs_err
bodies_take(struct mf_poll *p, struct mf_map *map)
{
	enum tcs_err err = TCS_OK;

	if (map->is_partial && p->map.is_partial) {
		err = bodies_join(&p->map, map) ? TCS_OK : TCS_ENOMEM;
	} else if (map->issued_ms > p->map.issued_ms) {
		struct mf_map older = p->map;
		p->map = *map;
		*map = older;
	}
	tcs_mf_map_fini(map);
	return err;
}

static enum tcs_err
bodies_map(struct mf_poll *p, json_t *root, int64_t fetched_ms,
    const struct mf_refusal *refusal)
{
	struct mf_map map = {.arena = p->arena, .issued_ms = TCS_NO_TIME};
	enum tcs_err err =
	    tcs_mf_is_carte(root)
	        ? tcs_mf_carte(root, &map, refusal)
	        : tcs_mf_webservice(root, fetched_ms, &map, refusal);

	if (err == TCS_OK)
		return bodies_take(p, &map);
	p->is_full = p->is_full || map.n >= MF_ITEMS_MAX;
	tcs_mf_map_fini(&map);
	return err;
}

static enum tcs_err
bodies_texts(struct mf_poll *p, json_t *root, const struct mf_refusal *refusal)
{
	struct mf_texts texts = {.arena = p->arena, .issued_ms = TCS_NO_TIME};
	enum tcs_err err = tcs_mf_textes(root, &texts, refusal);

	if (err == TCS_OK && texts.issued_ms > p->texts.issued_ms) {
		tcs_mf_texts_fini(&p->texts);
		p->texts = texts;
	} else {
		tcs_mf_texts_fini(&texts);
	}
	return err;
}

static enum tcs_err
bodies_json(struct mf_poll *p, const struct tcs_fetch *fetch,
    const struct mf_refusal *refusal)
{
	struct tcs_diag why = {0};
	bool is_truncated = false;
	json_t *root = NULL;
	enum tcs_err err =
	    tcs_json_parse(fetch->body, &root, &is_truncated, &why);

	if (err == TCS_EPARSE || err == TCS_ELIMIT)
		err = tcs_mf_refuse(refusal,
		    is_truncated ? TCS_REFUSAL_TRUNCATED : TCS_REFUSAL_RESHAPED,
		    "%s", tcs_diag_text(&why));
	else if (err != TCS_OK)
		;
	else if (tcs_mf_is_carte(root) || tcs_mf_is_webservice(root))
		err = bodies_map(p, root, fetch->fetched_ms, refusal);
	else if (tcs_mf_is_textes(root))
		err = bodies_texts(p, root, refusal);
	else if (tcs_mf_is_index(root))
		p->has_index = true;
	else
		err = bodies_error(p->arena, root, refusal);
	json_decref(root);
	tcs_diag_fini(&why);
	return err;
}

static enum tcs_err
bodies_page(struct tcs_slice body, const struct mf_refusal *refusal)
{
	struct tcs_buf text;

	if (body.n > BODIES_PAGE_MAX)
		body.n = BODIES_PAGE_MAX;
	tcs_buf_init(&text, BODIES_PAGE_TEXT);
	tcs_html_text(body, &text);
	enum tcs_err err = tcs_mf_refuse(refusal, TCS_REFUSAL_ERROR,
	    "a web page where data was asked for: %.120s",
	    text.p == NULL ? "no text" : text.p);
	tcs_buf_fini(&text);
	return err;
}

static enum tcs_err
bodies_xml(
    struct mf_poll *p, struct tcs_slice body, const struct mf_refusal *refusal)
{
	struct mf_map map = {.arena = p->arena, .issued_ms = TCS_NO_TIME};
	enum tcs_err err = tcs_mf_xml(body, &map, refusal);

	if (err == TCS_OK)
		return bodies_take(p, &map);
	p->is_full = p->is_full || map.n >= MF_ITEMS_MAX;
	tcs_mf_map_fini(&map);
	return err;
}

/* What is neither JSON nor XML, or not to be read as such. */
static const char *
bodies_known(struct tcs_slice body)
{
	if (body.n == 0)
		return "the body is empty";
	if (body.n > 4 && memcmp(body.p, "PK\3\4", 4) == 0)
		return "a ZIP archive, as of overseas: give its JSON files";
	if (body.p[0] != '{' && body.p[0] != '[' && body.n < 1000 &&
	    bodies_has(body, "vigilance.zip"))
		return "a control file: sum and size of vigilance.zip, without "
		       "any vigilance";
	return NULL;
}

static enum tcs_err
bodies_body(struct mf_poll *p, const struct tcs_fetch *fetch,
    const struct mf_refusal *refusal)
{
	struct tcs_slice body = tcs_slice_trim(fetch->body);
	struct tcs_fetch plain = *fetch;

	if (body.n >= 3 && memcmp(body.p, "\xef\xbb\xbf", 3) == 0)
		body = tcs_slice_trim(tcs_slice(body.p + 3, body.n - 3));
	if (fetch->status == 404 ||
	    (body.n < 2000 && bodies_has(body, "no matching blob"))) {
		p->has_none = true;
		return TCS_OK;
	}
	const char *known = bodies_known(body);
	if (known != NULL)
		return tcs_mf_refuse(refusal,
		    body.n == 0 ? TCS_REFUSAL_TRUNCATED : TCS_REFUSAL_RESHAPED,
		    "%s", known);
	plain.body = body;
	if (body.p[0] != '<')
		return bodies_json(p, &plain, refusal);
	return tcs_html_is_page(body) ? bodies_page(body, refusal)
	                              : bodies_xml(p, body, refusal);
}

/* Bodies that make no sense are forgiven when there is a map without them. */
enum tcs_err
tcs_mf_bodies(struct mf_poll *p, const struct tcs_answers *answers)
{
	for (size_t i = 0; i < answers->n; i++) {
		struct tcs_diag why = {0};
		enum tcs_refusal kind = TCS_REFUSAL_NONE;
		const struct mf_refusal refusal = {.kind = &kind, .diag = &why};
		enum tcs_err err = bodies_body(p, &answers->items[i], &refusal);
		if (err == TCS_EPARSE && p->refusal == TCS_REFUSAL_NONE) {
			p->refusal = kind;
			(void)tcs_diag_add(
			    &p->why, err, NULL, 0, "%s", tcs_diag_text(&why));
		}
		tcs_diag_fini(&why);
		if (err != TCS_OK && err != TCS_EPARSE)
			return err;
	}
	return TCS_OK;
}
