#include "cli/crosscheck.h"

#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/level.h"
#include "territory/codes.h"

enum {
	CROSSCHECK_DEPARTEMENTS_MAX = 128,
	CROSSCHECK_FLOODS = 4, /* Météo-France's phenomenon */
	CROSSCHECK_RED = 4,
};

/* Beyond it two documents may differ because the water rose. */
#define CROSSCHECK_APART_MS TCS_HOURS(3)

/* Of one département; ranks as core/level.h, 0: nothing is said. */
struct crosscheck_place {
	const struct tcs_departement *departement;
	int carte, map;
	bool is_unread; /* a tronçon of it has no level that can be read */
};

struct crosscheck {
	const struct tcs_crosscheck_in *in;
	struct tcs_buf *out;
	int64_t carte_ms;
	struct crosscheck_place places[CROSSCHECK_DEPARTEMENTS_MAX];
	size_t n;
};

static const char *
crosscheck_word(int rank)
{
	static const char *const words[] = {
	    "none", "vert", "jaune", "orange", "rouge"};

	return words[rank];
}

/* Numbers come as numbers and as strings. 0: not one from 1 to `max`. */
static int
crosscheck_number(const json_t *value, int max)
{
	int64_t n = 0;

	if (json_is_integer(value))
		n = json_integer_value(value);
	else if (json_is_string(value) &&
	         tcs_slice_i64(tcs_slice_str(json_string_value(value)), 1, max,
	             &n) != TCS_OK)
		n = 0;
	return n >= 1 && n <= max ? (int)n : 0;
}

static struct crosscheck_place *
crosscheck_place(struct crosscheck *c, const char *code)
{
	for (size_t i = 0; code != NULL && i < c->n; i++)
		if (strcmp(c->places[i].departement->code, code) == 0)
			return &c->places[i];
	return NULL;
}

static void
crosscheck_domain(struct crosscheck *c, json_t *domain)
{
	struct crosscheck_place *place =
	    crosscheck_place(c, tcs_json_str(domain, "domain_id", NULL));
	json_t *items = json_object_get(domain, "phenomenon_items");

	for (size_t i = 0; place != NULL && i < json_array_size(items); i++) {
		json_t *item = json_array_get(items, i);
		int colour = crosscheck_number(
		    json_object_get(item, "phenomenon_max_color_id"),
		    CROSSCHECK_RED);
		if (crosscheck_number(json_object_get(item, "phenomenon_id"),
		        99) == CROSSCHECK_FLOODS &&
		    colour > place->carte)
			place->carte = colour;
	}
}

/* The period that holds now: "J". */
static json_t *
crosscheck_today(const json_t *product)
{
	json_t *periods = json_object_get(product, "periods");

	for (size_t i = 0; i < json_array_size(periods); i++) {
		json_t *period = json_array_get(periods, i);
		if (strcmp(tcs_json_str(period, "echeance", ""), "J") == 0)
			return period;
	}
	return NULL;
}

static enum tcs_err
crosscheck_carte(struct crosscheck *c, struct tcs_diag *diag)
{
	json_t *root = NULL;
	enum tcs_err err = tcs_json_parse(c->in->carte, &root, NULL, diag);

	if (err != TCS_OK)
		return err;
	json_t *product = json_object_get(root, "product");
	json_t *domains = json_object_get(
	    json_object_get(crosscheck_today(product), "timelaps"),
	    "domain_ids");
	const char *issued = tcs_json_str(product, "update_time", "");
	if (!json_is_array(domains))
		err = tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "not a cartevigilance: no domains for J");
	else if (tcs_time_parse(tcs_slice_str(issued), &c->carte_ms) != TCS_OK)
		err = tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "not a cartevigilance: no update_time");
	for (size_t i = 0; err == TCS_OK && i < json_array_size(domains); i++)
		crosscheck_domain(c, json_array_get(domains, i));
	json_decref(root);
	return err;
}

static bool
crosscheck_is_flood(const struct tcs_reading *reading)
{
	return reading->kind == TCS_READING_LEVEL &&
	       strcmp(reading->phenomenon, "crues") == 0;
}

static void
crosscheck_map(struct crosscheck *c)
{
	const struct tcs_readings *map = c->in->map;

	for (size_t i = 0; i < map->n; i++) {
		const struct tcs_reading *reading = &map->items[i];
		const char *const *in =
		    tcs_zonetable_find(c->in->table, reading->zone);
		int rank = tcs_level_rank(reading->level);
		if (!crosscheck_is_flood(reading))
			continue;
		for (; in != NULL && *in != NULL; in++) {
			struct crosscheck_place *place =
			    crosscheck_place(c, *in);
			if (place == NULL)
				continue;
			if (rank < 1 || rank > CROSSCHECK_RED)
				place->is_unread = true;
			else if (rank > place->map)
				place->map = rank;
		}
	}
}

static bool
crosscheck_has(const char *const *departements, const char *code)
{
	for (; *departements != NULL; departements++)
		if (strcmp(*departements, code) == 0)
			return true;
	return false;
}

/* Which tronçons can be why: of those of the département the ones above what
 * Météo-France shows, or, when it shows more, all of them and those of that
 * level that no row places anywhere. */
static void
crosscheck_row(const struct crosscheck *c, const struct crosscheck_place *place,
    const struct tcs_reading *reading)
{
	const struct tcs_zonetable *table = c->in->table;
	const char *const *in = tcs_zonetable_find(table, reading->zone);
	int rank = tcs_level_rank(reading->level);
	bool is_cause = rank > place->carte;
	const char *state = "in no row";

	if (place->map < place->carte)
		is_cause = in != NULL || rank >= place->carte;
	if (in != NULL && !crosscheck_has(in, place->departement->code))
		return;
	if (!is_cause || (in == NULL && place->map > place->carte))
		return;
	if (in != NULL)
		state = tcs_zonetable_is_verified(table, reading->zone)
		            ? "verified"
		            : "not verified";
	tcs_buf_printf(c->out, "    %-6s %-8s %-13s %s\n", reading->zone,
	    reading->level, state, reading->zone_name);
}

static void
crosscheck_differs(
    const struct crosscheck *c, const struct crosscheck_place *place)
{
	const struct tcs_readings *map = c->in->map;

	tcs_buf_printf(c->out, "%s %s: Météo-France %s, its tronçons %s%s\n",
	    place->departement->code, place->departement->name,
	    crosscheck_word(place->carte), crosscheck_word(place->map),
	    place->is_unread ? " (one cannot be read)" : "");
	for (size_t i = 0; i < map->n; i++)
		if (crosscheck_is_flood(&map->items[i]))
			crosscheck_row(c, place, &map->items[i]);
}

static void
crosscheck_times(const struct crosscheck *c)
{
	char text[TCS_TIME_TEXT];
	int64_t map_ms = c->in->map->document.issued_ms;
	int64_t apart_ms =
	    map_ms > c->carte_ms ? map_ms - c->carte_ms : c->carte_ms - map_ms;

	tcs_buf_printf(c->out, "Vigicrues    %s\n", tcs_time_iso(map_ms, text));
	tcs_buf_printf(
	    c->out, "Météo-France %s\n", tcs_time_iso(c->carte_ms, text));
	if (apart_ms > CROSSCHECK_APART_MS)
		tcs_buf_printf(c->out,
		    "warning: they are %lld h apart, and levels change\n",
		    (long long)(apart_ms / TCS_HOURS(1)));
}

/* A département without any tronçon is green in both. */
static bool
crosscheck_agrees(const struct crosscheck_place *place)
{
	return place->carte == place->map ||
	       (place->carte == 1 && place->map == 0);
}

enum tcs_err
tcs_crosscheck(const struct tcs_crosscheck_in *in, struct tcs_buf *out,
    struct tcs_crosscheck *ret_count, struct tcs_diag *diag)
{
	struct crosscheck c = {.in = in, .out = out};
	struct tcs_crosscheck count = {0};
	const struct tcs_departement *all = tcs_departements(&c.n);

	tcs_assert(c.n <= CROSSCHECK_DEPARTEMENTS_MAX);
	for (size_t i = 0; i < c.n; i++)
		c.places[i].departement = &all[i];
	enum tcs_err err = crosscheck_carte(&c, diag);
	if (err != TCS_OK)
		return err;
	crosscheck_map(&c);
	crosscheck_times(&c);
	for (size_t i = 0; i < c.n; i++) {
		if (c.places[i].carte == 0) {
			count.unsaid++;
		} else if (crosscheck_agrees(&c.places[i])) {
			count.agree++;
		} else {
			count.differ++;
			crosscheck_differs(&c, &c.places[i]);
		}
	}
	tcs_buf_printf(out, "départements: %zu agree, %zu differ, %zu unsaid\n",
	    count.agree, count.differ, count.unsaid);
	if (out->err == TCS_OK)
		*ret_count = count;
	return out->err;
}
