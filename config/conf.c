#include "config/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "config/property.h"
#include "config/scan.h"
#include "config/schema.h"
#include "config/sections.h"
#include "config/target.h"
#include "core/file.h"

/* One load. */
struct conf_loader {
	struct tcs_scan scan;
	struct tcs_sections sections;
	const struct tcs_conf_drivers *drivers;
	cfg_opt_t *tables[TCS_SCHEMA_COUNT]; /* libconfuse's, owned */
	cfg_opt_t root[TCS_SCHEMA_COUNT + 1];
	cfg_t *cfg;
	struct tcs_conf *conf; /* being made */
	struct tcs_diag *diag;
	enum tcs_err err; /* the first */
};

/* libconfuse's error function has no argument of ours. */
static struct conf_loader *conf_current;

static void
conf_note(struct conf_loader *l, enum tcs_err err)
{
	if (l->err == TCS_OK)
		l->err = err;
}

static void conf_on_error(cfg_t *cfg, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
conf_on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[200];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	conf_note(conf_current,
	    tcs_diag_add(conf_current->diag, TCS_ECONFIG,
	        conf_current->conf->path,
	        cfg == NULL || cfg->line < 0 ? 0 : (unsigned)cfg->line,
	        "libconfuse: %s", text));
}

static size_t
conf_count_options(const struct tcs_option *table)
{
	size_t n = 0;

	while (table != NULL && table[n].name != NULL)
		n++;
	return n;
}

/* Every option is a list of texts for libconfuse; what they mean is ours. */
static void
conf_add_options(cfg_opt_t *table, size_t *n, const struct tcs_option *options)
{
	for (; options != NULL && options->name != NULL; options++) {
		cfg_opt_t row =
		    CFG_STR_LIST(options->name, NULL, CFGF_NODEFAULT);
		bool is_there = false;
		for (size_t i = 0; i < *n; i++)
			is_there |= strcmp(table[i].name, options->name) == 0;
		if (!is_there)
			table[(*n)++] = row;
	}
}

/* The keys of a section's table and of all its drivers. */
static enum tcs_err
conf_make_table(struct conf_loader *l, enum tcs_schema_id id)
{
	const struct tcs_schema *schema = &tcs_schemas[id];
	bool is_feed = id == TCS_SCHEMA_FEED;
	size_t drivers_n = is_feed                    ? l->drivers->feeds_n
	                   : id == TCS_SCHEMA_CHANNEL ? l->drivers->channels_n
	                                              : 0;
	const struct tcs_conf_driver *drivers =
	    is_feed ? l->drivers->feeds : l->drivers->channels;
	size_t max = conf_count_options(schema->options), n = 0;
	cfg_opt_t end = CFG_END();

	for (size_t i = 0; i < drivers_n; i++)
		max += conf_count_options(drivers[i].options);
	cfg_opt_t *table = calloc(max + 1, sizeof(*table));
	if (table == NULL)
		return TCS_ENOMEM;
	conf_add_options(table, &n, schema->options);
	for (size_t i = 0; i < drivers_n; i++)
		conf_add_options(table, &n, drivers[i].options);
	table[n] = end;
	l->tables[id] = table;
	cfg_opt_t section = CFG_SEC(schema->name, table,
	    schema->has_title ? CFGF_MULTI | CFGF_TITLE : CFGF_NONE);
	l->root[id] = section;
	return TCS_OK;
}

/* Let libconfuse read what is left of the text. */
static enum tcs_err
conf_decode(struct conf_loader *l)
{
	enum tcs_err err = TCS_OK;
	cfg_opt_t end = CFG_END();

	for (int id = 0; id < TCS_SCHEMA_COUNT && err == TCS_OK; id++)
		err = conf_make_table(l, (enum tcs_schema_id)id);
	if (err != TCS_OK)
		return err;
	l->root[TCS_SCHEMA_COUNT] = end;
	l->cfg = cfg_init(l->root, CFGF_NONE);
	if (l->cfg == NULL)
		return TCS_ENOMEM;
	(void)cfg_set_error_function(l->cfg, conf_on_error);
	conf_current = l;
	int result = cfg_parse_buf(l->cfg, l->scan.text);
	conf_current = NULL;
	if (result != CFG_SUCCESS && l->err == TCS_OK)
		return tcs_diag_add(l->diag, TCS_ECONFIG, l->conf->path, 0,
		    "libconfuse: cannot be read; write: as tocsin "
		    "--help-config shows");
	return result == CFG_SUCCESS ? TCS_OK : TCS_ECONFIG;
}

/* The section as libconfuse has it; NULL when it has not. */
static cfg_t *
conf_find(const struct conf_loader *l, const struct tcs_section *section)
{
	const char *name = section->schema->name;
	unsigned index = (unsigned)section->index;

	if (cfg_size(l->cfg, name) <= index)
		return NULL;
	return cfg_getnsec(l->cfg, name, index);
}

/* What libconfuse read of one section; the values are its own. */
struct conf_texts {
	struct tcs_option_text *items;
	const char **values;
	size_t n, values_n;
};

static void
conf_texts_fini(struct conf_texts *texts)
{
	free(texts->items);
	free(texts->values);
}

static enum tcs_err
conf_texts_init(struct conf_texts *texts, const struct tcs_scan *scan,
    const struct tcs_scan_section *section)
{
	size_t values_n = 1;

	for (size_t i = 0; i < section->items_n; i++)
		values_n += scan->items[section->first + i].values_n;
	texts->items = calloc(section->items_n + 1, sizeof(*texts->items));
	texts->values = calloc(values_n, sizeof(*texts->values));
	return texts->items == NULL || texts->values == NULL ? TCS_ENOMEM
	                                                     : TCS_OK;
}

/* One key's values. libconfuse must have as many as are written. */
static enum tcs_err
conf_read_item(struct conf_loader *l, cfg_t *cfg,
    const struct tcs_scan_item *item, struct conf_texts *texts)
{
	char *key = tcs_slice_dup(item->key);
	cfg_opt_t *opt = key == NULL ? NULL : cfg_getopt(cfg, key);
	unsigned n = opt == NULL ? 0 : cfg_opt_size(opt);
	const char **values = texts->values + texts->values_n;

	free(key);
	if (opt == NULL || n != item->values_n)
		return tcs_diag_add(l->diag, TCS_ECONFIG, l->conf->path,
		    item->line,
		    "libconfuse: reads %u values of %zu; write: \"…\" around "
		    "each",
		    n, item->values_n);
	for (unsigned i = 0; i < n; i++)
		values[i] = cfg_opt_getnstr(opt, i);
	texts->values_n += n;
	texts->items[texts->n++] = (struct tcs_option_text){
	    .key = opt->name, .values = values, .n = n, .line = item->line};
	return TCS_OK;
}

/* The texts of all keys of a section that were not refused. */
static enum tcs_err
conf_read_texts(struct conf_loader *l, const struct tcs_section *section,
    struct conf_texts *texts)
{
	cfg_t *cfg = conf_find(l, section);
	const struct tcs_scan_section *scan = section->scan;
	enum tcs_err err = conf_texts_init(texts, &l->scan, scan);

	if (err == TCS_OK && cfg == NULL)
		err = tcs_diag_add(l->diag, TCS_ECONFIG, l->conf->path,
		    scan->line,
		    "libconfuse: reads no %s; write: its name without quotes",
		    section->schema->name);
	for (size_t i = 0; i < scan->items_n && err == TCS_OK; i++) {
		const struct tcs_scan_item *item =
		    &l->scan.items[scan->first + i];
		if (tcs_section_has(&l->scan, item))
			err = conf_read_item(l, cfg, item, texts);
	}
	return err;
}

static enum tcs_err
conf_fill_target(struct conf_loader *l, const struct tcs_section *section,
    const struct tcs_target *target, const struct conf_texts *texts)
{
	const struct tcs_schema *schema = section->schema;
	struct tcs_option_source source = {.file = l->conf->path,
	    .line = section->scan->line,
	    .texts = texts->items,
	    .n = texts->n};
	char *name = NULL;

	if (asprintf(&name, "%s%s%.*s", schema->name,
	        schema->has_title ? " " : "",
	        TCS_SLICE_ARG(section->scan->title)) < 0)
		return TCS_ENOMEM;
	source.section = name;
	enum tcs_err err =
	    tcs_option_fill(schema->options, &source, target->block, l->diag);
	enum tcs_err more = TCS_OK;
	if (target->state != NULL)
		more = tcs_option_fill(
		    target->options, &source, target->state, l->diag);
	free(name);
	return err != TCS_OK ? err : more;
}

static void
conf_fill_section(struct conf_loader *l, struct tcs_section *section)
{
	struct tcs_target target = {0};
	struct conf_texts texts = {0};
	enum tcs_err err = tcs_target_take(l->conf, section, &target);

	if (err == TCS_OK)
		err = conf_read_texts(l, section, &texts);
	if (err == TCS_OK)
		err = conf_fill_target(l, section, &target, &texts);
	section->has_fault = err != TCS_OK;
	conf_note(l, err);
	conf_texts_fini(&texts);
}

static enum tcs_err
conf_check_feed(struct conf_loader *l, const struct tcs_conf_feed *feed)
{
	for (size_t i = 0; feed->url == NULL && i < l->drivers->feeds_n; i++) {
		const struct tcs_conf_driver *driver = &l->drivers->feeds[i];
		if (driver->needs_url &&
		    strcmp(driver->name, feed->driver) == 0)
			return tcs_diag_add(l->diag, TCS_ECONFIG, l->conf->path,
			    feed->line,
			    "feed %s: the driver %s has no source of its own; "
			    "write: url = \"https://…\"",
			    feed->name, driver->name);
	}
	return tcs_schema_check_feed(l->conf, feed, l->diag);
}

static enum tcs_err
conf_check_section(struct conf_loader *l, const struct tcs_section *section)
{
	const struct tcs_conf *conf = l->conf;
	size_t i = section->index;

	if (section->has_fault)
		return TCS_OK; /* said already */
	if (section->schema == &tcs_schemas[TCS_SCHEMA_CONTACT])
		return tcs_schema_check_contact(
		    conf, &conf->contacts[i], l->diag);
	if (section->schema == &tcs_schemas[TCS_SCHEMA_CHANNEL])
		return tcs_schema_check_channel(
		    conf, &conf->channels[i], l->diag);
	if (section->schema == &tcs_schemas[TCS_SCHEMA_FEED])
		return conf_check_feed(l, &conf->feeds[i]);
	return TCS_OK;
}

/* Sections without title that are not written have their defaults. */
static void
conf_fill_absent(struct conf_loader *l)
{
	for (size_t i = 0; i < TCS_SCHEMA_COUNT; i++) {
		const struct tcs_schema *schema = &tcs_schemas[i];
		const struct tcs_option_source nothing = {
		    .file = l->conf->path, .section = schema->name};
		if (schema->has_title || l->sections.counts[i] > 0)
			continue;
		conf_note(l, tcs_option_fill(schema->options, &nothing,
		                 (char *)l->conf + schema->offset, l->diag));
	}
}

static int
conf_compare_findings(const void *a, const void *b)
{
	const struct tcs_finding *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return strcmp(x->text, y->text);
}

/* Hand what was found to the caller, in the order of the file. */
static void
conf_move_findings(
    struct tcs_diag *found, enum tcs_err err, struct tcs_diag *diag)
{
	if (found->n > 0)
		qsort(found->items, found->n, sizeof(found->items[0]),
		    conf_compare_findings);
	for (size_t i = 0; i < found->n; i++)
		(void)tcs_diag_add(diag, err, found->items[i].file,
		    found->items[i].line, "%s", found->items[i].text);
	if (diag != NULL)
		diag->dropped += found->dropped;
	tcs_diag_fini(found);
}

/* What libconfuse does not read. */
static void
conf_take_free(struct conf_loader *l)
{
	for (size_t i = 0; i < l->sections.n; i++) {
		const struct tcs_section *one = &l->sections.items[i];
		if (one->schema->keys != NULL)
			conf_note(l, tcs_properties_take(&l->scan, one->scan,
			                 l->conf, l->diag));
	}
}

static void
conf_fill(struct conf_loader *l)
{
	conf_take_free(l);
	enum tcs_err err = conf_decode(l);

	if (err == TCS_OK)
		err = tcs_target_reserve(l->conf, &l->sections);
	conf_note(l, err);
	if (err != TCS_OK)
		return;
	for (size_t i = 0; i < l->sections.n; i++) {
		if (l->sections.items[i].schema->keys == NULL)
			conf_fill_section(l, &l->sections.items[i]);
	}
	conf_fill_absent(l);
	for (size_t i = 0; i < l->sections.n; i++)
		conf_note(l, conf_check_section(l, &l->sections.items[i]));
	if (l->err == TCS_OK)
		conf_note(l, tcs_target_settle(l->conf));
}

static void
conf_loader_fini(struct conf_loader *l)
{
	if (l->cfg != NULL)
		(void)cfg_free(l->cfg);
	for (size_t i = 0; i < TCS_SCHEMA_COUNT; i++)
		free(l->tables[i]);
	tcs_sections_fini(&l->sections);
	tcs_scan_fini(&l->scan);
	tcs_conf_free(&l->conf);
}

enum tcs_err
tcs_conf_parse(struct tcs_slice text, const char *path,
    const struct tcs_conf_drivers *drivers, struct tcs_conf **ret_conf,
    struct tcs_diag *diag)
{
	static const struct tcs_conf_drivers none = {0};
	struct tcs_diag found = {0};
	struct conf_loader l = {
	    .drivers = drivers == NULL ? &none : drivers, .diag = &found};

	l.conf = calloc(1, sizeof(*l.conf));
	if (l.conf != NULL)
		l.conf->path = strdup(path);
	if (l.conf == NULL || l.conf->path == NULL)
		l.err = TCS_ENOMEM;
	if (l.err == TCS_OK)
		l.err = tcs_scan_text(&l.scan, text, path, &found);
	if (l.err == TCS_OK) {
		l.err = tcs_sections_pick(
		    &l.scan, l.drivers, path, &l.sections, &found);
		conf_fill(&l);
	}
	conf_move_findings(&found, l.err, diag);
	if (l.err == TCS_OK) {
		*ret_conf = l.conf;
		l.conf = NULL;
	}
	conf_loader_fini(&l);
	return l.err;
}

enum tcs_err
tcs_conf_load(const char *path, const struct tcs_conf_drivers *drivers,
    struct tcs_conf **ret_conf, struct tcs_diag *diag)
{
	char *whole = tcs_path_absolute(path);
	struct tcs_buf buf;
	enum tcs_err err;

	if (whole == NULL)
		return TCS_ENOMEM;
	tcs_buf_init(&buf, TCS_SCAN_TEXT_MAX);
	err = tcs_file_read(whole, &buf, diag);
	if (err == TCS_OK)
		err = tcs_conf_parse(
		    tcs_buf_view(&buf), whole, drivers, ret_conf, diag);
	tcs_buf_fini(&buf);
	free(whole);
	return err;
}
