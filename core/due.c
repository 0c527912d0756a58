/* due.c - a binary heap by time, and the C library's balanced tree by name. */
#include "core/due.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct due_item {
	char *name;
	int64_t at_ms, value;
	size_t index; /* in the heap */
};

struct tcs_due {
	struct due_item **heap;
	size_t n, cap;
	void *by_name; /* tsearch(3) */
};

static int
due_compare(const void *a, const void *b)
{
	const struct due_item *x = a, *y = b;

	return strcmp(x->name, y->name);
}

struct tcs_due *
tcs_due_new(void)
{
	return calloc(1, sizeof(struct tcs_due));
}

static void
due_item_free(struct due_item *item)
{
	free(item->name);
	free(item);
}

void
tcs_due_free(struct tcs_due **due)
{
	if (due == NULL || *due == NULL)
		return;
	for (size_t i = 0; i < (*due)->n; i++) {
		struct due_item *item = (*due)->heap[i];
		(void)tdelete(item, &(*due)->by_name, due_compare);
		due_item_free(item);
	}
	free((*due)->heap);
	free(*due);
	*due = NULL;
}

static void
due_place(struct tcs_due *due, size_t index, struct due_item *item)
{
	due->heap[index] = item;
	item->index = index;
}

static void
due_up(struct tcs_due *due, size_t i)
{
	struct due_item *item = due->heap[i];

	while (i > 0 && due->heap[(i - 1) / 2]->at_ms > item->at_ms) {
		due_place(due, i, due->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	due_place(due, i, item);
}

static void
due_down(struct tcs_due *due, size_t i)
{
	struct due_item *item = due->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= due->n)
			break;
		if (child + 1 < due->n &&
		    due->heap[child + 1]->at_ms < due->heap[child]->at_ms)
			child++;
		if (due->heap[child]->at_ms >= item->at_ms)
			break;
		due_place(due, i, due->heap[child]);
		i = child;
	}
	due_place(due, i, item);
}

static struct due_item *
due_find(const struct tcs_due *due, const char *name)
{
	char *copy = strdup(name);

	if (copy == NULL)
		return NULL;
	const struct due_item key = {.name = copy};
	struct due_item *const *found = tfind(&key, &due->by_name, due_compare);
	free(copy);
	return found == NULL ? NULL : *found;
}

enum tcs_err
tcs_due_set(struct tcs_due *due, const char *name, int64_t at_ms, int64_t value)
{
	struct due_item *item = due_find(due, name);

	if (item != NULL) {
		item->at_ms = at_ms;
		item->value = value;
		due_up(due, item->index);
		due_down(due, item->index);
		return TCS_OK;
	}
	if (due->n == due->cap) {
		size_t cap = due->cap == 0 ? 16 : due->cap * 2;
		struct due_item **heap =
		    realloc(due->heap, cap * sizeof(struct due_item *));
		if (heap == NULL)
			return TCS_ENOMEM;
		due->heap = heap;
		due->cap = cap;
	}
	item = calloc(1, sizeof(*item));
	if (item == NULL)
		return TCS_ENOMEM;
	item->name = strdup(name);
	item->at_ms = at_ms;
	item->value = value;
	if (item->name == NULL ||
	    tsearch(item, &due->by_name, due_compare) == NULL) {
		due_item_free(item);
		return TCS_ENOMEM;
	}
	due_place(due, due->n++, item);
	due_up(due, item->index);
	return TCS_OK;
}

/* Take an item out of heap and tree. */
static void
due_remove(struct tcs_due *due, struct due_item *item)
{
	size_t i = item->index;
	struct due_item *last = due->heap[--due->n];

	(void)tdelete(item, &due->by_name, due_compare);
	if (last == item)
		return;
	due_place(due, i, last);
	due_up(due, i);
	due_down(due, last->index);
}

void
tcs_due_clear(struct tcs_due *due, const char *name)
{
	struct due_item *item = due_find(due, name);

	if (item == NULL)
		return;
	due_remove(due, item);
	due_item_free(item);
}

int64_t
tcs_due_next(const struct tcs_due *due)
{
	return due->n == 0 ? INT64_MAX : due->heap[0]->at_ms;
}

bool
tcs_due_pop(
    struct tcs_due *due, int64_t now_ms, char **ret_name, int64_t *ret_value)
{
	if (due->n == 0 || due->heap[0]->at_ms > now_ms)
		return false;
	struct due_item *item = due->heap[0];
	due_remove(due, item);
	*ret_name = item->name;
	*ret_value = item->value;
	free(item);
	return true;
}

size_t
tcs_due_count(const struct tcs_due *due)
{
	return due->n;
}
