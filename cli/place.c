#include "cli/place.h"

#include <stdio.h>
#include <string.h>

#include "collectors/report/signal.h"
#include "core/buf.h"
#include "territory/communes.h"
#include "territory/list.h"

enum { PLACE_HITS_MAX = 6, PLACE_NAMES_MAX = 600 };

struct place_reader {
	const struct tcs_conf *conf;
	const struct tcs_communes *communes;
	const struct tcs_place_words *words;
	struct tcs_place place;
	struct tcs_diag *diag;
};

/* Communes that a name may mean. */
struct place_hits {
	struct tcs_commune_hit items[PLACE_HITS_MAX];
	size_t n, exact_n;
};

/* Today's commune, and what part of it was meant. */
static void
place_take_hit(struct place_reader *r, const struct tcs_commune_hit *hit)
{
	bool is_part = hit->part != TCS_COMMUNE_WHOLE && hit->name[0] != '\0';

	r->place.commune = hit->commune->insee;
	r->place.name = hit->commune->name;
	if (is_part && r->place.text == NULL)
		r->place.text = hit->name;
	(void)snprintf(r->place.departement, sizeof(r->place.departement), "%s",
	    hit->commune->departement);
}

static enum tcs_err
place_of_code(struct place_reader *r, const char *code)
{
	const struct tcs_commune_hit hit = tcs_communes_find(r->communes, code);
	const char *departement = r->words->departement;

	if (!tcs_insee_is_valid(code))
		return tcs_diag_add(r->diag, TCS_EINVAL, NULL, 0,
		    "--commune \"%.40s\" is no INSEE code; write: --commune "
		    "62040",
		    code);
	if (r->communes != NULL && hit.commune == NULL)
		return tcs_diag_add(r->diag, TCS_EINVAL, NULL, 0,
		    "no commune has the INSEE code %s", code);
	r->place.commune = code;
	tcs_insee_departement(code, r->place.departement);
	if (hit.commune != NULL)
		place_take_hit(r, &hit);
	if (departement == NULL ||
	    strcmp(departement, r->place.departement) == 0)
		return TCS_OK;
	return tcs_diag_add(r->diag, TCS_EINVAL, NULL, 0,
	    "the commune %s is of département %s, not %.10s", code,
	    r->place.departement, departement);
}

/* In a département, in its own words. */
static enum tcs_err
place_of_words(struct place_reader *r)
{
	const struct tcs_strings *ours = &r->conf->observatory.departements;
	const char *departement = r->words->departement;

	if (departement == NULL && ours->n == 1)
		departement = ours->items[0];
	if (departement == NULL)
		return tcs_diag_add(r->diag, TCS_EINVAL, NULL, 0,
		    "which département is that in? Add --departement %s, or "
		    "--commune with its INSEE code",
		    ours->items[0]);
	if (strlen(departement) >= sizeof(r->place.departement))
		return tcs_diag_add(r->diag, TCS_EINVAL, NULL, 0,
		    "--departement \"%.40s\" is none; write: --departement %s",
		    departement, ours->items[0]);
	(void)snprintf(r->place.departement, sizeof(r->place.departement), "%s",
	    departement);
	r->place.text = r->words->where;
	return TCS_OK;
}

static void
place_search_in(const struct place_reader *r, const char *departement,
    struct place_hits *hits)
{
	size_t left = PLACE_HITS_MAX - hits->n;
	struct tcs_commune_hit *to = hits->items + hits->n;
	size_t n = left == 0 ? 0
	                     : tcs_communes_search(r->communes, departement,
	                           r->words->where, to, left);

	for (size_t i = 0; i < n && i < left; i++) {
		hits->exact_n += to[i].is_exact;
		hits->n++;
	}
}

static void
place_search(const struct place_reader *r, struct place_hits *hits)
{
	const struct tcs_strings *ours = &r->conf->observatory.departements;

	*hits = (struct place_hits){.n = 0};
	if (r->words->departement != NULL) {
		place_search_in(r, r->words->departement, hits);
		return;
	}
	for (size_t i = 0; i < ours->n; i++)
		place_search_in(r, ours->items[i], hits);
}

/* "62040 Arques, 62999 Arques-le-Vieux" */
static enum tcs_err
place_refuse(const struct place_reader *r, const struct place_hits *hits)
{
	struct tcs_buf names;

	tcs_buf_init(&names, PLACE_NAMES_MAX);
	for (size_t i = 0; i < hits->n; i++)
		tcs_buf_printf(&names, "%s%s %s", i == 0 ? "" : ", ",
		    hits->items[i].commune->insee,
		    hits->items[i].commune->name);
	enum tcs_err err = tcs_diag_add(r->diag, TCS_EINVAL, NULL, 0,
	    "--where \"%.80s\": which one is it? %s%s", r->words->where,
	    names.err == TCS_OK ? names.p : "several",
	    hits->exact_n > 1 ? "; write its INSEE code"
	                      : "; write its INSEE code, or add --departement "
	                        "to have it taken as it is");
	tcs_buf_fini(&names);
	return err;
}

/* The only commune of that name; else, once the département was said, a place
 * in its own words. */
static enum tcs_err
place_of_name(struct place_reader *r)
{
	struct place_hits hits;

	place_search(r, &hits);
	if (hits.exact_n == 1) {
		size_t i = 0;
		while (!hits.items[i].is_exact)
			i++;
		place_take_hit(r, &hits.items[i]);
		return TCS_OK;
	}
	if (hits.exact_n > 1 || (hits.n > 0 && r->words->departement == NULL))
		return place_refuse(r, &hits);
	return place_of_words(r);
}

enum tcs_err
tcs_place_read(const struct tcs_conf *conf, const struct tcs_communes *communes,
    const struct tcs_place_words *words, struct tcs_place *ret_place,
    struct tcs_diag *diag)
{
	struct place_reader r = {
	    .conf = conf, .communes = communes, .words = words, .diag = diag};
	bool is_code = tcs_insee_is_valid(words->where);
	enum tcs_err err;

	if (is_code && words->commune != NULL &&
	    strcmp(words->where, words->commune) != 0)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "--where %s and --commune %.40s are two communes",
		    words->where, words->commune);
	if (!is_code && words->commune != NULL)
		r.place.text = words->where;
	if (is_code || words->commune != NULL)
		err =
		    place_of_code(&r, is_code ? words->where : words->commune);
	else
		err = place_of_name(&r);
	if (err == TCS_OK)
		err = tcs_report_check_place(conf, r.place.departement, diag);
	if (err == TCS_OK)
		*ret_place = r.place;
	return err;
}
