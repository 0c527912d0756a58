#include "config/sections.h"

#include <stdlib.h>
#include <string.h>

enum {
	SECTIONS_SHOWN_MAX = 40, /* bytes of a name in a finding */
};

struct sections_picker {
	struct tcs_scan *scan;
	const struct tcs_conf_drivers *drivers;
	const char *file;
	struct tcs_sections *sections;
	struct tcs_diag *diag;
	enum tcs_err err;
};

#define SECTIONS_SHOWN(s)                                                      \
	(int)((s).n < SECTIONS_SHOWN_MAX ? (s).n : SECTIONS_SHOWN_MAX), (s).p

#define SECTIONS_REFUSE(picker, line, ...)                                     \
	((picker)->err = tcs_diag_add((picker)->diag, TCS_ECONFIG,             \
	     (picker)->file, (line), __VA_ARGS__))

static const struct tcs_conf_driver *
sections_find_driver(
    const struct tcs_conf_driver *drivers, size_t n, struct tcs_slice name)
{
	for (size_t i = 0; i < n; i++)
		if (tcs_slice_is(name, drivers[i].name))
			return &drivers[i];
	return NULL;
}

static const struct tcs_scan_item *
sections_find_item(const struct tcs_scan *scan,
    const struct tcs_scan_section *section, const char *key)
{
	for (size_t i = 0; i < section->items_n; i++) {
		const struct tcs_scan_item *item =
		    &scan->items[section->first + i];
		if (tcs_slice_is(item->key, key))
			return item;
	}
	return NULL;
}

/* "vigicrues, rss": what could be written. */
static void
sections_list_drivers(
    const struct tcs_conf_driver *drivers, size_t n, struct tcs_buf *buf)
{
	for (size_t i = 0; i < n; i++)
		tcs_buf_printf(
		    buf, "%s%s", i == 0 ? "" : ", ", drivers[i].name);
}

static void
sections_refuse_driver(struct sections_picker *p, unsigned line,
    const char *kind, const struct tcs_conf_driver *drivers, size_t n)
{
	struct tcs_buf names;

	tcs_buf_init(&names, 1000);
	sections_list_drivers(drivers, n, &names);
	SECTIONS_REFUSE(p, line,
	    "there is no %s driver of that name; write: %s", kind,
	    names.p == NULL ? "" : names.p);
	tcs_buf_fini(&names);
}

/* The driver of a feed or channel. Without one its own keys are not looked at:
 * either this program knows no drivers, or the driver is the fault. */
static void
sections_set_driver(struct sections_picker *p, struct tcs_section *section)
{
	const struct tcs_conf_drivers *d = p->drivers;
	const struct tcs_scan_section *scan = section->scan;
	bool is_feed = section->schema == &tcs_schemas[TCS_SCHEMA_FEED];
	bool is_channel = section->schema == &tcs_schemas[TCS_SCHEMA_CHANNEL];
	size_t n = is_feed ? d->feeds_n : is_channel ? d->channels_n : 0;
	const struct tcs_conf_driver *drivers =
	    is_feed ? d->feeds : d->channels;
	struct tcs_slice name = scan->title;
	unsigned line = scan->line;

	if (n == 0)
		return;
	if (is_feed) {
		const struct tcs_scan_item *item =
		    sections_find_item(p->scan, scan, "driver");
		if (item == NULL)
			return; /* said when the table is filled */
		name = item->value;
		line = item->line;
	}
	section->driver = sections_find_driver(drivers, n, name);
	if (section->driver == NULL)
		sections_refuse_driver(
		    p, line, is_feed ? "feed" : "channel", drivers, n);
}

/* Are keys that no table has a fault here? */
static bool
sections_is_closed(const struct tcs_section *section)
{
	if (section->schema->keys != NULL)
		return false;
	return section->driver != NULL ||
	       (section->schema != &tcs_schemas[TCS_SCHEMA_FEED] &&
	           section->schema != &tcs_schemas[TCS_SCHEMA_CHANNEL]);
}

static const struct tcs_option *
sections_find_option(const struct tcs_section *section, const char *key)
{
	const struct tcs_option *option =
	    tcs_option_find(section->schema->options, key);

	if (option == NULL && section->driver != NULL)
		option = tcs_option_find(section->driver->options, key);
	return option;
}

static void
sections_refuse_key(struct sections_picker *p,
    const struct tcs_section *section, const struct tcs_scan_item *item,
    const char *key)
{
	const char *near = tcs_option_nearest(section->schema->options, key);

	if (near == NULL && section->driver != NULL)
		near = tcs_option_nearest(section->driver->options, key);
	SECTIONS_REFUSE(p, item->line, "%s has no key \"%.*s\"; write: %s%s",
	    section->schema->name, SECTIONS_SHOWN(item->key),
	    near != NULL ? near : "one of those of tocsin --help-config",
	    near != NULL ? " = …" : "");
}

static bool
sections_is_repeated(const struct tcs_scan *scan,
    const struct tcs_scan_section *section, const struct tcs_scan_item *item)
{
	const struct tcs_scan_item *first = &scan->items[section->first];

	for (; first < item; first++)
		if (tcs_slice_equal(first->key, item->key))
			return true;
	return false;
}

/* True when libconfuse may read the item. */
static bool
sections_accept_item(struct sections_picker *p,
    const struct tcs_section *section, const struct tcs_scan_item *item)
{
	char *key = tcs_slice_dup(item->key);
	const struct tcs_option *option =
	    key == NULL ? NULL : sections_find_option(section, key);
	bool is_free = section->schema->keys != NULL, is_accepted = false;

	if (key == NULL)
		p->err = TCS_ENOMEM;
	else if (sections_is_repeated(p->scan, section->scan, item))
		SECTIONS_REFUSE(p, item->line,
		    "%s is written twice in this section; write: it once",
		    option == NULL ? "a key" : option->name);
	else if (option == NULL && sections_is_closed(section))
		sections_refuse_key(p, section, item, key);
	else if (item->is_list &&
	         (is_free ||
	             (option != NULL && option->kind != TCS_OPTION_LIST)))
		SECTIONS_REFUSE(p, item->line,
		    "%s takes one value; write: it without braces",
		    option == NULL ? "a key" : option->name);
	else
		is_accepted = option != NULL || is_free;
	free(key);
	return is_accepted;
}

bool
tcs_section_has(const struct tcs_scan *scan, const struct tcs_scan_item *item)
{
	return scan->text[item->start] != ' ';
}

static void
sections_pick_items(
    struct sections_picker *p, const struct tcs_section *section)
{
	const struct tcs_scan_section *s = section->scan;

	/* From the last, so that each is compared with those as written. */
	for (size_t i = s->items_n; i-- > 0;) {
		const struct tcs_scan_item *item =
		    &p->scan->items[s->first + i];
		if (!sections_accept_item(p, section, item))
			tcs_scan_blank(p->scan, item->start, item->end);
	}
}

/* The schema of a section, when its head is as the schema wants it. */
static const struct tcs_schema *
sections_accept_head(
    struct sections_picker *p, const struct tcs_scan_section *scan)
{
	const struct tcs_schema *schema = tcs_schema_find(scan->name);

	if (schema == NULL) {
		SECTIONS_REFUSE(p, scan->line,
		    "there is no section \"%.*s\"; write: one of those of "
		    "tocsin --help-config",
		    SECTIONS_SHOWN(scan->name));
		return NULL;
	}
	if (!schema->has_title && scan->title.p != NULL) {
		SECTIONS_REFUSE(p, scan->line,
		    "%s has no name of its own; write: %s { … }", schema->name,
		    schema->name);
		return NULL;
	}
	if (schema->has_title && (!tcs_option_is_name(scan->title) ||
	                             scan->title.n > SECTIONS_SHOWN_MAX)) {
		SECTIONS_REFUSE(p, scan->line,
		    "%s needs a name of at most %d letters without accent, "
		    "digits, '.', '_', '-'; write: %s name-1 { … }",
		    schema->name, SECTIONS_SHOWN_MAX, schema->name);
		return NULL;
	}
	return schema;
}

/* Same schema and title together, in file order. */
static int
sections_compare(const void *a, const void *b)
{
	const struct tcs_section *x = a, *y = b;
	struct tcs_slice s = x->scan->title, t = y->scan->title;

	if (x->schema != y->schema)
		return x->schema < y->schema ? -1 : 1;
	int order =
	    s.n == 0 || t.n == 0 ? 0 : memcmp(s.p, t.p, s.n < t.n ? s.n : t.n);
	if (order == 0 && s.n != t.n)
		order = s.n < t.n ? -1 : 1;
	if (order == 0)
		order = x->scan->start < y->scan->start ? -1 : 1;
	return order;
}

static int
sections_compare_place(const void *a, const void *b)
{
	const struct tcs_section *x = a, *y = b;

	return x->scan->start < y->scan->start ? -1 : 1;
}

static bool
sections_is_same(const struct tcs_section *a, const struct tcs_section *b)
{
	return a->schema == b->schema &&
	       tcs_slice_equal(a->scan->title, b->scan->title);
}

static void
sections_refuse_twice(struct sections_picker *p,
    const struct tcs_section *first, const struct tcs_section *again)
{
	struct tcs_slice title = again->scan->title;

	SECTIONS_REFUSE(p, again->scan->line,
	    "%s%s%.*s is there already at line %u; write: %s",
	    again->schema->name, title.n > 0 ? " " : "", SECTIONS_SHOWN(title),
	    first->scan->line,
	    title.n > 0 ? "another name" : "its keys in that section");
}

/* Drop the later ones of those that come twice. */
static void
sections_drop_twice(struct sections_picker *p)
{
	struct tcs_sections *all = p->sections;
	size_t kept = 0;

	if (all->n == 0)
		return;
	qsort(all->items, all->n, sizeof(all->items[0]), sections_compare);
	for (size_t i = 0; i < all->n; i++) {
		struct tcs_section *one = &all->items[i];
		if (kept > 0 && sections_is_same(&all->items[kept - 1], one)) {
			sections_refuse_twice(p, &all->items[kept - 1], one);
			tcs_scan_blank(
			    p->scan, one->scan->start, one->scan->end);
			continue;
		}
		all->items[kept++] = *one;
	}
	all->n = kept;
	qsort(
	    all->items, all->n, sizeof(all->items[0]), sections_compare_place);
}

static void
sections_pick_heads(struct sections_picker *p)
{
	struct tcs_scan *scan = p->scan;

	for (size_t i = 0; i < scan->sections_n; i++) {
		const struct tcs_scan_section *s = &scan->sections[i];
		struct tcs_section one = {
		    .scan = s, .schema = sections_accept_head(p, s)};
		if (one.schema == NULL) {
			tcs_scan_blank(scan, s->start, s->end);
			continue;
		}
		sections_set_driver(p, &one);
		p->sections->items[p->sections->n++] = one;
	}
}

enum tcs_err
tcs_sections_pick(struct tcs_scan *scan, const struct tcs_conf_drivers *drivers,
    const char *file, struct tcs_sections *ret_sections, struct tcs_diag *diag)
{
	struct sections_picker p = {.scan = scan,
	    .drivers = drivers,
	    .file = file,
	    .sections = ret_sections,
	    .diag = diag};

	*ret_sections = (struct tcs_sections){0};
	ret_sections->items =
	    calloc(scan->sections_n + 1, sizeof(*ret_sections->items));
	if (ret_sections->items == NULL)
		return TCS_ENOMEM;
	sections_pick_heads(&p);
	sections_drop_twice(&p);
	for (size_t i = 0; i < ret_sections->n; i++) {
		struct tcs_section *one = &ret_sections->items[i];
		one->index = ret_sections->counts[one->schema - tcs_schemas]++;
		sections_pick_items(&p, one);
	}
	return p.err;
}

void
tcs_sections_fini(struct tcs_sections *sections)
{
	free(sections->items);
	*sections = (struct tcs_sections){0};
}
