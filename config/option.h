/* option.h - one option of tocsin.conf is one row of a table; parsing, bounds,
 * defaults and help all come from it. */
#ifndef TOCSIN_CONFIG_OPTION_H
#define TOCSIN_CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

enum tcs_option_kind {
	TCS_OPTION_STRING,   /* char *, owned; NULL when absent, no default */
	TCS_OPTION_PATH,     /* char *, owned; made absolute beside the file */
	TCS_OPTION_URL,      /* char *, owned; http or https */
	TCS_OPTION_NAME,     /* char *, owned; [A-Za-z0-9._-]+ */
	TCS_OPTION_LIST,     /* struct tcs_strings */
	TCS_OPTION_BOOL,     /* bool; yes, no */
	TCS_OPTION_INTEGER,  /* int64_t; bounds inclusive */
	TCS_OPTION_DURATION, /* int64_t ms; "500 ms", "30 s", "2 min", "4 h" */
	TCS_OPTION_SIZE,     /* int64_t bytes; "64 kB", "8 MB" (1000) */
};

enum {
	TCS_OPTION_TEXT_MAX = 2000, /* bytes of one text */
	TCS_OPTION_LIST_MAX = 5000, /* items of one list */
};

struct tcs_strings {
	char **items; /* owned, n of them */
	size_t n;
};

/* NULL when `text` has the right form, else why not ("not an address"). Called
 * once per item of a list. */
typedef const char *tcs_option_check(const char *text);

struct tcs_option {
	const char *name;
	enum tcs_option_kind kind;
	size_t offset;        /* in the struct that is filled */
	const char *fallback; /* as written; NULL: none */
	int64_t min, max;     /* for numbers; both 0: no bound */
	const char *help;     /* one line, English */
	int is_required;
	const char *example;     /* as written, for findings; may be NULL */
	tcs_option_check *check; /* form of a text or an item; may be NULL */
};

#define TCS_OPT_END                                                            \
	{                                                                      \
		0                                                              \
	}

/* Rows: key, struct, member, default (NULL: none), [bounds,] help. */
#define TCS_OPT_ROW(key, kind_, type, member, default_, min_, max_, help_)     \
	{                                                                      \
		.name = (key), .kind = (kind_),                                \
		.offset = offsetof(type, member), .fallback = (default_),      \
		.min = (min_), .max = (max_), .help = (help_)                  \
	}
#define TCS_OPT_STRING(key, type, member, default_, help_)                     \
	TCS_OPT_ROW(key, TCS_OPTION_STRING, type, member, default_, 0, 0, help_)
#define TCS_OPT_PATH(key, type, member, default_, help_)                       \
	TCS_OPT_ROW(key, TCS_OPTION_PATH, type, member, default_, 0, 0, help_)
#define TCS_OPT_URL(key, type, member, default_, help_)                        \
	TCS_OPT_ROW(key, TCS_OPTION_URL, type, member, default_, 0, 0, help_)
#define TCS_OPT_BOOL(key, type, member, default_, help_)                       \
	TCS_OPT_ROW(key, TCS_OPTION_BOOL, type, member, default_, 0, 0, help_)
#define TCS_OPT_INTEGER(key, type, member, default_, min_, max_, help_)        \
	TCS_OPT_ROW(key, TCS_OPTION_INTEGER, type, member, default_, min_,     \
	    max_, help_)
#define TCS_OPT_DURATION(key, type, member, default_, min_, max_, help_)       \
	TCS_OPT_ROW(key, TCS_OPTION_DURATION, type, member, default_, min_,    \
	    max_, help_)
#define TCS_OPT_SIZE(key, type, member, default_, min_, max_, help_)           \
	TCS_OPT_ROW(                                                           \
	    key, TCS_OPTION_SIZE, type, member, default_, min_, max_, help_)

/* What was written for one key: one value, or the items of a list. */
struct tcs_option_text {
	const char *key;
	const char *const *values;
	size_t n;
	unsigned line;
};

/* What a section says. Relative paths are beside `file`, which findings name;
 * `line` is that of the section, for a key that is missing. */
struct tcs_option_source {
	const char *file;
	const char *section; /* "feed vigicrues" */
	unsigned line;
	const struct tcs_option_text *texts;
	size_t n;
};

/* Fill the zeroed `block` with the texts of `source` and the defaults of
 * `table`. Keys that are not in `table` are passed over (see tcs_option_find).
 * TCS_ECONFIG with one finding a fault; what could be read is filled in all the
 * same, so call tcs_option_clear in every case. */
enum tcs_err tcs_option_fill(const struct tcs_option *table,
    const struct tcs_option_source *source, void *block,
    struct tcs_diag *diag) TCS_MUST_USE;
/* Free what the table's rows own in `block`, and zero it. NULL-safe. */
void tcs_option_clear(const struct tcs_option *table, void *block);
/* The row named `name`, or NULL. `table` may be NULL: an empty one. */
const struct tcs_option *tcs_option_find(
    const struct tcs_option *table, const char *name);
/* The name in `table` that looks most like `name`, or NULL. */
const char *tcs_option_nearest(
    const struct tcs_option *table, const char *name);
/* Letters without accent, digits, '.', '_' and '-'; at least one. */
bool tcs_option_is_name(struct tcs_slice text);
/* One entry a row: type, unit, bounds, default, help. */
void tcs_option_help(const struct tcs_option *table, struct tcs_buf *buf);

#endif
