#include "cli/place.h"

#include <stdio.h>
#include <string.h>

#include "collectors/report/signal.h"
#include "territory/list.h"

/* Of the commune, which is the better one of both when they differ. */
static enum tcs_err
place_of_commune(const char *commune, const char *departement,
    struct tcs_place *place, struct tcs_diag *diag)
{
	if (!tcs_insee_is_valid(commune))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "--commune \"%.40s\" is no INSEE code; write: --commune "
		    "62040",
		    commune);
	tcs_insee_departement(commune, place->departement);
	place->commune = commune;
	if (departement == NULL || strcmp(departement, place->departement) == 0)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
	    "the commune %s is of département %s, not %.10s", commune,
	    place->departement, departement);
}

static enum tcs_err
place_of_departement(const struct tcs_conf *conf, const char *departement,
    struct tcs_place *place, struct tcs_diag *diag)
{
	const struct tcs_strings *ours = &conf->observatory.departements;

	if (departement == NULL && ours->n == 1)
		departement = ours->items[0];
	if (departement == NULL)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "which département is that in? Add --departement %s, or "
		    "--commune with its INSEE code",
		    ours->items[0]);
	if (strlen(departement) >= sizeof(place->departement))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "--departement \"%.40s\" is none; write: --departement %s",
		    departement, ours->items[0]);
	(void)snprintf(
	    place->departement, sizeof(place->departement), "%s", departement);
	return TCS_OK;
}

enum tcs_err
tcs_place_read(const struct tcs_conf *conf, const char *where,
    const char *commune, const char *departement, struct tcs_place *ret_place,
    struct tcs_diag *diag)
{
	struct tcs_place place = {.commune = NULL};
	bool is_code = tcs_insee_is_valid(where);
	enum tcs_err err;

	if (is_code && commune != NULL && strcmp(where, commune) != 0)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "--where %s and --commune %.40s are two communes", where,
		    commune);
	if (!is_code)
		place.text = where;
	if (is_code || commune != NULL)
		err = place_of_commune(
		    is_code ? where : commune, departement, &place, diag);
	else
		err = place_of_departement(conf, departement, &place, diag);
	if (err == TCS_OK)
		err = tcs_report_check_place(conf, place.departement, diag);
	if (err == TCS_OK)
		*ret_place = place;
	return err;
}
