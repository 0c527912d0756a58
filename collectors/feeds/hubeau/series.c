#include "collectors/feeds/hubeau/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

enum { SERIES_ROWS_MAX = 200000 };

/* A value as much older than the newest gives its rate. */
#define SERIES_RATE_MIN_MS TCS_MINUTES(30)
#define SERIES_RATE_MS TCS_HOURS(1)
#define SERIES_RATE_MAX_MS TCS_MINUTES(130)

/* mm and l/s past which it is no water: 1 km, a million m³/s. */
#define SERIES_H_MAX 1e6
#define SERIES_Q_MAX 1e9

static bool
series_number(const json_t *value, double *ret_number)
{
	if (json_is_number(value)) {
		*ret_number = json_number_value(value);
		return isfinite(*ret_number);
	}
	if (!json_is_string(value))
		return false;
	json_t *inner = NULL;
	struct tcs_slice text =
	    tcs_slice(json_string_value(value), json_string_length(value));
	bool is_number = tcs_json_parse(tcs_slice_trim(text), &inner, NULL,
	                     NULL) == TCS_OK &&
	                 json_is_number(inner);
	if (is_number)
		*ret_number = json_number_value(inner);
	json_decref(inner);
	return is_number && isfinite(*ret_number);
}

/* 0 to 99, as number or text; -1: absent, null or anything else. */
static int
series_code(const json_t *value)
{
	double number;

	return series_number(value, &number) && number >= 0 && number < 100
	           ? (int)number
	           : -1;
}

static bool
series_station(const json_t *value, char station[HUBEAU_STATION_MAX])
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *code = json_string_value(value);
	size_t n = code == NULL ? 0 : strspn(code, allowed);

	if (n == 0 || n >= HUBEAU_STATION_MAX || code[n] != '\0')
		return false;
	memcpy(station, code, n + 1);
	return true;
}

/* H comes in mm, Q in l/s: a thousand of either is one of ours. */
static bool
series_read(const json_t *from, struct hubeau_row *row, bool *ret_has_value)
{
	const char *grandeur =
	    json_string_value(json_object_get(from, "grandeur_hydro"));
	const char *date = json_string_value(json_object_get(from, "date_obs"));
	const json_t *result = json_object_get(from, "resultat_obs");
	double value = 0;

	*row = (struct hubeau_row){
	    .statut = series_code(json_object_get(from, "code_statut")),
	    .qualification =
	        series_code(json_object_get(from, "code_qualification_obs"))};
	*ret_has_value = series_number(result, &value);
	row->value = value / 1000;
	if (grandeur == NULL || date == NULL ||
	    !series_station(
	        json_object_get(from, "code_station"), row->station) ||
	    tcs_time_parse(tcs_slice_str(date), &row->at_ms) != TCS_OK)
		return false;
	row->grandeur = grandeur[0];
	bool is_known =
	    strcmp(grandeur, "H") == 0 || strcmp(grandeur, "Q") == 0;
	double max = grandeur[0] == 'H' ? SERIES_H_MAX : SERIES_Q_MAX;
	return is_known && fabs(value) <= max;
}

static enum tcs_err
series_append(struct hubeau_rows *rows, const struct hubeau_row *row)
{
	if (rows->n >= SERIES_ROWS_MAX)
		return TCS_ELIMIT;
	if (rows->n == rows->cap) {
		size_t cap = rows->cap == 0 ? 256 : 2 * rows->cap;
		struct hubeau_row *items =
		    realloc(rows->items, cap * sizeof(*items));
		if (items == NULL)
			return TCS_ENOMEM;
		rows->items = items;
		rows->cap = cap;
	}
	rows->items[rows->n++] = *row;
	return TCS_OK;
}

enum tcs_err
tcs_hubeau_rows_add(struct hubeau_rows *rows, const json_t *data)
{
	size_t n = json_array_size(data);
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; err == TCS_OK && i < n; i++) {
		const json_t *from = json_array_get(data, i);
		struct hubeau_row row;
		bool has_value;
		rows->seen++;
		if (json_is_null(json_object_get(from, "code_station")))
			continue;
		if (!series_read(from, &row, &has_value))
			rows->unreadable++;
		else if (has_value)
			err = series_append(rows, &row);
	}
	return err;
}

void
tcs_hubeau_rows_fini(struct hubeau_rows *rows)
{
	free(rows->items);
	*rows = (struct hubeau_rows){0};
}

static int
series_same(const struct hubeau_row *a, const struct hubeau_row *b)
{
	int order = strcmp(a->station, b->station);

	return order != 0 ? order : (int)a->grandeur - (int)b->grandeur;
}

static int
series_order(const void *a, const void *b)
{
	const struct hubeau_row *x = a, *y = b;
	int order = series_same(x, y);

	if (order != 0)
		return order;
	if (x->at_ms != y->at_ms)
		return x->at_ms > y->at_ms ? -1 : 1;
	if (x->statut != y->statut)
		return x->statut > y->statut ? -1 : 1;
	if (x->qualification != y->qualification)
		return x->qualification > y->qualification ? -1 : 1;
	return x->value > y->value ? -1 : x->value < y->value;
}

void
tcs_hubeau_rows_sort(struct hubeau_rows *rows)
{
	if (rows->n > 1)
		qsort(
		    rows->items, rows->n, sizeof(rows->items[0]), series_order);
}

size_t
tcs_hubeau_series_length(const struct hubeau_rows *rows, size_t from)
{
	size_t n = 1;

	while (from + n < rows->n &&
	       series_same(&rows->items[from], &rows->items[from + n]) == 0)
		n++;
	return n;
}

bool
tcs_hubeau_series_rate(
    const struct hubeau_rows *rows, size_t from, double *ret_per_hour)
{
	const struct hubeau_row *newest = &rows->items[from], *then = NULL;
	size_t n = tcs_hubeau_series_length(rows, from);

	for (size_t i = 1; i < n; i++) {
		const struct hubeau_row *row = &newest[i];
		int64_t age_ms = newest->at_ms - row->at_ms;
		if (age_ms < SERIES_RATE_MIN_MS || age_ms > SERIES_RATE_MAX_MS)
			continue;
		if (then == NULL ||
		    llabs(age_ms - SERIES_RATE_MS) <
		        llabs(newest->at_ms - then->at_ms - SERIES_RATE_MS))
			then = row;
	}
	if (then == NULL)
		return false;
	double hours = (double)(newest->at_ms - then->at_ms) / TCS_HOURS(1);
	*ret_per_hour = (newest->value - then->value) / hours;
	return true;
}

/* Sandre, nomenclature 515. */
const char *
tcs_hubeau_qualification_word(int code)
{
	switch (code) {
	case 12:
		return "douteuse";
	case 16:
		return "non qualifiée";
	case 20:
		return "bonne";
	default:
		return NULL;
	}
}

const char *
tcs_hubeau_statut_word(int code)
{
	switch (code) {
	case 0:
		return "sans validation";
	case 4:
		return "brute";
	case 8:
		return "corrigée";
	case 12:
		return "pré-validée";
	case 16:
		return "validée";
	default:
		return NULL;
	}
}
