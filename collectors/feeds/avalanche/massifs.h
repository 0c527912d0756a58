/* massifs.h - the massifs that the service has bulletins for, as its list
 * (liste-massifs) says: number, name, départements. */
#ifndef TOCSIN_COLLECTORS_FEEDS_AVALANCHE_MASSIFS_H
#define TOCSIN_COLLECTORS_FEEDS_AVALANCHE_MASSIFS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/option.h"
#include "core/err.h"
#include "core/json.h"

struct tcs_arena;

enum {
	AVALANCHE_CODE_MAX = 8,
	AVALANCHE_DEPARTEMENTS_MAX = 8,
	AVALANCHE_MASSIFS_MAX = 300, /* 36 in 2026 */
};

struct avalanche_massif {
	char code[AVALANCHE_CODE_MAX]; /* "66": no zero before it */
	const char *title;             /* "Haute-Bigorre" */
	const char *departements[AVALANCHE_DEPARTEMENTS_MAX + 1];
};

struct avalanche_massifs {
	struct avalanche_massif *items;
	size_t n;
};

/* Of Météo-France's list; TCS_EPARSE with the reason: it is not one. All of it
 * is in `arena`. A feature without number or name is passed over. */
enum tcs_err tcs_avalanche_massifs_read(struct tcs_arena *arena, json_t *list,
    struct avalanche_massifs *ret_massifs, struct tcs_diag *diag) TCS_MUST_USE;
/* By number, or by name whatever case, accents and hyphens. NULL: none. */
const struct avalanche_massif *tcs_avalanche_massif_find(
    const struct avalanche_massifs *massifs, const char *which);
/* One of `massifs`, when there are any, and in one of `departements`, when
 * there are any. Never Andorre: its bulletin is not Météo-France's. */
bool tcs_avalanche_massif_is_chosen(const struct avalanche_massif *massif,
    const struct tcs_strings *massifs, const struct tcs_strings *departements);
/* "066", 66: "66". False: not a number of one to three digits. */
bool tcs_avalanche_code(struct tcs_slice text, char code[AVALANCHE_CODE_MAX]);

#endif
