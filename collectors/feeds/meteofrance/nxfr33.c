/* nxfr33.c - the map before the public API, NXFR33_LFPW_.xml: archives and
 * exercises have it.
 *
 * A département has one colour and the risks that it is for; what it does not
 * list is at most green, so each risk is a state there. It may come twice, with
 * a colour for each risk. Times are legal time without a zone. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "collectors/feeds/meteofrance/mf.h"
#include "core/clock.h"
#include "core/html.h"
#include "core/level.h"
#include "core/xml.h"

enum {
	NXFR33_SIZE_MAX = 2 << 20,
	NXFR33_ROWS_MAX = 1000, /* 122 and the doubles */
	NXFR33_RISKS = 9,       /* 1 to 9; 9 on coasts alone */
	NXFR33_COAST_RISK = 9,
	NXFR33_FLOODS = 4,
	NXFR33_ADVICE_MAX = 8000,
};

/* The map under way of being read. */
struct nxfr33 {
	struct mf_map *map;
	const struct tcs_xml_node *root;
	/* Parts of VCONSEIL, by risk and from jaune to rouge; or NULL. */
	const char *advice[NXFR33_RISKS + 1][3];
	const char *unflooded; /* "99,2A,2B": no flood vigilance there */
	bool has_ring;         /* 92, 93 or 94 has a row of its own */
};

static const char *const nxfr33_levels[] = {"vert", "jaune", "orange", "rouge"};

/* ---- times ---- */

/* "20180318160000" on the legal clock. */
static bool
nxfr33_time(const char *text, int64_t *ret_ms)
{
	char iso[TCS_TIME_TEXT], local[TCS_TIME_TEXT], again[TCS_TIME_TEXT];
	int64_t ms;

	if (text == NULL || strlen(text) != 14 ||
	    strspn(text, "0123456789") != 14)
		return false;
	(void)snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text,
	    text + 4, text + 6, text + 8, text + 10, text + 12);
	if (tcs_time_parse(tcs_slice_str(iso), &ms) != TCS_OK)
		return false;
	/* With the offset of that instant read as UTC, then with that of the
	 * result: right but for the hour that a change repeats. */
	for (int i = 0; i < 2; i++) {
		(void)tcs_time_iso(ms, again);
		(void)snprintf(
		    local, sizeof(local), "%.19s%s", iso, again + 19);
		if (strlen(again) < 25 ||
		    tcs_time_parse(tcs_slice_str(local), &ms) != TCS_OK)
			return false;
	}
	*ret_ms = ms;
	return true;
}

/* ---- advice ---- */

/* Where "Neige-Verglas/Orange-" begins in the advice; NULL: nowhere. */
static const char *
nxfr33_mark(const char *advice, const char *phenomenon, const char *level)
{
	size_t n = strlen(phenomenon), m = strlen(level);

	for (const char *p = advice; *p != '\0'; p++) {
		if (strncasecmp(p, phenomenon, n) == 0 && p[n] == '/' &&
		    strncasecmp(p + n + 1, level, m) == 0)
			return p;
	}
	return NULL;
}

/* Its points, which follow each other as ".- ", on lines of their own. */
static const char *
nxfr33_lines(struct tcs_arena *arena, struct tcs_slice text)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, (size_t)NXFR33_ADVICE_MAX * 2);
	for (size_t i = 0; i < text.n; i++) {
		bool is_point = i > 0 && text.n - i > 2 && text.p[i] == '-' &&
		                text.p[i + 1] == ' ' && text.p[i - 1] == '.';
		if (is_point)
			tcs_buf_char(&buf, '\n');
		tcs_buf_char(&buf, text.p[i]);
	}
	const char *lines =
	    buf.err == TCS_OK ? tcs_arena_dup(arena, tcs_buf_view(&buf)) : NULL;
	tcs_buf_fini(&buf);
	return lines;
}

/* From that mark to the next one, whatever it is for. */
static const char *
nxfr33_part(struct tcs_arena *arena, const char *advice, int64_t id, size_t k)
{
	const char *at =
	    nxfr33_mark(advice, tcs_mf_phenomenon_of(id), nxfr33_levels[k + 1]);

	if (at == NULL)
		return NULL;
	at +=
	    strlen(tcs_mf_phenomenon_of(id)) + 1 + strlen(nxfr33_levels[k + 1]);
	const char *end = at + strlen(at);
	for (int64_t other = 1; other <= NXFR33_RISKS; other++) {
		for (size_t i = 1; i <= 3; i++) {
			const char *next = nxfr33_mark(
			    at, tcs_mf_phenomenon_of(other), nxfr33_levels[i]);
			if (next != NULL && next < end)
				end = next;
		}
	}
	at += strspn(at, "-: ");
	return at >= end
	           ? NULL
	           : nxfr33_lines(arena, tcs_slice(at, (size_t)(end - at)));
}

static void
nxfr33_advice(struct nxfr33 *x, const char *advice)
{
	if (advice == NULL || strlen(advice) > NXFR33_ADVICE_MAX)
		return;
	for (int64_t id = 1; id <= NXFR33_RISKS; id++) {
		for (size_t k = 0; k < 3; k++)
			x->advice[id][k] =
			    nxfr33_part(x->map->arena, advice, id, k);
	}
}

/* ---- rows ---- */

static bool
nxfr33_has_floods(const struct nxfr33 *x, const char *dep)
{
	for (struct tcs_slice rest = tcs_slice_str(x->unflooded);
	     rest.p != NULL;) {
		if (tcs_slice_is(
		        tcs_slice_trim(tcs_slice_cut(rest, ',', &rest)), dep))
			return false;
	}
	return true;
}

/* One risk of one département, as long as the map holds. `id` 0: one that the
 * map does not name. */
static enum tcs_err
nxfr33_state(
    const struct nxfr33 *x, const char *dep, int64_t id, const char *level)
{
	struct mf_item *item = tcs_mf_map_add(x->map);

	if (item == NULL)
		return TCS_ENOMEM;
	item->domain = dep;
	item->phenomenon =
	    id == 0 ? "phenomene-non-precise" : tcs_mf_phenomenon_of(id);
	item->begin_ms = x->map->issued_ms;
	item->end_ms = x->map->expires_ms;
	item->spans = tcs_arena_alloc(x->map->arena, sizeof(*item->spans));
	if (item->spans == NULL)
		return TCS_ENOMEM;
	item->spans[0] = (struct mf_span){
	    .begin_ms = item->begin_ms, .end_ms = item->end_ms, .level = level};
	item->spans_n = 1;
	for (size_t k = 0; k < 3; k++) {
		if (strcmp(level, nxfr33_levels[k + 1]) == 0)
			item->instruction = x->advice[id][k];
	}
	return TCS_OK;
}

/* The risk of an element, or 0. */
static int64_t
nxfr33_risk(const struct tcs_xml_node *risk)
{
	const char *val = tcs_xml_attr(risk, "val");
	int64_t id = 0;

	return strcmp(tcs_xml_name(risk), "risque") == 0 &&
	               tcs_slice_i64(tcs_slice_trim(tcs_slice_str(val)), 1,
	                   NXFR33_RISKS, &id) == TCS_OK
	           ? id
	           : 0;
}

/* Bits of the risks that one row lists. */
static unsigned
nxfr33_row_risks(const struct tcs_xml_node *row)
{
	const struct tcs_xml_node *risk = tcs_xml_child(row);
	unsigned risks = 0;

	for (; risk != NULL; risk = tcs_xml_next(risk)) {
		int64_t id = nxfr33_risk(risk);
		if (id != 0)
			risks |= 1u << id;
	}
	return risks;
}

static bool
nxfr33_is_of(const struct tcs_xml_node *row, const char *dep)
{
	const char *of = tcs_xml_attr(row, "dep");

	return strcmp(tcs_xml_name(row), "DV") == 0 && of != NULL &&
	       strcmp(of, dep) == 0;
}

static const char *
nxfr33_level(const struct tcs_xml_node *row)
{
	const char *coul = tcs_xml_attr(row, "coul");

	return coul == NULL || coul[0] < '1' || coul[0] > '4' || coul[1] != '\0'
	           ? TCS_LEVEL_UNKNOWN
	           : nxfr33_levels[coul[0] - '1'];
}

/* Risks that no row of the département lists: green; unknown when the colour
 * cannot be read and none is listed. */
static enum tcs_err
nxfr33_others(
    const struct nxfr33 *x, const char *dep, unsigned listed, const char *level)
{
	bool is_coast = tcs_domain_find(dep).kind == TCS_DOMAIN_COAST;
	enum tcs_err err = TCS_OK;

	if (listed == 0 && tcs_mf_is_above_green(level))
		return nxfr33_state(x, dep, 0, level);
	for (int64_t id = 1; id <= NXFR33_RISKS && err == TCS_OK; id++) {
		if ((id == NXFR33_COAST_RISK) != is_coast ||
		    (listed & (1u << id)) != 0 ||
		    (id == NXFR33_FLOODS && !nxfr33_has_floods(x, dep)))
			continue;
		err = nxfr33_state(x, dep, id, listed == 0 ? level : "vert");
	}
	return err;
}

/* All that is said of the département of `row`, told as of `dep`; nothing when
 * an earlier row has told it. */
static enum tcs_err
nxfr33_departement(
    const struct nxfr33 *x, const struct tcs_xml_node *row, const char *dep)
{
	const char *own = tcs_xml_attr(row, "dep");
	const struct tcs_xml_node *r = tcs_xml_child(x->root);
	const char *level = NULL;
	unsigned listed = 0;
	enum tcs_err err = TCS_OK;

	for (; r != NULL && err == TCS_OK; r = tcs_xml_next(r)) {
		if (!nxfr33_is_of(r, own))
			continue;
		if (level == NULL && r != row)
			return TCS_OK;
		unsigned risks = nxfr33_row_risks(r);
		if (level == NULL ||
		    tcs_mf_gravity(nxfr33_level(r)) > tcs_mf_gravity(level))
			level = nxfr33_level(r);
		listed |= risks;
		for (int64_t id = 1; id <= NXFR33_RISKS && err == TCS_OK;
		     id++) {
			if ((risks & (1u << id)) != 0)
				err = nxfr33_state(x, dep, id, nxfr33_level(r));
		}
	}
	return err == TCS_OK ? nxfr33_others(x, dep, listed, level) : err;
}

/* 75 stands for the three around it, unless they are there themselves. */
static enum tcs_err
nxfr33_paris(const struct nxfr33 *x, const struct tcs_xml_node *row)
{
	static const char *const ring[] = {"92", "93", "94"};
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < 3 && err == TCS_OK && !x->has_ring; i++)
		err = nxfr33_departement(x, row, ring[i]);
	return err;
}

static enum tcs_err
nxfr33_rows(struct nxfr33 *x)
{
	const struct tcs_xml_node *row = tcs_xml_child(x->root);
	enum tcs_err err = TCS_OK;
	size_t n = 0;

	for (const struct tcs_xml_node *r = row; r != NULL; r = tcs_xml_next(r))
		x->has_ring = x->has_ring || nxfr33_is_of(r, "92") ||
		              nxfr33_is_of(r, "93") || nxfr33_is_of(r, "94");
	for (; row != NULL && err == TCS_OK; row = tcs_xml_next(row)) {
		const char *dep = tcs_arena_dup(
		    x->map->arena, tcs_slice_str(tcs_xml_attr(row, "dep")));
		if (strcmp(tcs_xml_name(row), "DV") != 0)
			continue;
		if (!tcs_mf_is_domain(dep) || ++n > NXFR33_ROWS_MAX) {
			x->map->skipped++;
			continue;
		}
		err = nxfr33_departement(x, row, dep);
		if (err == TCS_OK && strcmp(dep, "75") == 0)
			err = nxfr33_paris(x, row);
	}
	return err;
}

/* ---- the document ---- */

static const char *
nxfr33_plain(struct tcs_arena *arena, const char *text)
{
	struct tcs_buf buf;

	if (text == NULL || text[0] == '\0')
		return NULL;
	tcs_buf_init(&buf, MF_BUFFER_MAX);
	tcs_html_text(tcs_slice_str(text), &buf);
	const char *plain =
	    buf.err == TCS_OK ? tcs_arena_dup(arena, tcs_buf_view(&buf)) : NULL;
	tcs_buf_fini(&buf);
	return plain;
}

static const char *
nxfr33_texte(
    struct mf_map *map, const struct tcs_xml_node *ev, const char *element)
{
	const struct tcs_xml_node *node = tcs_xml_find(ev, element);

	return node == NULL
	           ? NULL
	           : nxfr33_plain(map->arena, tcs_xml_attr(node, "texte"));
}

static enum tcs_err
nxfr33_read(const struct tcs_xml_node *root, struct mf_map *map,
    const struct mf_refusal *refusal)
{
	const struct tcs_xml_node *ev = tcs_xml_find(root, "EV");
	struct nxfr33 x = {.map = map, .root = root};

	if (ev == NULL ||
	    !nxfr33_time(tcs_xml_attr(ev, "dateinsert"), &map->issued_ms))
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "no readable \"dateinsert\": the issue time is missing");
	if (!nxfr33_time(tcs_xml_attr(ev, "dateprevue"), &map->expires_ms) ||
	    map->expires_ms <= map->issued_ms)
		map->expires_ms = map->issued_ms + TCS_HOURS(24);
	nxfr33_advice(&x, nxfr33_texte(map, ev, "VCONSEIL"));
	x.unflooded = tcs_xml_attr(ev, "crueint");
	map->comment = nxfr33_texte(map, ev, "VCOMMENTAIRE");
	enum tcs_err err = nxfr33_rows(&x);
	if (err == TCS_OK && map->n == 0)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "no element \"DV\" names a département");
	return err;
}

/* An error of the API's gateway, <ams:fault><ams:code>900901</ams:code>…. */
static enum tcs_err
nxfr33_other(const struct tcs_xml_node *root, const struct mf_refusal *refusal)
{
	const char *name = tcs_xml_name(root);
	struct tcs_buf text;

	if (strcasecmp(name, "fault") != 0 && strcasecmp(name, "error") != 0)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "the root element is \"%.60s\", not the map's \"CV\"",
		    name);
	tcs_buf_init(&text, NXFR33_SIZE_MAX);
	const struct tcs_xml_node *part = tcs_xml_child(root);
	for (; part != NULL; part = tcs_xml_next(part)) {
		if (text.n > 0)
			tcs_buf_char(&text, ' ');
		tcs_xml_text(part, &text);
	}
	enum tcs_err err = tcs_mf_refuse(refusal, TCS_REFUSAL_ERROR,
	    "the service answers an error: %.200s",
	    text.p == NULL ? "no text" : text.p);
	tcs_buf_fini(&text);
	return err;
}

enum tcs_err
tcs_mf_xml(
    struct tcs_slice body, struct mf_map *map, const struct mf_refusal *refusal)
{
	struct tcs_slice end = tcs_slice_trim(body);
	struct tcs_diag why = {0};
	struct tcs_xml *xml = NULL;
	enum tcs_err err =
	    tcs_xml_parse(body, NXFR33_SIZE_MAX, NULL, &xml, &why);

	if (err == TCS_EPARSE || err == TCS_ELIMIT) {
		bool is_map = memmem(body.p, body.n, "<CV", 3) != NULL ||
		              tcs_slice_starts(body, "<?xml");
		bool is_cut = is_map && (end.n < 5 || memcmp(end.p + end.n - 5,
		                                          "</CV>", 5) != 0);
		err = tcs_mf_refuse(refusal,
		    is_cut && err == TCS_EPARSE ? TCS_REFUSAL_TRUNCATED
		                                : TCS_REFUSAL_RESHAPED,
		    "XML: %s", tcs_diag_text(&why));
	} else if (err == TCS_OK) {
		const struct tcs_xml_node *root = tcs_xml_root(xml);
		err = strcmp(tcs_xml_name(root), "CV") == 0
		          ? nxfr33_read(root, map, refusal)
		          : nxfr33_other(root, refusal);
	}
	tcs_xml_free(&xml);
	tcs_diag_fini(&why);
	return err;
}
