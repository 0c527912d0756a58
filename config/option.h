/* option.h - one option of tocsin.conf is one row of a table; parsing, bounds,
 * defaults and help all come from it. */
#ifndef TOCSIN_CONFIG_OPTION_H
#define TOCSIN_CONFIG_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

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

struct tcs_strings {
	char **items; /* owned, n of them */
	size_t n;
};

struct tcs_option {
	const char *name;
	enum tcs_option_kind kind;
	size_t offset;        /* in the struct that is filled */
	const char *fallback; /* as written; NULL: none */
	int64_t min, max;     /* for numbers; both 0: no bound */
	const char *help;     /* one line, English */
	int is_required;
};

#define TCS_OPT_END                                                            \
	{                                                                      \
		0                                                              \
	}

#endif
