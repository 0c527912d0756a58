#include "collectors/feeds/avalanche/massifs.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/fold.h"
#include "territory/codes.h"

enum { MASSIFS_NAME_MAX = 200, MASSIFS_KEY_MAX = 800 };

#define MASSIFS_ANDORRE "71"

bool
tcs_avalanche_code(struct tcs_slice text, char code[AVALANCHE_CODE_MAX])
{
	uint64_t number;

	if (tcs_slice_u64(tcs_slice_trim(text), 999, &number) != TCS_OK ||
	    number == 0)
		return false;
	(void)snprintf(code, AVALANCHE_CODE_MAX, "%u", (unsigned)number);
	return true;
}

static bool
massifs_same_name(const char *a, const char *b)
{
	struct tcs_buf x, y;

	tcs_buf_init(&x, MASSIFS_KEY_MAX);
	tcs_buf_init(&y, MASSIFS_KEY_MAX);
	tcs_fold(tcs_slice_str(a), &x);
	tcs_fold(tcs_slice_str(b), &y);
	bool is_same = x.err == TCS_OK && y.err == TCS_OK &&
	               tcs_slice_equal(tcs_buf_view(&x), tcs_buf_view(&y)) &&
	               x.n > 1;
	tcs_buf_fini(&x);
	tcs_buf_fini(&y);
	return is_same;
}

static json_t *
massifs_get(json_t *object, const char *name)
{
	void *at = json_object_iter(object);

	for (; at != NULL; at = json_object_iter_next(object, at)) {
		if (strcasecmp(json_object_iter_key(at), name) == 0)
			return json_object_iter_value(at);
	}
	return NULL;
}

static void
massifs_add_departement(struct avalanche_massif *massif, struct tcs_slice text)
{
	char name[MASSIFS_NAME_MAX];
	size_t n = 0;

	text = tcs_slice_trim(text);
	if (text.n == 0 || text.n >= sizeof(name))
		return;
	memcpy(name, text.p, text.n);
	name[text.n] = '\0';
	const struct tcs_departement *found = tcs_departement_find(name);
	if (found == NULL)
		found = tcs_departement_named(name);
	while (massif->departements[n] != NULL) {
		if (found == NULL ||
		    strcmp(massif->departements[n], found->code) == 0)
			return;
		n++;
	}
	if (found != NULL && n < AVALANCHE_DEPARTEMENTS_MAX)
		massif->departements[n] = found->code;
}

/* A name, "Hautes-Pyrenees", a code, or several of them. */
static void
massifs_add_departements(struct avalanche_massif *massif, const json_t *value)
{
	struct tcs_slice rest = tcs_slice_str(json_string_value(value));

	while (rest.p != NULL && rest.n > 0) {
		size_t n = 0;
		while (n < rest.n && strchr(",;/", rest.p[n]) == NULL)
			n++;
		massifs_add_departement(massif, tcs_slice(rest.p, n));
		n += n < rest.n;
		rest = tcs_slice(rest.p + n, rest.n - n);
	}
}

static bool
massifs_code(const json_t *value, char code[AVALANCHE_CODE_MAX])
{
	char text[32];

	if (json_is_string(value))
		return tcs_avalanche_code(
		    tcs_slice_str(json_string_value(value)), code);
	if (!json_is_number(value) || json_number_value(value) < 1 ||
	    json_number_value(value) > 999)
		return false;
	(void)snprintf(text, sizeof(text), "%d", (int)json_number_value(value));
	return tcs_avalanche_code(tcs_slice_str(text), code);
}

enum tcs_err
tcs_avalanche_massifs_read(struct tcs_arena *arena, json_t *list,
    struct avalanche_massifs *ret_massifs, struct tcs_diag *diag)
{
	json_t *features = massifs_get(list, "features");
	size_t n = json_array_size(features);
	struct avalanche_massifs massifs = {0};

	if (!json_is_array(features) || n == 0 || n > AVALANCHE_MASSIFS_MAX)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "\"features\" is no array of 1 to %d massifs: not the "
		    "list of massifs",
		    AVALANCHE_MASSIFS_MAX);
	massifs.items = tcs_arena_alloc(arena, n * sizeof(*massifs.items));
	if (massifs.items == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct avalanche_massif *massif = &massifs.items[massifs.n];
		json_t *properties =
		    massifs_get(json_array_get(features, i), "properties");
		const char *title =
		    json_string_value(massifs_get(properties, "title"));
		if (!massifs_code(
		        massifs_get(properties, "code"), massif->code) ||
		    title == NULL || title[0] == '\0')
			continue;
		massif->title = tcs_arena_dup(arena, tcs_slice_str(title));
		if (massif->title == NULL)
			return TCS_ENOMEM;
		massifs_add_departements(
		    massif, massifs_get(properties, "departemen"));
		massifs_add_departements(
		    massif, massifs_get(properties, "dep2"));
		massifs.n++;
	}
	if (massifs.n == 0)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "no feature has \"code\" and \"title\": not the list of "
		    "massifs");
	*ret_massifs = massifs;
	return TCS_OK;
}

static bool
massifs_is(const struct avalanche_massif *massif, const char *which)
{
	char code[AVALANCHE_CODE_MAX];

	if (tcs_avalanche_code(tcs_slice_str(which), code))
		return strcmp(massif->code, code) == 0;
	return massifs_same_name(massif->title, which);
}

const struct avalanche_massif *
tcs_avalanche_massif_find(
    const struct avalanche_massifs *massifs, const char *which)
{
	for (size_t i = 0; which != NULL && i < massifs->n; i++) {
		if (massifs_is(&massifs->items[i], which))
			return &massifs->items[i];
	}
	return NULL;
}

bool
tcs_avalanche_massif_is_chosen(const struct avalanche_massif *massif,
    const struct tcs_strings *massifs, const struct tcs_strings *departements)
{
	bool is_named = massifs->n == 0, is_there = departements->n == 0;

	if (strcmp(massif->code, MASSIFS_ANDORRE) == 0)
		return false;
	for (size_t i = 0; !is_named && i < massifs->n; i++)
		is_named = massifs_is(massif, massifs->items[i]);
	for (size_t i = 0; !is_there && i < departements->n; i++) {
		const char *const *d = massif->departements;
		while (*d != NULL && strcmp(*d, departements->items[i]) != 0)
			d++;
		is_there = *d != NULL;
	}
	return is_named && is_there;
}
