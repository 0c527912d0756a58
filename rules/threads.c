#include "rules/threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/map.h"

struct tcs_threads {
	struct tcs_map places, names; /* of the same entries */
	struct tcs_codes codes;
};

struct tcs_threads *
tcs_threads_new(void)
{
	return calloc(1, sizeof(struct tcs_threads));
}

static void
threads_entry_free(struct tcs_thread_entry *entry)
{
	if (entry == NULL)
		return;
	free(entry->json);
	free(entry);
}

void
tcs_threads_free(struct tcs_threads **threads)
{
	struct tcs_thread_entry *entry;
	size_t at = 0;

	if (threads == NULL || *threads == NULL)
		return;
	while ((entry = tcs_map_next(&(*threads)->names, &at)) != NULL)
		threads_entry_free(entry);
	tcs_map_fini(&(*threads)->names);
	tcs_map_fini(&(*threads)->places);
	free(*threads);
	*threads = NULL;
}

enum tcs_err
tcs_thread_name(const struct tcs_thread *thread, char name[TCS_THREAD_NAME_MAX])
{
	int n = snprintf(
	    name, TCS_THREAD_NAME_MAX, "%s|%s", thread->key, thread->hash);

	return n < 0 || n >= TCS_THREAD_NAME_MAX ? TCS_ELIMIT : TCS_OK;
}

const struct tcs_thread_entry *
tcs_threads_at(const struct tcs_threads *threads, const char *place)
{
	return tcs_map_get(&threads->places, place);
}

const struct tcs_thread_entry *
tcs_threads_named(const struct tcs_threads *threads, const char *name)
{
	return tcs_map_get(&threads->names, name);
}

size_t
tcs_threads_count(const struct tcs_threads *threads)
{
	return threads->names.n;
}

struct tcs_codes *
tcs_threads_codes(struct tcs_threads *threads)
{
	return &threads->codes;
}

static enum tcs_err
threads_replace(struct tcs_thread_entry *entry, const char *place, char *json)
{
	if (strcmp(entry->place, place) != 0) {
		free(json);
		return TCS_EEXISTS;
	}
	free(entry->json);
	entry->json = json;
	return TCS_OK;
}

static enum tcs_err
threads_add(struct tcs_threads *threads, struct tcs_thread_entry *entry)
{
	if (tcs_map_put(&threads->names, entry->name, entry) != TCS_OK)
		return TCS_ENOMEM;
	if (tcs_map_put(&threads->places, entry->place, entry) != TCS_OK) {
		(void)tcs_map_remove(&threads->names, entry->name);
		return TCS_ENOMEM;
	}
	return TCS_OK;
}

enum tcs_err
tcs_threads_put(struct tcs_threads *threads, const struct tcs_thread *thread,
    struct tcs_slice json)
{
	char name[TCS_THREAD_NAME_MAX], place[65];
	enum tcs_err err = tcs_thread_name(thread, name);

	if (err != TCS_OK)
		return err;
	tcs_thread_own_place(thread, place);
	char *copy = tcs_slice_dup(json);
	if (copy == NULL)
		return TCS_ENOMEM;
	struct tcs_thread_entry *entry = tcs_map_get(&threads->names, name);
	if (entry != NULL)
		return threads_replace(entry, place, copy);

	entry = calloc(1, sizeof(*entry));
	if (entry == NULL) {
		free(copy);
		return TCS_ENOMEM;
	}
	memcpy(entry->name, name, sizeof(name));
	memcpy(entry->place, place, sizeof(place));
	memcpy(entry->code, thread->code, sizeof(entry->code));
	entry->json = copy;
	err = tcs_codes_take(&threads->codes, tcs_slice_str(entry->code));
	if (err == TCS_OK)
		err = threads_add(threads, entry);
	if (err != TCS_OK)
		threads_entry_free(entry);
	return err;
}

void
tcs_threads_remove(struct tcs_threads *threads, const char *name)
{
	struct tcs_thread_entry *entry = tcs_map_get(&threads->names, name);

	if (entry == NULL)
		return;
	(void)tcs_map_remove(&threads->names, name);
	(void)tcs_map_remove(&threads->places, entry->place);
	tcs_codes_give(&threads->codes, tcs_slice_str(entry->code));
	threads_entry_free(entry);
}
