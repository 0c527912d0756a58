#include "dispatcher/recipients.h"

#include <stdlib.h>
#include <string.h>

#include "core/slice.h"

struct entry { /* one audience of one contact */
	const char *audience;
	const struct tcs_conf_contact *contact;
};

struct tcs_directory {
	const struct tcs_conf_contact **names; /* sorted by name */
	size_t names_n;
	struct entry *entries; /* sorted by audience */
	size_t entries_n;
};

enum tcs_urgency
tcs_audience_urgency(const char *audience)
{
	static const struct {
		const char *audience;
		enum tcs_urgency urgency;
	} table[] = {
	    {"authority", TCS_URGENCY_DECIDES},
	    {"sidpc", TCS_URGENCY_DECIDES},
	    {"communes", TCS_URGENCY_ACTS},
	    {"sdis", TCS_URGENCY_ACTS},
	    {"coz", TCS_URGENCY_ACTS},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].audience, audience) == 0)
			return table[i].urgency;
	}
	return TCS_URGENCY_OTHERS;
}

static int
directory_compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->audience, y->audience);
}

static int
directory_compare_names(const void *a, const void *b)
{
	const struct tcs_conf_contact *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static enum tcs_err
directory_fill(struct tcs_directory *directory,
    const struct tcs_conf_contact *contacts, size_t n)
{
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += contacts[i].audiences.n;
	directory->entries = calloc(total + 1, sizeof(*directory->entries));
	directory->names = calloc(n + 1, sizeof(const void *));
	if (directory->entries == NULL || directory->names == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct tcs_strings *audiences = &contacts[i].audiences;
		directory->names[directory->names_n++] = &contacts[i];
		for (size_t j = 0; j < audiences->n; j++)
			directory->entries[directory->entries_n++] =
			    (struct entry){audiences->items[j], &contacts[i]};
	}
	qsort(
	    directory->names, n, sizeof(const void *), directory_compare_names);
	qsort(directory->entries, total, sizeof(*directory->entries),
	    directory_compare_entries);
	return TCS_OK;
}

struct tcs_directory *
tcs_directory_new(const struct tcs_conf_contact *contacts, size_t n)
{
	struct tcs_directory *directory = calloc(1, sizeof(*directory));

	if (directory != NULL &&
	    directory_fill(directory, contacts, n) != TCS_OK)
		tcs_directory_free(&directory);
	return directory;
}

void
tcs_directory_free(struct tcs_directory **directory)
{
	if (*directory == NULL)
		return;
	free((*directory)->names);
	free((*directory)->entries);
	free(*directory);
	*directory = NULL;
}

const struct tcs_conf_contact *
tcs_directory_find(const struct tcs_directory *directory, const char *name)
{
	size_t low = 0, high = directory->names_n;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		int order = strcmp(directory->names[at]->name, name);
		if (order == 0)
			return directory->names[at];
		if (order < 0)
			low = at + 1;
		else
			high = at;
	}
	return NULL;
}

static int
directory_compare_codes(const void *key, const void *item)
{
	const char *const *code = item;

	return strcmp(key, *code);
}

static bool
directory_meets_commune(const struct tcs_address *address, const char *code)
{
	/* A code begins with its département: 62765, 2A004, 97411. */
	if (address->insee_n == 0)
		return strncmp(code, address->departement,
		           strlen(address->departement)) == 0;
	return bsearch(code, address->insee, address->insee_n,
	           sizeof(*address->insee), directory_compare_codes) != NULL;
}

static bool
directory_meets(
    const struct tcs_address *address, const struct tcs_conf_contact *contact)
{
	if (strcmp(address->departement, "FR") == 0)
		return true;
	for (size_t i = 0; i < contact->departements.n; i++) {
		if (strcmp(contact->departements.items[i],
		        address->departement) == 0)
			return true;
	}
	for (size_t i = 0; i < contact->insee.n; i++) {
		if (directory_meets_commune(address, contact->insee.items[i]))
			return true;
	}
	return false;
}

/* First entry whose audience is not before `name`. */
static size_t
directory_first(const struct tcs_directory *directory, struct tcs_slice name)
{
	size_t low = 0, high = directory->entries_n;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		const char *audience = directory->entries[at].audience;
		int order = strncmp(audience, name.p, name.n);
		if (order < 0)
			low = at + 1;
		else
			high = at;
	}
	return low;
}

static int
recipient_compare_contacts(const void *a, const void *b)
{
	const struct tcs_recipient *x = a, *y = b;
	int order = strcmp(x->contact->name, y->contact->name);

	return order != 0 ? order : (int)x->urgency - (int)y->urgency;
}

static int
recipient_compare(const void *a, const void *b)
{
	const struct tcs_recipient *x = a, *y = b;

	return x->urgency != y->urgency
	           ? (int)x->urgency - (int)y->urgency
	           : strcmp(x->contact->name, y->contact->name);
}

size_t
tcs_recipients_settle(struct tcs_recipient *items, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	qsort(items, n, sizeof(*items), recipient_compare_contacts);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || items[kept - 1].contact != items[i].contact)
			items[kept++] = items[i];
	}
	qsort(items, kept, sizeof(*items), recipient_compare);
	return kept;
}

/* Entries of one audience that meet the address; *n of them in `items`, which
 * may be NULL to count without looking at the territory. */
static void
directory_collect(const struct tcs_directory *directory,
    const struct tcs_address *address, struct tcs_slice audience,
    struct tcs_recipient *items, size_t *n)
{
	for (size_t i = directory_first(directory, audience);
	     i < directory->entries_n; i++) {
		const struct entry *entry = &directory->entries[i];
		if (strncmp(entry->audience, audience.p, audience.n) != 0)
			break;
		if (entry->audience[audience.n] != '\0')
			continue;
		if (items == NULL)
			(*n)++;
		else if (directory_meets(address, entry->contact))
			items[(*n)++] = (struct tcs_recipient){entry->contact,
			    tcs_audience_urgency(entry->audience)};
	}
}

static size_t
directory_each(const struct tcs_directory *directory,
    const struct tcs_address *address, struct tcs_recipient *items)
{
	struct tcs_slice rest = tcs_slice_str(address->audience);
	size_t n = 0;

	while (rest.p != NULL) {
		struct tcs_slice name =
		    tcs_slice_trim(tcs_slice_cut(rest, ' ', &rest));
		if (name.n > 0)
			directory_collect(directory, address, name, items, &n);
	}
	return n;
}

enum tcs_err
tcs_directory_resolve(const struct tcs_directory *directory,
    const struct tcs_address *address, struct tcs_recipient **ret_items,
    size_t *ret_n)
{
	struct tcs_recipient *items = NULL;
	size_t n = directory_each(directory, address, NULL);

	if (n > 0) {
		items = calloc(n, sizeof(*items));
		if (items == NULL)
			return TCS_ENOMEM;
		n = tcs_recipients_settle(
		    items, directory_each(directory, address, items));
	}
	if (n == 0) {
		free(items);
		items = NULL;
	}
	*ret_items = items;
	*ret_n = n;
	return TCS_OK;
}
