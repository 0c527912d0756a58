/* recognisers.c - the administrator's file, compiled. */
#include "collectors/feeds/mailbox/recognisers.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/feeds/mailbox/recogniser.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/fold.h"
#include "core/level.h"
#include "core/xml.h"
#include "territory/codes.h"
#include "territory/communes.h"

enum {
	LOAD_FILE_MAX = 1 << 20,
	LOAD_ARENA_MAX = 4 << 20,
	LOAD_TEXT_MAX = 64 * 1024,
};

/* The file while it is read. */
struct load_run {
	struct tcs_recognisers *all;
	const char *path;
	struct tcs_diag *diag;
};

static enum tcs_err load_refuse(const struct load_run *run,
    const struct tcs_xml_node *node, const char *fmt, ...) TCS_PRINTF(3, 4);

static enum tcs_err
load_refuse(const struct load_run *run, const struct tcs_xml_node *node,
    const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return tcs_diag_add(
	    run->diag, TCS_ECONFIG, run->path, tcs_xml_line(node), "%s", text);
}

static const char *
load_dup(const struct load_run *run, struct tcs_slice text)
{
	return tcs_arena_dup(run->all->arena, text);
}

/* Absent: NULL. False: out of room. */
static bool
load_attr(const struct load_run *run, const struct tcs_xml_node *node,
    const char *name, const char **ret)
{
	const char *value = tcs_xml_attr(node, name);

	*ret = value == NULL ? NULL : load_dup(run, tcs_slice_str(value));
	return value == NULL || *ret != NULL;
}

/* Between blanks and line ends, which surround it in the file only. */
static enum tcs_err
load_text(const struct load_run *run, const struct tcs_xml_node *node,
    const char **ret)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, LOAD_TEXT_MAX);
	tcs_xml_text(node, &buf);
	enum tcs_err err = buf.err;
	if (err == TCS_OK) {
		*ret = load_dup(run,
		    tcs_slice_trim(
		        buf.n == 0 ? tcs_slice_str("") : tcs_buf_view(&buf)));
		err = *ret == NULL ? TCS_ENOMEM : TCS_OK;
	}
	tcs_buf_fini(&buf);
	return err == TCS_ELIMIT
	           ? load_refuse(run, node, "its text is too long")
	           : err;
}

/* ---- patterns ---- */

static enum tcs_err
load_pattern(const struct load_run *run, const struct tcs_xml_node *node,
    struct tcs_recogniser *r)
{
	const char *optional = tcs_xml_attr(node, "optional");
	const char *text = "";
	struct tcs_diag why = {0};

	if (r->patterns_n == RECOGNISER_PATTERNS_MAX)
		return load_refuse(run, node, "more than %d patterns",
		    RECOGNISER_PATTERNS_MAX);
	struct tcs_recogniser_pattern *p = &r->patterns[r->patterns_n];
	enum tcs_err err = load_text(run, node, &text);
	if (err == TCS_OK)
		err = tcs_regex_compile(tcs_slice_str(text),
		    TCS_REGEX_CASELESS | TCS_REGEX_MULTILINE, &p->regex, &why);
	if (err != TCS_OK && why.n > 0)
		err = load_refuse(run, node, "%s", tcs_diag_text(&why));
	tcs_diag_fini(&why);
	if (err != TCS_OK)
		return err;
	p->is_subject = strcmp(tcs_xml_name(node), "subject") == 0;
	p->is_optional = optional != NULL && strcmp(optional, "yes") == 0;
	r->patterns_n++;
	return TCS_OK;
}

static bool
load_has_group(const struct tcs_recogniser *r, const char *name)
{
	for (size_t i = 0; i < r->patterns_n; i++) {
		if (tcs_regex_has_group(r->patterns[i].regex, name))
			return true;
	}
	return false;
}

/* ---- values ---- */

static bool
load_is_good(const char *what, const char *value)
{
	return strcmp(what, "level") != 0 ||
	       tcs_level_rank(value) != TCS_RANK_UNKNOWN;
}

static enum tcs_err
load_map(const struct load_run *run, const struct tcs_xml_node *node,
    const char *what, struct tcs_recogniser_value *value)
{
	const char *words = tcs_xml_attr(node, "words");
	const char *to = tcs_xml_attr(node, "to");
	struct tcs_buf folded;

	if (value->maps_n == RECOGNISER_MAPS_MAX)
		return load_refuse(
		    run, node, "more than %d maps", RECOGNISER_MAPS_MAX);
	if (!load_is_good(what, to))
		return load_refuse(run, node, "to=\"%.40s\" is no level", to);
	tcs_buf_init(&folded, LOAD_TEXT_MAX);
	tcs_fold(tcs_slice_str(words), &folded);
	struct tcs_recogniser_map *map = &value->maps[value->maps_n];
	map->folded =
	    folded.err == TCS_OK ? load_dup(run, tcs_buf_view(&folded)) : NULL;
	map->to = load_dup(run, tcs_slice_str(to));
	bool is_empty = folded.n <= 1;
	tcs_buf_fini(&folded);
	if (is_empty)
		return load_refuse(run, node, "words without a letter");
	value->maps_n++;
	return map->folded == NULL || map->to == NULL ? TCS_ENOMEM : TCS_OK;
}

/* <phenomenon> and <level>. */
static enum tcs_err
load_value(const struct load_run *run, const struct tcs_recogniser *r,
    const struct tcs_xml_node *node, struct tcs_recogniser_value *value)
{
	const char *what = tcs_xml_name(node);
	const struct tcs_xml_node *child = tcs_xml_child(node);
	enum tcs_err err = TCS_OK;

	if (!load_attr(run, node, "is", &value->is))
		return TCS_ENOMEM;
	if (value->is != NULL && !load_is_good(what, value->is))
		return load_refuse(
		    run, node, "is=\"%.40s\" is no level", value->is);
	if (value->is == NULL && child == NULL)
		return load_refuse(
		    run, node, "<%s> has neither is nor <map>", what);
	if (child != NULL && !load_has_group(r, what))
		return load_refuse(run, node,
		    "<map> without a group (?<%s>…) in any pattern", what);
	for (; child != NULL && err == TCS_OK; child = tcs_xml_next(child))
		err = load_map(run, child, what, value);
	return err;
}

/* "6 h", "45 min", "2 d"; the schema has seen to the form. */
static int64_t
load_duration(const char *text)
{
	struct tcs_slice unit;
	struct tcs_slice number =
	    tcs_slice_cut(tcs_slice_str(text), ' ', &unit);
	uint64_t n = 0;

	if (tcs_slice_u64(number, 1000, &n) != TCS_OK)
		return 0;
	if (tcs_slice_is(unit, "min"))
		return TCS_MINUTES((int64_t)n);
	return tcs_slice_is(unit, "h") ? TCS_HOURS((int64_t)n)
	                               : TCS_DAYS((int64_t)n);
}

static enum tcs_err
load_example(const struct load_run *run, const struct tcs_xml_node *node,
    struct tcs_recogniser_example **tail)
{
	struct tcs_recogniser_example *e =
	    tcs_arena_alloc(run->all->arena, sizeof(*e));

	if (e == NULL || !load_attr(run, node, "level", &e->level) ||
	    !load_attr(run, node, "phenomenon", &e->phenomenon) ||
	    !load_attr(run, node, "communes", &e->communes) ||
	    !load_attr(run, node, "departements", &e->departements) ||
	    !load_attr(run, node, "place", &e->place))
		return TCS_ENOMEM;
	e->is_match = strcmp(tcs_xml_attr(node, "match"), "yes") == 0;
	e->line = tcs_xml_line(node);
	*tail = e;
	return load_text(run, node, &e->mail);
}

/* ---- one recogniser ---- */

static enum tcs_err
load_parts(const struct load_run *run, struct tcs_recogniser *r,
    const struct tcs_xml_node *node)
{
	struct tcs_recogniser_example **tail = &r->examples;
	enum tcs_err err = TCS_OK;

	for (; node != NULL && err == TCS_OK; node = tcs_xml_next(node)) {
		const char *name = tcs_xml_name(node);
		if (strcmp(name, "phenomenon") == 0)
			err = load_value(run, r, node, &r->phenomenon);
		else if (strcmp(name, "level") == 0)
			err = load_value(run, r, node, &r->level);
		else if (strcmp(name, "example") != 0)
			err = load_pattern(run, node, r);
		else
			err = load_example(run, node, tail);
		if (*tail != NULL)
			tail = &(*tail)->next;
	}
	return err;
}

static enum tcs_err
load_departements(const struct load_run *run, const struct tcs_recogniser *r,
    const struct tcs_xml_node *node)
{
	struct tcs_recognised said = {0};
	struct tcs_slice rest = tcs_slice_str(r->departements);
	size_t n = 0;

	tcs_recogniser_departements(rest, &said);
	while (rest.p != NULL && rest.n > 0)
		n += tcs_slice_cut(rest, ' ', &rest).n > 0 ? 1 : 0;
	return said.departements_n == n
	           ? TCS_OK
	           : load_refuse(run, node,
	                 "departements=\"%.60s\": a code is none of France's",
	                 r->departements);
}

static enum tcs_err
load_recogniser(const struct load_run *run, const struct tcs_xml_node *node,
    struct tcs_recogniser **ret)
{
	struct tcs_recogniser *r = tcs_arena_alloc(run->all->arena, sizeof(*r));
	const char *expires = tcs_xml_attr(node, "expires");

	if (r == NULL || !load_attr(run, node, "name", &r->name) ||
	    !load_attr(run, node, "title", &r->title) ||
	    !load_attr(run, node, "senders", &r->senders) ||
	    !load_attr(run, node, "event", &r->event) ||
	    !load_attr(run, node, "category", &r->category) ||
	    !load_attr(run, node, "departements", &r->departements))
		return TCS_ENOMEM;
	*ret = r; /* what it owns is freed with all */
	r->line = tcs_xml_line(node);
	r->lasts_ms = expires == NULL ? 0 : load_duration(expires);
	for (const struct tcs_recogniser *o = run->all->first; o != r;
	     o = o->next) {
		if (strcmp(o->name, r->name) == 0)
			return load_refuse(run, node,
			    "the name \"%.60s\" is that of line %u already",
			    r->name, o->line);
	}
	enum tcs_err err = load_parts(run, r, tcs_xml_child(node));
	if (err == TCS_OK)
		err = load_departements(run, r, node);
	return err;
}

static bool
load_needs_communes(const struct tcs_recognisers *all)
{
	const struct tcs_recogniser *r = all->first;

	while (r != NULL && !load_has_group(r, "communes"))
		r = r->next;
	return r != NULL;
}

/* All of them are compiled before any example is run: it is the first that
 * fits that counts. A Tocsin that was built without communes knows codes. */
static enum tcs_err
load_all(const struct load_run *run, const struct tcs_xml *xml)
{
	struct tcs_recogniser **tail = &run->all->first;
	enum tcs_err first = TCS_OK;

	for (const struct tcs_xml_node *node = tcs_xml_child(tcs_xml_root(xml));
	     node != NULL; node = tcs_xml_next(node)) {
		enum tcs_err err = load_recogniser(run, node, tail);
		if (first == TCS_OK)
			first = err;
		if (*tail == NULL)
			break;
		tail = &(*tail)->next;
	}
	if (first == TCS_OK && load_needs_communes(run->all)) {
		first = tcs_communes_load(NULL, &run->all->communes, run->diag);
		if (first == TCS_ENOTFOUND)
			first = TCS_OK;
	}
	for (const struct tcs_recogniser *r = run->all->first;
	     r != NULL && first == TCS_OK; r = r->next)
		first = tcs_recogniser_run_examples(
		    run->all, r, run->path, run->diag);
	return first;
}

static enum tcs_err
load_xml(const char *path, struct tcs_xml **ret_xml, struct tcs_diag *diag)
{
	struct tcs_xml_schema *schema = NULL;
	struct tcs_xml *xml = NULL;
	struct tcs_buf buf;

	tcs_buf_init(&buf, LOAD_FILE_MAX);
	enum tcs_err err = tcs_file_read(path, &buf, diag);
	if (err == TCS_OK)
		err = tcs_xml_parse(
		    tcs_buf_view(&buf), LOAD_FILE_MAX, path, &xml, diag);
	if (err == TCS_OK)
		err = tcs_xml_schema_load(
		    TOCSIN_RECOGNISERS_SCHEMA, &schema, diag);
	if (err == TCS_OK)
		err = tcs_xml_validate(xml, schema, diag);
	tcs_xml_schema_free(&schema);
	tcs_buf_fini(&buf);
	if (err == TCS_OK)
		*ret_xml = xml;
	else
		tcs_xml_free(&xml);
	return err;
}

enum tcs_err
tcs_recognisers_load(const char *path, struct tcs_recognisers **ret_recognisers,
    struct tcs_diag *diag)
{
	struct tcs_recognisers *all = calloc(1, sizeof(*all));
	const struct load_run run = {.all = all, .path = path, .diag = diag};
	struct tcs_xml *xml = NULL;
	enum tcs_err err = TCS_ENOMEM;

	if (all == NULL)
		return err;
	all->arena = tcs_arena_new(LOAD_ARENA_MAX);
	if (all->arena != NULL)
		err = load_xml(path, &xml, diag);
	if (err == TCS_OK)
		err = load_all(&run, xml);
	tcs_xml_free(&xml);
	if (err == TCS_OK)
		*ret_recognisers = all;
	else
		tcs_recognisers_free(&all);
	return err == TCS_OK || err == TCS_ENOMEM ? err : TCS_ECONFIG;
}

void
tcs_recognisers_free(struct tcs_recognisers **recognisers)
{
	if (recognisers == NULL || *recognisers == NULL)
		return;
	for (struct tcs_recogniser *r = (*recognisers)->first; r != NULL;
	     r = r->next) {
		for (size_t i = 0; i < r->patterns_n; i++)
			tcs_regex_free(&r->patterns[i].regex);
	}
	tcs_communes_free(&(*recognisers)->communes);
	tcs_arena_free(&(*recognisers)->arena);
	free(*recognisers);
	*recognisers = NULL;
}
