/* communes_rows.h - how the communes are held: for communes.h alone. */
#ifndef TOCSIN_TERRITORY_COMMUNES_ROWS_H
#define TOCSIN_TERRITORY_COMMUNES_ROWS_H

#include "core/arena.h"
#include "territory/communes.h"

enum { TCS_COMMUNES_KEY_MAX = 1024 };

struct tcs_communes_part {
	const char *insee, *name, *key;
	const char *of; /* code of its commune */
	const struct tcs_commune *commune;
	enum tcs_commune_part part;
};

/* Rows of one kind, by code: each begins with a pointer to its code. */
struct tcs_communes_rows {
	char *items; /* owned; `n` of them, of `size` bytes */
	size_t n, cap, size, max;
};

struct tcs_communes {
	struct tcs_arena *arena; /* of all strings */
	struct tcs_communes_rows epci, communes, parts;
};

/* NULL: none has that code; also for code NULL. */
void *tcs_communes_row(const struct tcs_communes_rows *rows, const char *code);

#endif
