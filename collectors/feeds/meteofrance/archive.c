/* archive.c - the keyless archive: an index of all folders, one a product, and
 * in each the same files that the API serves.
 *
 * The index nests years, months, days and folders, {"2026":{"10":{"04":
 * {"080010":["CDP_CARTE_EXTERNE.json", …]}}}}; any other nesting that spells
 * YYYY/MM/DD/HHMMSS is read as well. Some folders have texts only. */
#include <stdio.h>
#include <string.h>

#include "collectors/feeds/meteofrance/mf.h"
#include "core/clock.h"

enum {
	ARCHIVE_FOLDER = 17,   /* "2026/10/04/080010" */
	ARCHIVE_TRIES_MAX = 8, /* folders that may turn out to have no map */
	ARCHIVE_DEPTH_MAX = 16,
	ARCHIVE_PATH_MAX = 200,
};

#define ARCHIVE_CARTE "CDP_CARTE_EXTERNE.json"
#define ARCHIVE_TEXTES "CDP_TEXTES_VIGILANCE.json"

/* The newest folders, newest first. */
struct archive_list {
	char folders[ARCHIVE_TRIES_MAX][ARCHIVE_FOLDER + 1];
	size_t n;
};

/* The index under way of being read. */
struct archive {
	int64_t now_ms; /* no product is later */
	struct archive_list cartes, textes;
	size_t found;
};

/* ---- folders ---- */

/* The last YYYY/MM/DD/HHMMSS of a path that is a date and time. */
static const char *
archive_folder(const char *path, int64_t *ret_ms)
{
	static const char shape[] = "dddd/dd/dd/dddddd";
	const char *end = path + strlen(path), *found = NULL;
	char iso[32];

	for (const char *p = path; end - p >= ARCHIVE_FOLDER; p++) {
		int i = 0;
		while (i < ARCHIVE_FOLDER &&
		       (shape[i] == 'd' ? p[i] >= '0' && p[i] <= '9'
		                        : p[i] == '/'))
			i++;
		if (i < ARCHIVE_FOLDER || (p[i] != '\0' && p[i] != '/'))
			continue;
		(void)snprintf(iso, sizeof(iso),
		    "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", p, p + 5, p + 8, p + 11,
		    p + 13, p + 15);
		if (tcs_time_parse(tcs_slice_str(iso), ret_ms) == TCS_OK)
			found = p;
	}
	return found;
}

static void
archive_keep(struct archive_list *list, const char *folder)
{
	size_t i = 0;
	int order = 1;

	while (i < list->n &&
	       (order = strncmp(list->folders[i], folder, ARCHIVE_FOLDER)) > 0)
		i++;
	if (i >= ARCHIVE_TRIES_MAX || (i < list->n && order == 0))
		return;
	if (list->n < ARCHIVE_TRIES_MAX)
		list->n++;
	memmove(list->folders[i + 1], list->folders[i],
	    (list->n - 1 - i) * sizeof(list->folders[0]));
	memcpy(list->folders[i], folder, ARCHIVE_FOLDER);
	list->folders[i][ARCHIVE_FOLDER] = '\0';
}

/* One path of the index. What is named in a folder says what it has; a folder
 * by itself may have either. */
static void
archive_path(struct archive *a, const char *path, bool is_leaf)
{
	int64_t ms;
	const char *folder = archive_folder(path, &ms);

	if (folder == NULL || ms > a->now_ms + TCS_HOURS(1))
		return;
	a->found++;
	bool is_bare = is_leaf && folder[ARCHIVE_FOLDER] == '\0';
	if (is_bare || strstr(folder, ARCHIVE_CARTE) != NULL)
		archive_keep(&a->cartes, folder);
	if (is_bare || strstr(folder, ARCHIVE_TEXTES) != NULL)
		archive_keep(&a->textes, folder);
}

/* ---- the index ---- */

/* A member's name that is part of a path, not a word as "children". */
static bool
archive_is_part(const char *key)
{
	return strpbrk(key, "/.") != NULL ||
	       (key[0] != '\0' && strspn(key, "0123456789") == strlen(key));
}

static const char *
archive_label(const json_t *object)
{
	const char *label = tcs_json_str(object, "path", NULL);

	return label == NULL ? tcs_json_str(object, "name", NULL) : label;
}

/* Something is nested in it, or named by its members. */
static bool
archive_has_more(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (json_is_object(value) || json_is_array(value) ||
		    archive_is_part(key))
			return true;
	}
	return false;
}

/* False: too long a path, which is passed over. */
static bool
archive_join(char to[ARCHIVE_PATH_MAX], const char *path, const char *part)
{
	bool has_slash =
	    path[0] == '\0' || part[0] == '\0' || path[strlen(path) - 1] == '/';
	int n = snprintf(
	    to, ARCHIVE_PATH_MAX, "%s%s%s", path, has_slash ? "" : "/", part);

	return n >= 0 && n < ARCHIVE_PATH_MAX;
}

static void archive_walk(
    struct archive *a, const char *path, json_t *value, int depth);

static void
archive_object(struct archive *a, const char *path, json_t *object, int depth)
{
	const char *label = archive_label(object);
	char here[ARCHIVE_PATH_MAX], there[ARCHIVE_PATH_MAX];
	const char *key;
	json_t *value;

	if (!archive_join(here, path, label == NULL ? "" : label))
		return;
	archive_path(a, here, !archive_has_more(object));
	json_object_foreach(object, key, value)
	{
		bool is_part = archive_is_part(key);
		if (json_is_string(value) && !is_part)
			continue; /* the label, or a word about it */
		if (!is_part)
			archive_walk(a, here, value, depth);
		else if (archive_join(there, here, key))
			archive_walk(a, there, value, depth);
	}
}

static void
archive_walk(struct archive *a, const char *path, json_t *value, int depth)
{
	char there[ARCHIVE_PATH_MAX];

	if (depth >= ARCHIVE_DEPTH_MAX)
		return;
	if (json_is_object(value)) {
		archive_object(a, path, value, depth + 1);
	} else if (json_is_array(value) && json_array_size(value) > 0) {
		for (size_t i = 0; i < json_array_size(value); i++)
			archive_walk(
			    a, path, json_array_get(value, i), depth + 1);
	} else if (json_is_string(value)) {
		if (archive_join(there, path, json_string_value(value)))
			archive_path(a, there, true);
	} else {
		archive_path(a, path, true); /* nothing more is said of it */
	}
}

bool
tcs_mf_is_index(json_t *root)
{
	struct archive a = {.now_ms = INT64_MAX - TCS_DAYS(1)};

	archive_walk(&a, "", root, 0);
	return a.found > 0;
}

/* ---- asking ---- */

static enum tcs_err
archive_file(const struct mf *mf, const char *folder, bool is_carte,
    struct tcs_ask_sink *out)
{
	char path[80];

	(void)snprintf(path, sizeof(path), "/metropole/%s/%s", folder,
	    is_carte ? ARCHIVE_CARTE : ARCHIVE_TEXTES);
	return tcs_mf_ask(mf->archive, path,
	    (struct tcs_ask){.tag = is_carte ? "carte" : "textes",
	        .accepts_404 = true,
	        .is_optional = !is_carte,
	        .is_fixed = true},
	    out);
}

/* How many folders had no map; false: one had. */
static bool
archive_misses(const struct tcs_answers *got, size_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 1; i < got->n; i++) {
		const char *tag = got->items[i].tag;
		if (tag == NULL || strcmp(tag, "carte") != 0)
			continue;
		if (got->items[i].status != 404)
			return false;
		(*ret_n)++;
	}
	return true;
}

static enum tcs_err
archive_next(const struct mf *mf, const struct archive *a, size_t misses,
    struct tcs_ask_sink *out, struct tcs_diag *diag)
{
	if (misses >= a->cartes.n)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    a->found == 0 ? "the archive's index names no product"
		                  : "no map in the archive's newest folders");
	enum tcs_err err =
	    archive_file(mf, a->cartes.folders[misses], true, out);
	if (err == TCS_OK && misses == 0 && mf->has_texts && a->textes.n > 0)
		err = archive_file(mf, a->textes.folders[0], false, out);
	return err;
}

enum tcs_err
tcs_mf_archive_ask(const struct mf *mf, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag)
{
	struct archive a = {.now_ms = asking->now_ms};
	json_t *root = NULL;
	size_t misses;

	if (asking->got.n == 0)
		return tcs_mf_ask(mf->archive, "/vigilance-hexagone-tree.json",
		    (struct tcs_ask){.tag = "index"}, out);
	if (!archive_misses(&asking->got, &misses))
		return TCS_OK;
	enum tcs_err err =
	    tcs_json_parse(asking->got.items[0].body, &root, NULL, diag);
	if (err == TCS_ELIMIT)
		err = TCS_EPARSE;
	if (err != TCS_OK)
		return err;
	archive_walk(&a, "", root, 0);
	json_decref(root);
	return archive_next(mf, &a, misses, out, diag);
}
