#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "collectors/feeds/cap/cap.h"
#include "core/fold.h"
#include "territory/codes.h"

/* "FR822", NUTS 3 of France; EMMA's "FR022" has another numbering. */
static bool
place_is_nuts3(const char *value)
{
	return strlen(value) == 5 && strncmp(value, "FR", 2) == 0;
}

static const struct tcs_departement *
place_of_geocode(const struct tcs_cap_value *geocode)
{
	const char *name = geocode->name, *value = geocode->value;

	if (strcasecmp(name, "INSEE:DEP") == 0)
		return tcs_departement_find(value);
	if (strcasecmp(name, "INSEE") == 0)
		return tcs_departement_of_insee(value);
	if (strncasecmp(name, "NUTS", 4) == 0 && place_is_nuts3(value))
		return tcs_departement_of_nuts3(value);
	if (strncasecmp(name, "ISO3166-2", 9) == 0 &&
	    strncmp(value, "FR-", 3) == 0)
		return tcs_departement_find(value + 3);
	return NULL;
}

const char *
tcs_cf_geocode_departement(const struct tcs_cap_value *geocode)
{
	const struct tcs_departement *d = place_of_geocode(geocode);

	return d == NULL ? NULL : d->code;
}

/* The whole country, by code or by name. */
static bool
place_is_national(const struct tcs_cap_area *area)
{
	struct tcs_buf name;

	for (const struct tcs_cap_value *g = area->geocodes; g != NULL;
	     g = g->next) {
		bool is_country = strcasecmp(g->name, "ISO3166-1") == 0 ||
		                  strcasecmp(g->name, "ISO3166") == 0 ||
		                  strcasecmp(g->name, "country") == 0;
		if (is_country && (strcasecmp(g->value, "FR") == 0 ||
		                      strcasecmp(g->value, "FRA") == 0))
			return true;
	}
	if (area->desc == NULL)
		return false;
	tcs_buf_init(&name, CAP_KEY_MAX);
	tcs_fold(tcs_slice_str(area->desc), &name);
	struct tcs_slice text = tcs_slice_trim(tcs_buf_view(&name));
	bool is_national = tcs_slice_is(text, "france") ||
	                   tcs_slice_is(text, "france entiere") ||
	                   tcs_slice_is(text, "france metropolitaine") ||
	                   tcs_slice_is(text, "territoire national");
	tcs_buf_fini(&name);
	return is_national;
}

static size_t
place_add(struct cap_place *places, size_t n, size_t max,
    const struct tcs_departement *d, const struct tcs_cap_area *area)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(places[i].departement, d->code) == 0)
			return n;
	}
	if (n == max)
		return n;
	places[n] = (struct cap_place){.departement = d->code,
	    .name = area->desc == NULL ? d->name : area->desc};
	return n + 1;
}

size_t
tcs_cf_places(
    const struct tcs_cap_area *area, struct cap_place *places, size_t max)
{
	size_t n = 0;

	for (const struct tcs_cap_value *g = area->geocodes; g != NULL;
	     g = g->next) {
		const struct tcs_departement *d = place_of_geocode(g);
		if (d != NULL)
			n = place_add(places, n, max, d, area);
	}
	const struct tcs_departement *named =
	    n > 0 || area->desc == NULL ? NULL
	                                : tcs_departement_named(area->desc);
	if (named != NULL)
		n = place_add(places, n, max, named, area);
	if (n == 0 && max > 0)
		places[n++] = (struct cap_place){
		    .name = area->desc == NULL ? "zone sans nom" : area->desc,
		    .is_national = place_is_national(area)};
	return n;
}
