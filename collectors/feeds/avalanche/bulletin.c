#include "collectors/feeds/avalanche/bulletin.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/html.h"

enum {
	BULLETIN_TEXT_MAX = 256 * 1024, /* an element's text; more is left */
	BULLETIN_KEPT_MAX = 6000,       /* what is kept of it */
	BULLETIN_DEPTH_MAX = 4,         /* of wrappers around a bulletin */
};

/* ---- times ---- */

/* The instant at which the legal clock shows that day and hour; `utc_ms` is
 * what it would be in UTC. */
static int64_t
bulletin_legal(int64_t utc_ms, int64_t *ret_midnight_ms)
{
	int64_t day_ms = utc_ms - utc_ms % TCS_DAYS(1);
	int minutes = (int)((utc_ms - day_ms) / TCS_MINUTES(1));
	int64_t midnight_ms = tcs_time_next_daily(day_ms - TCS_HOURS(12), 0);

	*ret_midnight_ms = midnight_ms;
	return tcs_time_next_daily(midnight_ms - 1, minutes);
}

/* "2024-12-02T15:00:00", "2024-12-02T15:00", "2024-12-02"; with an offset, if
 * there should ever be one, there is one reading only. */
static struct avalanche_time
bulletin_time(const char *text)
{
	struct tcs_slice s = tcs_slice_trim(tcs_slice_str(text));
	struct avalanche_time t = {0};
	char whole[64];
	int64_t utc_ms;

	if (s.n < 10 || s.n > 40)
		return t;
	bool is_exact = tcs_time_parse(s, &utc_ms) == TCS_OK;
	const char *rest = s.n == 10 ? "T00:00:00Z" : s.n == 16 ? ":00Z" : "Z";
	(void)snprintf(whole, sizeof(whole), "%.*s%s", TCS_SLICE_ARG(s), rest);
	if (!is_exact &&
	    tcs_time_parse(tcs_slice_str(whole), &utc_ms) != TCS_OK)
		return t;
	int64_t legal_ms = bulletin_legal(utc_ms, &t.midnight_ms);
	t.is_set = true;
	t.early_ms = is_exact || utc_ms < legal_ms ? utc_ms : legal_ms;
	t.late_ms = is_exact || utc_ms > legal_ms ? utc_ms : legal_ms;
	(void)snprintf(t.day, sizeof(t.day), "%.2s/%.2s/%.4s", whole + 8,
	    whole + 5, whole);
	(void)snprintf(
	    t.printed, sizeof(t.printed), "%s à %.5s", t.day, whole + 11);
	return t;
}

/* ---- texts and numbers ---- */

/* 1 to 5; anything else, also -1 and 0, says nothing. */
static int
bulletin_level(const char *text)
{
	struct tcs_slice s = tcs_slice_trim(tcs_slice_str(text));

	return s.n == 1 && s.p[0] >= '1' && s.p[0] <= '5' ? s.p[0] - '0' : 0;
}

static bool
bulletin_is_marked_up(struct tcs_slice s)
{
	for (size_t i = 0; i + 1 < s.n; i++) {
		char next = s.p[i + 1];
		bool is_letter = (next >= 'a' && next <= 'z') ||
		                 (next >= 'A' && next <= 'Z');
		if (s.p[i] == '<' && (is_letter || next == '/'))
			return true;
		if (s.p[i] == '&' && (is_letter || next == '#'))
			return true;
	}
	return false;
}

/* A text as people read it; "" for none. */
static const char *
bulletin_clean(struct tcs_arena *arena, struct tcs_slice s)
{
	struct tcs_buf plain;

	tcs_buf_init(&plain, BULLETIN_TEXT_MAX);
	s = tcs_slice_trim(s);
	if (bulletin_is_marked_up(s)) {
		tcs_html_text(s, &plain);
		s = tcs_slice_trim(tcs_buf_view(&plain));
	}
	if (s.n > BULLETIN_KEPT_MAX) {
		s.n = BULLETIN_KEPT_MAX;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
			s.n--;
	}
	const char *copy = s.n == 0 ? "" : tcs_arena_dup(arena, s);
	tcs_buf_fini(&plain);
	return copy;
}

static const char *
bulletin_attr(
    struct tcs_arena *arena, const struct tcs_xml_node *node, const char *name)
{
	return bulletin_clean(arena,
	    tcs_slice_str(node == NULL ? NULL : tcs_xml_attr(node, name)));
}

/* The text of a child; a text longer than we read is one we do not show. */
static const char *
bulletin_child(
    struct tcs_arena *arena, const struct tcs_xml_node *node, const char *name)
{
	const struct tcs_xml_node *child =
	    node == NULL ? NULL : tcs_xml_find(node, name);
	struct tcs_buf text;

	if (child == NULL)
		return "";
	tcs_buf_init(&text, BULLETIN_TEXT_MAX);
	tcs_xml_text(child, &text);
	const char *clean = text.err == TCS_OK
	                        ? bulletin_clean(arena, tcs_buf_view(&text))
	                        : "";
	tcs_buf_fini(&text);
	return clean;
}

static int
bulletin_altitude(const char *text)
{
	uint64_t metres;

	return tcs_slice_u64(
	           tcs_slice_trim(tcs_slice_str(text)), 5000, &metres) == TCS_OK
	           ? (int)metres
	           : 0;
}

/* "N, NE", in French; "toutes orientations" for all eight. */
static const char *
bulletin_slopes(struct tcs_arena *arena, const struct tcs_xml_node *slopes)
{
	static const char *const names[][2] = {{"N", "N"}, {"NE", "NE"},
	    {"E", "E"}, {"SE", "SE"}, {"S", "S"}, {"SW", "SO"}, {"W", "O"},
	    {"NW", "NO"}};
	struct tcs_buf list;
	size_t n = 0;

	tcs_buf_init(&list, 64);
	for (size_t i = 0; slopes != NULL && i < 8; i++) {
		const char *value = tcs_xml_attr(slopes, names[i][0]);
		if (value == NULL || strcmp(value, "true") != 0)
			continue;
		tcs_buf_printf(&list, "%s%s", n == 0 ? "" : ", ", names[i][1]);
		n++;
	}
	const char *copy = n == 8   ? "toutes orientations"
	                   : n == 0 ? ""
	                            : tcs_arena_dup(arena, tcs_buf_view(&list));
	tcs_buf_fini(&list);
	return copy;
}

/* ---- one bulletin ---- */

static void
bulletin_risk(struct tcs_arena *arena, const struct tcs_xml_node *risk,
    struct avalanche_bulletin *b)
{
	b->level_written = bulletin_attr(arena, risk, "RISQUEMAXI");
	b->level = bulletin_level(b->level_written);
	b->low = (struct avalanche_band){
	    .level = bulletin_level(bulletin_attr(arena, risk, "RISQUE1")),
	    .later = bulletin_level(bulletin_attr(arena, risk, "EVOLURISQUE1")),
	    .where = bulletin_attr(arena, risk, "LOC1")};
	b->high = (struct avalanche_band){
	    .level = bulletin_level(bulletin_attr(arena, risk, "RISQUE2")),
	    .later = bulletin_level(bulletin_attr(arena, risk, "EVOLURISQUE2")),
	    .where = bulletin_attr(arena, risk, "LOC2")};
	b->altitude = bulletin_altitude(bulletin_attr(arena, risk, "ALTITUDE"));
	b->comment = bulletin_attr(arena, risk, "COMMENTAIRE");
	b->next_level =
	    bulletin_level(bulletin_attr(arena, risk, "RISQUEMAXIJ2"));
	b->next_day =
	    bulletin_time(bulletin_attr(arena, risk, "DATE_RISQUE_J2"));
}

static void
bulletin_texts(struct tcs_arena *arena, const struct tcs_xml_node *node,
    struct avalanche_bulletin *b)
{
	const struct tcs_xml_node *box = tcs_xml_find(node, "CARTOUCHERISQUE");
	const struct tcs_xml_node *slopes = tcs_xml_find(box, "PENTE");
	const struct tcs_xml_node *stability = tcs_xml_find(node, "STABILITE");

	b->slopes = bulletin_slopes(arena, slopes);
	b->slopes_comment = bulletin_attr(arena, slopes, "COMMENTAIRE");
	b->accidental = bulletin_child(arena, box, "ACCIDENTEL");
	b->natural = bulletin_child(arena, box, "NATUREL");
	b->summary = bulletin_child(arena, box, "RESUME");
	b->next_comment = bulletin_child(arena, box, "CommentaireRisqueJ2");
	if (b->next_comment != NULL && b->next_comment[0] == '\0')
		b->next_comment = bulletin_child(arena, box, "RisqueJ2");
	b->notice = bulletin_child(arena, box, "AVIS");
	b->vigilance = bulletin_child(arena, box, "VIGILANCE");
	b->stability_title = bulletin_child(arena, stability, "TITRE");
	b->stability = bulletin_child(arena, stability, "TEXTESANSTITRE");
	if (b->stability != NULL && b->stability[0] == '\0')
		b->stability = bulletin_child(arena, stability, "TEXTE");
}

/* An attribute of the bulletin, or of what wraps it. */
static const char *
bulletin_head(const struct tcs_xml_node *node, const struct tcs_xml_node *outer,
    const char *name)
{
	const char *value = tcs_xml_attr(node, name);

	return value != NULL && value[0] != '\0' ? value
	                                         : tcs_xml_attr(outer, name);
}

/* The first that can be read. */
static struct avalanche_time
bulletin_first_time(struct avalanche_time a, struct avalanche_time b)
{
	return a.is_set ? a : b;
}

static enum tcs_err
bulletin_read(struct tcs_arena *arena, const struct tcs_xml_node *node,
    const struct tcs_xml_node *outer, struct avalanche_bulletin *b)
{
	const char *amended = bulletin_head(node, outer, "AMENDEMENT");
	const struct tcs_xml_node *box = tcs_xml_find(node, "CARTOUCHERISQUE");

	*b = (struct avalanche_bulletin){
	    .massif = bulletin_clean(
	        arena, tcs_slice_str(bulletin_head(node, outer, "MASSIF"))),
	    .is_amended = amended != NULL && strcmp(amended, "true") == 0,
	    .written =
	        bulletin_time(bulletin_head(node, outer, "DATEBULLETIN")),
	    .issued =
	        bulletin_time(bulletin_head(node, outer, "DATEDIFFUSION")),
	    .valid_until = bulletin_first_time(
	        bulletin_time(bulletin_head(node, outer, "DATEVALIDITE")),
	        bulletin_time(bulletin_head(node, outer, "DATEECHEANCE")))};
	if (!b->valid_until.is_set)
		b->valid_until =
		    bulletin_time(bulletin_child(arena, node, "DateValidite"));
	b->issued = bulletin_first_time(b->issued, b->written);
	b->written = bulletin_first_time(b->written, b->issued);
	if (!tcs_avalanche_code(
	        tcs_slice_str(bulletin_head(node, outer, "ID")), b->code))
		b->code[0] = '\0';
	bulletin_risk(arena, tcs_xml_find(box, "RISQUE"), b);
	bulletin_texts(arena, node, b);
	const char *const texts[] = {b->massif, b->level_written, b->low.where,
	    b->high.where, b->comment, b->slopes, b->slopes_comment,
	    b->accidental, b->natural, b->summary, b->next_comment, b->notice,
	    b->vigilance, b->stability_title, b->stability};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i] == NULL)
			return TCS_ENOMEM;
	}
	return TCS_OK;
}

enum tcs_err
tcs_avalanche_bulletins_read(struct tcs_arena *arena,
    const struct tcs_xml_node *root, struct avalanche_bulletin *bulletins,
    size_t *n)
{
	const struct tcs_xml_node *path[BULLETIN_DEPTH_MAX] = {root};
	size_t depth = 1, from = *n;

	/* Depth first, over wrappers only. */
	while (depth > 0) {
		const struct tcs_xml_node *node = path[depth - 1];
		const struct tcs_xml_node *outer =
		    depth > 1 ? path[depth - 2] : node;
		const struct tcs_xml_node *down = NULL;
		if (tcs_xml_find(node, "CARTOUCHERISQUE") != NULL) {
			if (*n == AVALANCHE_BULLETINS_MAX)
				return TCS_ELIMIT;
			enum tcs_err err =
			    bulletin_read(arena, node, outer, &bulletins[*n]);
			if (err != TCS_OK)
				return err;
			(*n)++;
		} else if (depth < BULLETIN_DEPTH_MAX) {
			down = tcs_xml_child(node);
		}
		if (down != NULL) {
			path[depth++] = down;
			continue;
		}
		while (depth > 0) {
			const struct tcs_xml_node *next =
			    depth == 1 ? NULL : tcs_xml_next(path[depth - 1]);
			if (next != NULL) {
				path[depth - 1] = next;
				break;
			}
			depth--;
		}
	}
	return *n > from ? TCS_OK : TCS_EPARSE;
}
