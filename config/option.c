#include "config/option.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/slice.h"

enum {
	OPTION_NUMBER_TEXT = 48,
	OPTION_SHOWN_MAX = 40, /* bytes of a refused value in a finding */
	OPTION_NAME_MAX = 32,  /* longer names are near to nothing */
};

/* One value on its way from text to its member. */
struct option_input {
	const struct tcs_option *option;
	const struct tcs_option_source *source;
	unsigned line;
	const char *text;
	struct tcs_diag *diag;
};

struct option_unit {
	const char *name;
	int64_t factor;
};

/* From the smallest to the largest. */
static const struct option_unit option_no_units[] = {{"", 1}, {NULL, 0}};
static const struct option_unit option_durations[] = {
    {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {NULL, 0}};
static const struct option_unit option_sizes[] = {
    {"B", 1}, {"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}, {NULL, 0}};

typedef enum tcs_err option_reader(const struct option_input *in, void *slot);
static option_reader option_read_text, option_read_path, option_read_bool,
    option_read_number;

struct option_kind {
	const char *word; /* in help and findings */
	option_reader *read;
	const struct option_unit *units; /* of numbers */
	const char *example;
};

static const struct option_kind option_kinds[] = {
    [TCS_OPTION_STRING] = {"text", option_read_text, NULL, "\"…\""},
    [TCS_OPTION_PATH] = {"path", option_read_path, NULL, "\"…\""},
    [TCS_OPTION_URL] = {"URL", option_read_text, NULL,
        "\"https://source.example/data.json\""},
    [TCS_OPTION_NAME] = {"name", option_read_text, NULL, "\"name-1\""},
    [TCS_OPTION_LIST] = {"list", option_read_text, NULL, "{\"…\", \"…\"}"},
    [TCS_OPTION_BOOL] = {"yes or no", option_read_bool, NULL, "yes"},
    [TCS_OPTION_INTEGER] = {"whole number", option_read_number, option_no_units,
        "10"},
    [TCS_OPTION_DURATION] = {"duration (ms, s, min, h)", option_read_number,
        option_durations, "30 s"},
    [TCS_OPTION_SIZE] = {"size (B, kB, MB, GB)", option_read_number,
        option_sizes, "8 MB"},
};

static const struct option_kind *
option_kind_of(const struct tcs_option *option)
{
	return &option_kinds[option->kind];
}

/* "2 min": the largest unit that divides the value. */
static void
option_format(const struct option_unit *units, int64_t value,
    char text[OPTION_NUMBER_TEXT])
{
	const struct option_unit *best = units;

	tcs_assert(units->name != NULL);
	for (const struct option_unit *u = units; u->name != NULL; u++)
		if (value != 0 && value % u->factor == 0)
			best = u;
	(void)snprintf(text, OPTION_NUMBER_TEXT, "%" PRId64 "%s%s",
	    value / best->factor, best->name[0] == '\0' ? "" : " ", best->name);
}

/* How the key is rightly written. Texts stand between quotes already. */
static void
option_append_example(
    struct tcs_buf *buf, const struct tcs_option *option, const char *instead)
{
	const char *text = instead != NULL           ? instead
	                   : option->example != NULL ? option->example
	                   : option->fallback != NULL
	                       ? option->fallback
	                       : option_kind_of(option)->example;
	bool is_bare = text[0] == '"' || text[0] == '{' ||
	               option->kind == TCS_OPTION_BOOL ||
	               option->kind == TCS_OPTION_INTEGER;

	tcs_buf_printf(buf, "write: %s = %s%s%s", option->name,
	    is_bare ? "" : "\"", text, is_bare ? "" : "\"");
}

static enum tcs_err option_refuse(const struct option_input *in,
    const char *instead, const char *fmt, ...) TCS_PRINTF(3, 4);

static enum tcs_err
option_refuse(
    const struct option_input *in, const char *instead, const char *fmt, ...)
{
	struct tcs_buf buf;
	va_list ap;
	char why[200];

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	tcs_buf_init(&buf, 4096);
	tcs_buf_printf(&buf, "%s: %s; ", in->option->name, why);
	option_append_example(&buf, in->option, instead);
	enum tcs_err err = tcs_diag_add(in->diag, TCS_ECONFIG, in->source->file,
	    in->line, "%s", buf.err == TCS_OK ? buf.p : why);
	tcs_buf_fini(&buf);
	return err;
}

/* The refused value for a finding, cut and without quotes of its own. */
static struct tcs_slice
option_shown(const struct option_input *in)
{
	size_t n = strlen(in->text);

	if (n > OPTION_SHOWN_MAX)
		n = OPTION_SHOWN_MAX;
	while (n > 0 && !tcs_slice_is_utf8(tcs_slice(in->text, n)))
		n--;
	return tcs_slice(in->text, n);
}

bool
tcs_option_is_name(struct tcs_slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		        (c >= '0' && c <= '9') || c == '.' || c == '_' ||
		        c == '-'))
			return false;
	}
	return text.n > 0;
}

/* http[s]://host[:port][/…], nothing that could carry a password. */
static const char *
option_check_url(const char *text)
{
	size_t skip = strncmp(text, "http://", 7) == 0    ? 7
	              : strncmp(text, "https://", 8) == 0 ? 8
	                                                  : 0;
	size_t host = strcspn(text + skip, "/?#");

	if (skip == 0)
		return "begins with neither http:// nor https://";
	if (memchr(text + skip, '@', host) != NULL)
		return "a password has no place in a URL, which is logged";
	if (host == 0 || text[skip] == ':')
		return "has no host";
	if (strpbrk(text, " \"<>\\^`{|}") != NULL)
		return "has a character that no URL has";
	return NULL;
}

static enum tcs_err
option_check_text(const struct option_input *in)
{
	const struct tcs_option *option = in->option;
	const char *why = NULL;

	if (in->text[0] == '\0')
		return option_refuse(in, NULL, "is empty");
	if (strlen(in->text) > TCS_OPTION_TEXT_MAX)
		return option_refuse(
		    in, NULL, "is longer than %d bytes", TCS_OPTION_TEXT_MAX);
	if (option->kind == TCS_OPTION_NAME &&
	    !tcs_option_is_name(tcs_slice_str(in->text)))
		return option_refuse(in, NULL,
		    "\"%.*s\" has a character other than letters without "
		    "accent, digits, '.', '_' and '-'",
		    TCS_SLICE_ARG(option_shown(in)));
	if (option->kind == TCS_OPTION_URL)
		why = option_check_url(in->text);
	if (why == NULL && option->check != NULL)
		why = option->check(in->text);
	return why == NULL ? TCS_OK : option_refuse(in, NULL, "%s", why);
}

static enum tcs_err
option_add_item(struct tcs_strings *list, char *item)
{
	char **items = realloc(list->items, (list->n + 1) * sizeof(*items));

	if (items == NULL)
		return TCS_ENOMEM;
	list->items = items;
	list->items[list->n++] = item;
	return TCS_OK;
}

/* STRING, URL, NAME, and one item of a LIST. */
static enum tcs_err
option_read_text(const struct option_input *in, void *slot)
{
	enum tcs_err err = option_check_text(in);
	char *copy = NULL;

	if (err != TCS_OK)
		return err;
	copy = strdup(in->text);
	if (copy == NULL)
		return TCS_ENOMEM;
	if (in->option->kind != TCS_OPTION_LIST) {
		*(char **)slot = copy;
		return TCS_OK;
	}
	err = option_add_item(slot, copy);
	if (err != TCS_OK)
		free(copy);
	return err;
}

static enum tcs_err
option_read_path(const struct option_input *in, void *slot)
{
	enum tcs_err err = option_check_text(in);

	if (err != TCS_OK)
		return err;
	*(char **)slot = tcs_path_beside(in->source->file, in->text);
	return *(char **)slot == NULL ? TCS_ENOMEM : TCS_OK;
}

static enum tcs_err
option_read_bool(const struct option_input *in, void *slot)
{
	bool is_yes = strcmp(in->text, "yes") == 0;

	if (!is_yes && strcmp(in->text, "no") != 0)
		return option_refuse(in, NULL, "\"%.*s\" is neither yes nor no",
		    TCS_SLICE_ARG(option_shown(in)));
	*(bool *)slot = is_yes;
	return TCS_OK;
}

/* The unit after the digits; NULL when it is none of `units`. */
static const struct option_unit *
option_find_unit(const struct option_unit *units, struct tcs_slice word)
{
	for (; units->name != NULL; units++)
		if (tcs_slice_is(word, units->name))
			return units;
	return NULL;
}

static enum tcs_err
option_check_bounds(const struct option_input *in, int64_t value)
{
	const struct tcs_option *option = in->option;
	const struct option_unit *units = option_kind_of(option)->units;
	bool is_low = value < option->min;
	char bound[OPTION_NUMBER_TEXT];

	if ((option->min == 0 && option->max == 0) ||
	    (!is_low && value <= option->max))
		return TCS_OK;
	option_format(units, is_low ? option->min : option->max, bound);
	return option_refuse(in, bound, "\"%.*s\" is %s than %s",
	    TCS_SLICE_ARG(option_shown(in)), is_low ? "less" : "more", bound);
}

/* "30 s", "30s", "8 MB", "16": whole number and unit. */
static enum tcs_err
option_read_number(const struct option_input *in, void *slot)
{
	const struct option_kind *kind = option_kind_of(in->option);
	struct tcs_slice text = tcs_slice_trim(tcs_slice_str(in->text));
	size_t digits = strspn(text.n > 0 ? text.p : "", "0123456789");
	uint64_t number = 0;

	if (digits > text.n)
		digits = text.n;
	struct tcs_slice word =
	    tcs_slice_trim(tcs_slice(text.p + digits, text.n - digits));
	const struct option_unit *unit = option_find_unit(kind->units, word);
	if (digits == 0 || (unit == NULL && word.n > 0))
		return option_refuse(in, NULL, "\"%.*s\" is not a %s",
		    TCS_SLICE_ARG(option_shown(in)), kind->word);
	if (unit == NULL)
		return option_refuse(in, NULL, "\"%.*s\" has no unit: a %s",
		    TCS_SLICE_ARG(option_shown(in)), kind->word);
	if (tcs_slice_u64(tcs_slice(text.p, digits),
	        (uint64_t)(INT64_MAX / unit->factor), &number) != TCS_OK)
		return option_refuse(in, NULL, "\"%.*s\" is too large",
		    TCS_SLICE_ARG(option_shown(in)));
	int64_t value = (int64_t)number * unit->factor;
	enum tcs_err err = option_check_bounds(in, value);
	if (err == TCS_OK)
		*(int64_t *)slot = value;
	return err;
}

static void *
option_slot(const struct tcs_option *option, void *block)
{
	return (char *)block + option->offset;
}

static enum tcs_err
option_read(const struct option_input *in, void *block)
{
	return option_kind_of(in->option)
	    ->read(in, option_slot(in->option, block));
}

static const struct tcs_option_text *
option_find_text(const struct tcs_option_source *source, const char *key)
{
	for (size_t i = 0; i < source->n; i++)
		if (strcmp(source->texts[i].key, key) == 0)
			return &source->texts[i];
	return NULL;
}

/* The default; a list's is written with commas. */
static enum tcs_err
option_fill_fallback(struct option_input *in, void *block)
{
	enum tcs_err err = TCS_OK;
	struct tcs_slice rest = tcs_slice_str(in->option->fallback);

	if (in->option->kind != TCS_OPTION_LIST) {
		in->text = in->option->fallback;
		return option_read(in, block);
	}
	while (err == TCS_OK && rest.n > 0) {
		char *item = tcs_slice_dup(
		    tcs_slice_trim(tcs_slice_cut(rest, ',', &rest)));
		if (item == NULL)
			return TCS_ENOMEM;
		in->text = item;
		err = option_read(in, block);
		free(item);
	}
	return err;
}

static enum tcs_err
option_fill_missing(struct option_input *in, void *block)
{
	if (in->option->fallback != NULL)
		return option_fill_fallback(in, block);
	if (!in->option->is_required)
		return TCS_OK;
	return option_refuse(in, NULL, "is missing in %s (%s)",
	    in->source->section, in->option->help);
}

static enum tcs_err
option_fill_texts(
    struct option_input *in, const struct tcs_option_text *text, void *block)
{
	enum tcs_err first = TCS_OK;
	bool is_list = in->option->kind == TCS_OPTION_LIST;

	if (text->n == 0)
		return option_refuse(in, NULL, "has no value");
	if (text->n > (is_list ? TCS_OPTION_LIST_MAX : 1))
		return option_refuse(in, NULL, "has more than %d values",
		    is_list ? TCS_OPTION_LIST_MAX : 1);
	for (size_t i = 0; i < text->n; i++) {
		in->text = text->values[i];
		enum tcs_err err = option_read(in, block);
		if (first == TCS_OK)
			first = err;
	}
	return first;
}

enum tcs_err
tcs_option_fill(const struct tcs_option *table,
    const struct tcs_option_source *source, void *block, struct tcs_diag *diag)
{
	struct option_input in = {
	    .option = table, .source = source, .diag = diag};
	enum tcs_err first = TCS_OK;

	if (table == NULL)
		return TCS_OK;
	for (; in.option->name != NULL; in.option++) {
		const struct tcs_option_text *text =
		    option_find_text(source, in.option->name);
		in.line = text == NULL ? source->line : text->line;
		enum tcs_err err = text == NULL
		                       ? option_fill_missing(&in, block)
		                       : option_fill_texts(&in, text, block);
		if (first == TCS_OK)
			first = err;
	}
	return first;
}

static void
option_clear_list(struct tcs_strings *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct tcs_strings){0};
}

void
tcs_option_clear(const struct tcs_option *table, void *block)
{
	if (table == NULL || block == NULL)
		return;
	for (const struct tcs_option *o = table; o->name != NULL; o++) {
		void *slot = option_slot(o, block);
		if (o->kind == TCS_OPTION_LIST) {
			option_clear_list(slot);
		} else if (o->kind == TCS_OPTION_BOOL) {
			*(bool *)slot = false;
		} else if (option_kind_of(o)->units != NULL) {
			*(int64_t *)slot = 0;
		} else {
			free(*(char **)slot);
			*(char **)slot = NULL;
		}
	}
}

const struct tcs_option *
tcs_option_find(const struct tcs_option *table, const char *name)
{
	for (; table != NULL && table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

static size_t
option_least(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Letters to change, add or drop to get from one to the other. */
static size_t
option_distance(const char *a, const char *b)
{
	size_t row[OPTION_NAME_MAX + 1];
	size_t n = strlen(b);

	if (n > OPTION_NAME_MAX || strlen(a) > OPTION_NAME_MAX)
		return OPTION_NAME_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
			size_t here = option_least(
			    row[j] + 1, row[j - 1] + 1, diagonal + cost);
			diagonal = row[j];
			row[j] = here;
		}
	}
	return row[n];
}

const char *
tcs_option_nearest(const struct tcs_option *table, const char *name)
{
	const char *best = NULL;
	size_t least = 3;

	for (; table != NULL && table->name != NULL; table++) {
		size_t distance = option_distance(name, table->name);
		if (distance < least && distance * 2 < strlen(table->name)) {
			least = distance;
			best = table->name;
		}
	}
	return best;
}

static void
option_help_bounds(const struct tcs_option *o, struct tcs_buf *buf)
{
	const struct option_unit *units = option_kind_of(o)->units;
	char low[OPTION_NUMBER_TEXT], high[OPTION_NUMBER_TEXT];

	if (units == NULL || (o->min == 0 && o->max == 0))
		return;
	option_format(units, o->min, low);
	option_format(units, o->max, high);
	tcs_buf_printf(buf, ", %s to %s", low, high);
}

void
tcs_option_help(const struct tcs_option *table, struct tcs_buf *buf)
{
	for (const struct tcs_option *o = table; o != NULL && o->name != NULL;
	     o++) {
		tcs_buf_printf(
		    buf, "  %-14s %s", o->name, option_kind_of(o)->word);
		option_help_bounds(o, buf);
		if (o->fallback != NULL)
			tcs_buf_printf(buf, ", default %s", o->fallback);
		else if (o->is_required)
			tcs_buf_str(buf, ", required");
		tcs_buf_printf(buf, "\n  %-14s %s\n", "", o->help);
	}
}
