#include "territory/communes.h"

#include <stdlib.h>
#include <string.h>

#include "territory/communes_rows.h"
#include "territory/names.h"

const char *
tcs_communes_path(void)
{
	return TOCSIN_COMMUNES_FILE;
}

void
tcs_communes_free(struct tcs_communes **communes)
{
	if (communes == NULL || *communes == NULL)
		return;
	tcs_arena_free(&(*communes)->arena);
	free((*communes)->epci.items);
	free((*communes)->communes.items);
	free((*communes)->parts.items);
	free(*communes);
	*communes = NULL;
}

/* Each row begins with its code. */
static int
communes_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void *
tcs_communes_row(const struct tcs_communes_rows *rows, const char *code)
{
	if (rows->n == 0 || code == NULL)
		return NULL;
	return bsearch(
	    &code, rows->items, rows->n, rows->size, communes_compare);
}

static struct tcs_commune_hit
communes_hit_whole(const struct tcs_commune *commune, bool is_exact)
{
	return (struct tcs_commune_hit){.commune = commune,
	    .part = TCS_COMMUNE_WHOLE,
	    .insee = commune->insee,
	    .name = commune->name,
	    .is_exact = is_exact};
}

static struct tcs_commune_hit
communes_hit_part(const struct tcs_communes_part *part, bool is_exact)
{
	return (struct tcs_commune_hit){.commune = part->commune,
	    .part = part->part,
	    .insee = part->insee,
	    .name = part->name,
	    .is_exact = is_exact};
}

struct tcs_commune_hit
tcs_communes_find(const struct tcs_communes *communes, const char *insee)
{
	if (communes == NULL)
		return (struct tcs_commune_hit){0};
	const struct tcs_commune *whole =
	    tcs_communes_row(&communes->communes, insee);
	if (whole != NULL)
		return communes_hit_whole(whole, true);
	const struct tcs_communes_part *part =
	    tcs_communes_row(&communes->parts, insee);
	return part != NULL ? communes_hit_part(part, true)
	                    : (struct tcs_commune_hit){0};
}

/* One search: what is looked for, and what was found so far. */
struct communes_search {
	const char *departement, *key;
	size_t key_n;
	bool is_exact; /* this pass: whole names, or only words of them */
	struct tcs_commune_hit *hits;
	size_t n, max;
};

/* Whole words of `name`, and not all of it. */
static bool
communes_has_words(const struct communes_search *s, const char *name)
{
	for (const char *at = strstr(name, s->key); at != NULL;
	     at = strstr(at + 1, s->key)) {
		char after = at[s->key_n];
		if ((at == name || at[-1] == ' ') &&
		    (after == '\0' || after == ' '))
			return at != name || after != '\0';
	}
	return false;
}

static bool
communes_is_hit(const struct communes_search *s,
    const struct tcs_commune *commune, const char *key)
{
	if (s->departement != NULL &&
	    strcmp(commune->departement, s->departement) != 0)
		return false;
	return s->is_exact ? strcmp(key, s->key) == 0
	                   : communes_has_words(s, key);
}

static void
communes_take(struct communes_search *s, struct tcs_commune_hit hit)
{
	if (s->n < s->max)
		s->hits[s->n] = hit;
	s->n++;
}

static void
communes_pass(struct communes_search *s, const struct tcs_communes *communes)
{
	const struct tcs_commune *all = (const void *)communes->communes.items;
	const struct tcs_communes_part *parts =
	    (const void *)communes->parts.items;

	for (size_t i = 0; i < communes->communes.n; i++)
		if (communes_is_hit(s, &all[i], all[i].key))
			communes_take(
			    s, communes_hit_whole(&all[i], s->is_exact));
	for (size_t i = 0; i < communes->parts.n; i++) {
		const struct tcs_communes_part *part = &parts[i];
		/* The part that bears the name of the whole. */
		if (strcmp(part->insee, part->of) == 0 &&
		    strcmp(part->key, part->commune->key) == 0)
			continue;
		if (communes_is_hit(s, part->commune, part->key))
			communes_take(s, communes_hit_part(part, s->is_exact));
	}
}

size_t
tcs_communes_search(const struct tcs_communes *communes,
    const char *departement, const char *name, struct tcs_commune_hit *hits,
    size_t max)
{
	struct communes_search s = {.departement = departement,
	    .is_exact = true,
	    .hits = hits,
	    .max = max};
	struct tcs_buf key;

	if (communes == NULL)
		return 0;
	tcs_buf_init(&key, TCS_COMMUNES_KEY_MAX);
	tcs_name_key(tcs_slice_str(name), &key);
	s.key = key.p;
	s.key_n = key.n;
	if (key.err == TCS_OK && key.n > 0) {
		communes_pass(&s, communes);
		s.is_exact = false;
		communes_pass(&s, communes);
	}
	tcs_buf_fini(&key);
	return s.n;
}

const struct tcs_commune *
tcs_communes_all(const struct tcs_communes *communes, size_t *ret_n)
{
	*ret_n = communes == NULL ? 0 : communes->communes.n;
	return communes == NULL ? NULL : (const void *)communes->communes.items;
}
