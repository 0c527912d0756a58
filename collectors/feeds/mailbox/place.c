/* place.c - the communes and départements that a mail names. */
#include <string.h>

#include "collectors/feeds/mailbox/recogniser.h"
#include "core/arena.h"
#include "core/buf.h"
#include "territory/codes.h"
#include "territory/communes.h"

enum {
	PLACE_ITEM_MAX = 80,
	PLACE_HITS_MAX = 4,
	PLACE_UNPLACED_MAX = 1000,
	PLACE_INSEE = 5,
};

/* ---- départements ---- */

static void
place_add_departement(struct tcs_recognised *ret, const char *code)
{
	for (size_t i = 0; i < ret->departements_n; i++) {
		if (strcmp(ret->departements[i], code) == 0)
			return;
	}
	if (ret->departements_n < TCS_RECOGNISED_DEPARTEMENTS_MAX)
		ret->departements[ret->departements_n++] = code;
}

static const struct tcs_departement *
place_departement(struct tcs_slice text)
{
	char name[PLACE_ITEM_MAX + 1];

	text = tcs_slice_trim(text);
	if (text.n == 0 || text.n > PLACE_ITEM_MAX)
		return NULL;
	memcpy(name, text.p, text.n);
	name[text.n] = '\0';
	const struct tcs_departement *d = tcs_departement_find(name);
	return d != NULL ? d : tcs_departement_named(name);
}

/* One name, or several parted by blanks, commas or semicolons. */
void
tcs_recogniser_departements(struct tcs_slice text, struct tcs_recognised *ret)
{
	static const char ends[] = " ,;\n\t";
	const struct tcs_departement *whole = place_departement(text);
	size_t from = 0;

	if (whole != NULL) {
		place_add_departement(ret, whole->code);
		return;
	}
	for (size_t i = 0; i <= text.n && text.p != NULL; i++) {
		if (i < text.n && strchr(ends, text.p[i]) == NULL)
			continue;
		const struct tcs_departement *d =
		    place_departement(tcs_slice(text.p + from, i - from));
		if (d != NULL)
			place_add_departement(ret, d->code);
		from = i + 1;
	}
}

/* ---- communes ---- */

/* What the names of one list are looked up with. */
struct place_run {
	const struct tcs_communes *communes;
	struct tcs_arena *arena;
	struct tcs_recognised *ret;
	struct tcs_buf unplaced;
	bool is_bound; /* the départements were named: look nowhere else */
};

static void
place_add(struct place_run *run, const char *insee, const char *name)
{
	struct tcs_recognised *ret = run->ret;
	const struct tcs_departement *d = tcs_departement_of_insee(insee);

	for (size_t i = 0; i < ret->communes_n; i++) {
		if (strcmp(ret->communes[i], insee) == 0)
			return;
	}
	if (ret->communes_n == TCS_RECOGNISED_COMMUNES_MAX)
		return;
	ret->communes[ret->communes_n] =
	    tcs_arena_dup(run->arena, tcs_slice_str(insee));
	ret->names[ret->communes_n] =
	    tcs_arena_dup(run->arena, tcs_slice_str(name));
	if (ret->communes[ret->communes_n] == NULL ||
	    ret->names[ret->communes_n] == NULL)
		return;
	ret->communes_n++;
	if (d != NULL && !run->is_bound)
		place_add_departement(ret, d->code);
}

/* The one commune of that whole name; two of a name are none. */
static bool
place_named(struct place_run *run, const char *departement, const char *name)
{
	struct tcs_commune_hit hits[PLACE_HITS_MAX];
	size_t n = tcs_communes_search(
	    run->communes, departement, name, hits, PLACE_HITS_MAX);
	const struct tcs_commune *one = NULL;

	for (size_t i = 0; i < n && i < PLACE_HITS_MAX; i++) {
		if (!hits[i].is_exact || hits[i].commune == one)
			continue;
		if (one != NULL)
			return false;
		one = hits[i].commune;
	}
	if (one != NULL)
		place_add(run, one->insee, one->name);
	return one != NULL;
}

static bool
place_by_name(struct place_run *run, const char *departement, const char *name)
{
	const struct tcs_recognised *ret = run->ret;
	bool is_found = false;

	if (departement != NULL || !run->is_bound)
		return place_named(run, departement, name);
	for (size_t i = 0; i < ret->departements_n && !is_found; i++)
		is_found = place_named(run, ret->departements[i], name);
	return is_found;
}

static bool
place_by_code(struct place_run *run, const char *code)
{
	if (strlen(code) != PLACE_INSEE ||
	    tcs_departement_of_insee(code) == NULL)
		return false;
	struct tcs_commune_hit hit = tcs_communes_find(run->communes, code);
	if (run->communes != NULL && hit.commune == NULL)
		return false;
	place_add(run, hit.commune == NULL ? code : hit.commune->insee,
	    hit.commune == NULL ? "" : hit.commune->name);
	return true;
}

/* "Arques (62)", "Arques (62040)", "62040 Arques": what stands between ( ), or
 * the code before the name, apart from the name. */
static void
place_split(char *item, char **ret_name, char **ret_code)
{
	char *open = strchr(item, '(');

	*ret_name = item;
	*ret_code = NULL;
	if (open != NULL) {
		open[0] = '\0';
		open[strcspn(open + 1, ")") + 1] = '\0';
		*ret_code = open + 1;
	} else if (strspn(item, "0123456789AB") == PLACE_INSEE &&
	           (item[PLACE_INSEE] == ' ' || item[PLACE_INSEE] == '\0')) {
		*ret_name = item + PLACE_INSEE;
		*ret_code = item;
		if (item[PLACE_INSEE] == ' ') {
			item[PLACE_INSEE] = '\0';
			*ret_name = item + PLACE_INSEE + 1;
		}
	}
}

static void
place_item(struct place_run *run, struct tcs_slice text)
{
	char item[PLACE_ITEM_MAX + 1], *name, *code;

	text = tcs_slice_trim(text);
	while (text.n > 0 && (text.p[0] == '-' || text.p[0] == '*'))
		text = tcs_slice_trim(tcs_slice(text.p + 1, text.n - 1));
	while (text.n > 0 && text.p[text.n - 1] == '.')
		text = tcs_slice_trim(tcs_slice(text.p, text.n - 1));
	if (text.n == 0 || text.n > PLACE_ITEM_MAX)
		return;
	memcpy(item, text.p, text.n);
	item[text.n] = '\0';
	place_split(item, &name, &code);
	const struct tcs_departement *d =
	    code == NULL ? NULL : place_departement(tcs_slice_str(code));
	/* A postcode looks like a code: the name is asked first. */
	bool is_found =
	    (tcs_slice_trim(tcs_slice_str(name)).n > 0 &&
	        place_by_name(run, d == NULL ? NULL : d->code, name)) ||
	    (code != NULL && place_by_code(run, code));
	if (is_found)
		return;
	if (run->unplaced.n > 0)
		tcs_buf_str(&run->unplaced, ", ");
	tcs_buf_slice(&run->unplaced, text);
}

/* Names are parted by commas, semicolons, bullets, line ends and " et ". */
static size_t
place_end(struct tcs_slice text, size_t *ret_skip)
{
	static const struct {
		const char *text;
	} ends[] = {{","}, {";"}, {"\n"}, {"•"}, {" et "}};

	for (size_t i = 0; i < text.n; i++) {
		for (size_t k = 0; k < sizeof(ends) / sizeof(ends[0]); k++) {
			struct tcs_slice rest =
			    tcs_slice(text.p + i, text.n - i);
			if (tcs_slice_starts(rest, ends[k].text)) {
				*ret_skip = strlen(ends[k].text);
				return i;
			}
		}
	}
	*ret_skip = 0;
	return text.n;
}

void
tcs_recogniser_place(const struct tcs_communes *communes, struct tcs_slice text,
    struct tcs_arena *arena, struct tcs_recognised *ret)
{
	struct place_run run = {.communes = communes,
	    .arena = arena,
	    .ret = ret,
	    .is_bound = ret->departements_n > 0};

	tcs_buf_init(&run.unplaced, PLACE_UNPLACED_MAX);
	for (int i = 0; i < TCS_RECOGNISED_COMMUNES_MAX && text.n > 0; i++) {
		size_t skip, n = place_end(text, &skip);
		place_item(&run, tcs_slice(text.p, n));
		text = tcs_slice(text.p + n + skip, text.n - n - skip);
	}
	if (run.unplaced.n > 0)
		ret->unplaced =
		    tcs_arena_dup(arena, tcs_buf_view(&run.unplaced));
	tcs_buf_fini(&run.unplaced);
}
