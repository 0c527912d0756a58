#include <stdio.h>
#include <string.h>

#include "collectors/feeds/meteofrance/mf.h"
#include "core/clock.h"
#include "core/level.h"

enum { WORDS_COLOR_MAX = 16, WORDS_ID_MAX = 9999 };

static const char *const words_phenomena[] = {
    [1] = "vent",
    [2] = "pluie-inondation",
    [3] = "orages",
    [4] = "crues",
    [5] = "neige-verglas",
    [6] = "canicule",
    [7] = "grand-froid",
    [8] = "avalanches",
    [9] = "vagues-submersion",
};

const char *
tcs_mf_phenomenon_of(int64_t id)
{
	return id >= 1 && id <= 9 ? words_phenomena[id] : NULL;
}

const char *
tcs_mf_phenomenon(struct tcs_arena *arena, const json_t *id)
{
	int64_t number;

	if (!tcs_mf_integer(id, &number) || number < 0 || number > WORDS_ID_MAX)
		return NULL;
	return number >= 1 && number <= 9
	           ? words_phenomena[number]
	           : tcs_arena_printf(arena, "phenomene-%d", (int)number);
}

/* A colour's name in place of its number. */
static const char *
words_level_named(struct tcs_arena *arena, const json_t *color)
{
	static const char *const known[] = {
	    "vert", "jaune", "orange", "rouge", "violet"};
	const char *text = tcs_mf_text(arena, color);
	char name[WORDS_COLOR_MAX + 1] = "";
	size_t n = text == NULL ? 0 : strlen(text);

	if (n == 0 || n > WORDS_COLOR_MAX)
		return TCS_LEVEL_UNKNOWN;
	for (size_t i = 0; i < n; i++) {
		name[i] = text[i];
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] - 'A' + 'a');
		if (name[i] < 'a' || name[i] > 'z')
			return TCS_LEVEL_UNKNOWN;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(name, known[i]) == 0)
			return known[i];
	}
	/* A word that ranks on another scale is none of this one's. */
	if (strcmp(name, "gris") == 0 || strcmp(name, "grey") == 0 ||
	    tcs_level_rank(name) != TCS_RANK_UNKNOWN)
		return TCS_LEVEL_UNKNOWN;
	return tcs_arena_dup(arena, tcs_slice_str(name));
}

const char *
tcs_mf_level(struct tcs_arena *arena, const json_t *color)
{
	static const char *const names[] = {
	    "vert", "jaune", "orange", "rouge", "violet"};
	int64_t number;

	if (!tcs_mf_integer(color, &number))
		return words_level_named(arena, color);
	if (number >= 1 && number <= 5)
		return names[number - 1];
	return number > 5 && number < 100
	           ? tcs_arena_printf(arena, "couleur-%d", (int)number)
	           : TCS_LEVEL_UNKNOWN;
}

int
tcs_mf_gravity(const char *level)
{
	int rank = tcs_level_rank(level);

	return rank == TCS_RANK_UNKNOWN ? 3 : 2 * rank;
}

bool
tcs_mf_is_above_green(const char *level)
{
	return tcs_level_rank(level) > 1;
}

/* ---- days and hours ---- */

/* Year, month, day, hour, minute of the legal clock. */
static void
words_local(int64_t ms, int f[5])
{
	static const struct {
		int at, n;
	} parts[] = {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}};
	char iso[TCS_TIME_TEXT];

	(void)tcs_time_iso(ms, iso);
	for (int i = 0; i < 5; i++) {
		f[i] = 0;
		for (int k = 0; k < parts[i].n; k++)
			f[i] = f[i] * 10 + (iso[parts[i].at + k] - '0');
	}
}

/* 0 is Sunday (Sakamoto). */
static int
words_weekday(int year, int month, int day)
{
	static const int shift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};

	if (month < 3)
		year--;
	return (year + year / 4 - year / 100 + year / 400 + shift[month - 1] +
	           day) %
	       7;
}

void
tcs_mf_day(int64_t ms, struct tcs_buf *buf)
{
	static const char *const days[] = {"dimanche", "lundi", "mardi",
	    "mercredi", "jeudi", "vendredi", "samedi"};
	static const char *const months[] = {"janvier", "février", "mars",
	    "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
	    "novembre", "décembre"};
	int f[5];

	words_local(ms, f);
	tcs_buf_printf(buf, "%s %d%s %s", days[words_weekday(f[0], f[1], f[2])],
	    f[2], f[2] == 1 ? "er" : "", months[f[1] - 1]);
}

void
tcs_mf_hour(int64_t ms, bool is_end, struct tcs_buf *buf)
{
	int f[5];

	words_local(ms, f);
	if (is_end && f[3] == 0 && f[4] == 0)
		f[3] = 24;
	tcs_buf_printf(buf, "%d h", f[3]);
	if (f[4] != 0)
		tcs_buf_printf(buf, " %02d", f[4]);
}

/* ---- domains ---- */

bool
tcs_mf_is_domain(const char *domain)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t n = domain == NULL ? 0 : strspn(domain, allowed);

	return n > 0 && n <= MF_DOMAIN_MAX && domain[n] == '\0';
}

/* "VIGI971", "VIGI978-977-01": a territory overseas, or a part of one. */
static bool
words_overseas(const char *domain, struct mf_place *place)
{
	char code[4] = "";

	if (strncmp(domain, "VIGI", 4) != 0 || strlen(domain) < 7)
		return false;
	memcpy(code, domain + 4, 3);
	const struct tcs_departement *of = tcs_departement_find(code);
	place->word = "territoire";
	if (of != NULL) {
		place->departements[0] = of->code;
		/* A part of it goes by the source's name, or its code. */
		place->name = domain[7] == '\0' ? of->name : NULL;
	} else {
		place->is_national = true; /* a collectivité, no département */
	}
	return true;
}

struct mf_place
tcs_mf_place(const char *domain, const char *name)
{
	struct tcs_domain known = tcs_domain_find(domain);
	struct mf_place place = {.kind = known.kind, .name = known.name};

	switch (known.kind) {
	case TCS_DOMAIN_UNKNOWN:
		(void)words_overseas(domain, &place);
		break;
	case TCS_DOMAIN_DEPARTEMENT:
		break;
	case TCS_DOMAIN_COAST:
		place.word = "littoral";
		break;
	case TCS_DOMAIN_NATIONAL:
	case TCS_DOMAIN_ZONE:
	case TCS_DOMAIN_ABROAD:
		place.word = "territoire";
		place.is_national = true;
		break;
	}
	if (known.departement != NULL) {
		place.departements[0] = known.departement->code;
		place.name = known.departement->name;
	}
	if (place.name == NULL)
		place.name = name == NULL ? domain : name;
	return place;
}

bool
tcs_mf_is_followed(const struct mf *mf, const char *domain)
{
	if (mf->domains.n == 0)
		return true;
	struct mf_place place = tcs_mf_place(domain, NULL);
	for (size_t i = 0; i < mf->domains.n; i++) {
		const char *wanted = mf->domains.items[i];
		if (strcmp(wanted, domain) == 0 ||
		    (place.departements[0] != NULL &&
		        strcmp(wanted, place.departements[0]) == 0))
			return true;
	}
	return false;
}
