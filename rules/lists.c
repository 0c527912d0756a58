#include "rules/lists.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/map.h"

enum { LISTS_KEPT_MAX = 256 };

struct lists_entry {
	char *name;
	struct tcs_list *list;
	struct timespec mtime; /* of the file it was read from */
	off_t size;
	ino_t inode;
};

struct tcs_lists {
	char *folder;
	struct tcs_map entries;
};

struct tcs_lists *
tcs_lists_new(const char *folder)
{
	struct tcs_lists *lists = calloc(1, sizeof(*lists));

	if (lists == NULL)
		return NULL;
	lists->folder = strdup(folder);
	if (lists->folder == NULL) {
		free(lists);
		return NULL;
	}
	return lists;
}

static void
lists_entry_free(struct lists_entry *entry)
{
	if (entry == NULL)
		return;
	tcs_list_free(&entry->list);
	free(entry->name);
	free(entry);
}

static void
lists_empty(struct tcs_lists *lists)
{
	struct lists_entry *entry;
	size_t at = 0;

	while ((entry = tcs_map_next(&lists->entries, &at)) != NULL)
		lists_entry_free(entry);
	tcs_map_fini(&lists->entries);
}

void
tcs_lists_free(struct tcs_lists **lists)
{
	if (lists == NULL || *lists == NULL)
		return;
	lists_empty(*lists);
	free((*lists)->folder);
	free(*lists);
	*lists = NULL;
}

void
tcs_lists_trim(struct tcs_lists *lists)
{
	if (lists->entries.n > LISTS_KEPT_MAX)
		lists_empty(lists);
}

static bool
lists_is_current(const struct lists_entry *entry, const struct stat *st)
{
	return entry->mtime.tv_sec == st->st_mtim.tv_sec &&
	       entry->mtime.tv_nsec == st->st_mtim.tv_nsec &&
	       entry->size == st->st_size && entry->inode == st->st_ino;
}

static void
lists_note(
    struct lists_entry *entry, struct tcs_list *list, const struct stat *st)
{
	tcs_list_free(&entry->list);
	entry->list = list;
	entry->mtime = st->st_mtim;
	entry->size = st->st_size;
	entry->inode = st->st_ino;
}

/* A new entry, in the table. */
static struct lists_entry *
lists_add(struct tcs_lists *lists, const char *name)
{
	struct lists_entry *entry = calloc(1, sizeof(*entry));

	if (entry == NULL)
		return NULL;
	entry->name = strdup(name);
	if (entry->name == NULL ||
	    tcs_map_put(&lists->entries, entry->name, entry) != TCS_OK) {
		lists_entry_free(entry);
		return NULL;
	}
	return entry;
}

static const struct tcs_list *
lists_read(struct tcs_lists *lists, const char *name, const struct stat *st,
    struct tcs_diag *diag)
{
	struct lists_entry *entry = tcs_map_get(&lists->entries, name);
	struct tcs_list *list = NULL;

	if (entry != NULL && lists_is_current(entry, st))
		return entry->list;
	if (tcs_list_load(lists->folder, name, &list, diag) != TCS_OK)
		return entry == NULL ? NULL : entry->list;
	if (entry == NULL)
		entry = lists_add(lists, name);
	if (entry == NULL) {
		tcs_list_free(&list);
		tcs_diag_add(diag, TCS_ENOMEM, NULL, 0, "out of memory");
		return NULL;
	}
	lists_note(entry, list, st);
	return list;
}

const struct tcs_list *
tcs_lists_get(struct tcs_lists *lists, const char *name, struct tcs_diag *diag)
{
	struct stat st;

	if (!tcs_list_name_is_valid(name)) {
		tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "'%.40s' is not the name of a list", name);
		return NULL;
	}
	char *path = tcs_list_path(lists->folder, name);
	if (path == NULL) {
		tcs_diag_add(diag, TCS_ENOMEM, NULL, 0, "out of memory");
		return NULL;
	}
	bool is_there = stat(path, &st) == 0;
	free(path);
	return is_there ? lists_read(lists, name, &st, diag) : NULL;
}
