/* station.c - what a station is, and the words for what is measured there. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "collectors/feeds/vigicrues/vigicrues.h"
#include "core/arena.h"
#include "territory/codes.h"

enum { STATION_FLOODS_MAX = 200, STATION_VALUE_MAX = 64 };

static const struct vigicrues_quantity station_quantities[] = {
    {'H', "Hauteur", "hauteur", "prevision-hauteur", "m", 100},
    {'Q', "Débit", "debit", "prevision-debit", "m³/s", 100000},
};

const struct vigicrues_quantity *
tcs_vigicrues_quantity(char code)
{
	for (size_t i = 0; i < 2; i++) {
		if (station_quantities[i].code == code)
			return &station_quantities[i];
	}
	return NULL;
}

char
tcs_vigicrues_quantity_of(struct vigicrues_run *run,
    const struct vigicrues_body *body, json_t *value, const char *name)
{
	const char *text = tcs_vigicrues_text(run, value);

	if (text == NULL)
		text = tcs_vigicrues_asked(run, body, name);
	if (text == NULL)
		return 'H';
	if (strcasecmp(text, "H") == 0)
		return 'H';
	return strcasecmp(text, "Q") == 0 ? 'Q' : '\0';
}

/* ---- words ---- */

/* With a comma; "0,00", never "-0,00". */
static void
station_decimal(struct tcs_buf *buf, double value, int decimals)
{
	char text[STATION_VALUE_MAX];
	double scale = pow(10, decimals);

	if (round(value * scale) == 0)
		value = 0;
	(void)snprintf(text, sizeof(text), "%.*f", decimals, value);
	for (char *p = text; *p != '\0'; p++) {
		if (*p == '.')
			*p = ',';
	}
	tcs_buf_str(buf, text);
}

/* A height to the centimetre, a discharge to three figures. */
void
tcs_vigicrues_value(struct tcs_buf *buf,
    const struct vigicrues_quantity *quantity, double value)
{
	int decimals = 2;

	if (quantity->code == 'Q' && fabs(value) >= 10)
		decimals = fabs(value) >= 100 ? 0 : 1;
	station_decimal(buf, value, decimals);
	tcs_buf_printf(buf, " %s", quantity->unit);
}

void
tcs_vigicrues_when(struct tcs_buf *buf, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	/* "23/11/2026 14:05", with the zone where the hour comes twice. */
	(void)tcs_time_french(ms, text);
	if (strlen(text) < 16)
		tcs_buf_str(buf, text);
	else
		tcs_buf_printf(buf, "le %.10s à %.2s h %.2s%s", text, text + 11,
		    text + 14, text + 16);
}

double
tcs_vigicrues_step(const struct vigicrues *v, char quantity, double value)
{
	if (quantity == 'H')
		return (double)v->height_step_cm / 100;
	double step = fabs(value) * (double)v->flow_step_percent / 100;
	/* Of a trickle, a few per cent are nothing. */
	return step < 0.1 ? 0.1 : step;
}

/* ---- what a station is ---- */

/* Of the plain service, of JSON-LD, of v1.1. */
static json_t *
station_entity(json_t *root)
{
	json_t *entity = tcs_vigicrues_get(root, "StaEntVigiCru");

	if (entity == NULL)
		entity = tcs_vigicrues_get(root, "ListEntVigiCru");
	return entity == NULL ? root : tcs_vigicrues_at(entity, 0);
}

const char *
tcs_vigicrues_station_code(struct vigicrues_run *run, json_t *root)
{
	json_t *entity = station_entity(root);
	json_t *code = tcs_vigicrues_get(entity, "CdStationHydro");

	if (code == NULL)
		code = tcs_vigicrues_get(entity, "CdEntVigiCru");
	return tcs_vigicrues_code(run, code);
}

static void
station_fill(
    struct vigicrues_run *run, json_t *root, struct vigicrues_place *place)
{
	json_t *entity = station_entity(root);
	json_t *at = tcs_vigicrues_get(entity, "correspondA");
	json_t *name = tcs_vigicrues_get(entity, "LbStationHydro");
	json_t *commune = tcs_vigicrues_get(entity, "CdCommune");
	json_t *warned = tcs_vigicrues_get(entity, "VigilanceCrues");

	if (name == NULL)
		name = tcs_vigicrues_get(entity, "LbEntVigiCru");
	if (commune == NULL)
		commune = tcs_vigicrues_get(
		    tcs_vigicrues_get(at, "estSitueeSur"), "CdCommune");
	const char *insee = tcs_vigicrues_code(run, commune);
	const struct tcs_departement *d =
	    insee == NULL ? NULL : tcs_departement_of_insee(insee);
	if (place->name == NULL)
		place->name = tcs_vigicrues_text(run, name);
	if (place->departements[0] == NULL && d != NULL)
		place->departements[0] = d->code;
	if (place->floods == NULL)
		place->floods = tcs_vigicrues_get(warned, "CruesHistoriques");
}

struct vigicrues_place
tcs_vigicrues_place(struct vigicrues_run *run, const char *station)
{
	struct vigicrues_place place = {0};

	for (size_t i = 0; i < run->n; i++) {
		const struct vigicrues_body *body = &run->bodies[i];
		if (body->kind != VIGICRUES_STATION)
			continue;
		const char *code = tcs_vigicrues_station_code(run, body->root);
		if (code != NULL && strcmp(code, station) == 0)
			station_fill(run, body->root, &place);
	}
	return place;
}

/* ---- historic floods ---- */

struct vigicrues_floods
tcs_vigicrues_floods_read(
    struct vigicrues_run *run, json_t *floods, char quantity, double value)
{
	struct vigicrues_floods f = {.rank = 1};
	size_t n = tcs_vigicrues_count(floods);
	const struct vigicrues_quantity *q = tcs_vigicrues_quantity(quantity);

	for (size_t i = 0; i < n && i < STATION_FLOODS_MAX; i++) {
		json_t *flood = tcs_vigicrues_at(floods, i);
		const char *name = tcs_vigicrues_text(
		    run, tcs_vigicrues_get(flood, "LbUsuel"));
		double of;
		/* 0 stands for none. */
		if (!tcs_vigicrues_number(
		        tcs_vigicrues_get(
		            flood, quantity == 'H' ? "ValHauteur" : "ValDebit"),
		        &of) ||
		    of <= 0 || of > q->max || name == NULL)
			continue;
		f.n++;
		if (of > value) {
			f.rank++;
			if (f.above == NULL || of < f.above_value) {
				f.above = name;
				f.above_value = of;
			}
		} else if (f.below == NULL || of > f.below_value) {
			f.below = name;
			f.below_value = of;
		}
	}
	return f;
}
