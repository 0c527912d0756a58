#include "collectors/report/book.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/fold.h"
#include "core/json.h"
#include "core/map.h"

enum { BOOK_ARENA_MAX = 128 * 1024, BOOK_FOLDED_MAX = 2048 };

struct tcs_report_book {
	struct tcs_map map; /* by id; owns its values */
};

/* Entries */

static struct tcs_report_entry *
book_entry_new(void)
{
	struct tcs_report_entry *entry = calloc(1, sizeof(*entry));

	if (entry == NULL)
		return NULL;
	entry->arena = tcs_arena_new(BOOK_ARENA_MAX);
	if (entry->arena == NULL)
		tcs_report_entry_free(&entry);
	return entry;
}

void
tcs_report_entry_free(struct tcs_report_entry **entry)
{
	if (entry == NULL || *entry == NULL)
		return;
	tcs_arena_free(&(*entry)->arena);
	free(*entry);
	*entry = NULL;
}

/* The texts of an entry that a revision may change, and those it keeps. */
static const size_t book_texts[] = {
    offsetof(struct tcs_report, id),
    offsetof(struct tcs_report, typed_by),
    offsetof(struct tcs_report, from),
    offsetof(struct tcs_report, departement),
    offsetof(struct tcs_report, commune),
    offsetof(struct tcs_report, commune_name),
    offsetof(struct tcs_report, place),
    offsetof(struct tcs_report, what),
    offsetof(struct tcs_report, phenomenon),
    offsetof(struct tcs_report, level),
    offsetof(struct tcs_report, certainty),
};

/* Copy one text into the arena; NULL stays NULL. False: out of memory. */
static bool
book_dup(struct tcs_arena *arena, const char **text)
{
	if (*text == NULL)
		return true;
	*text = tcs_arena_dup(arena, tcs_slice_str(*text));
	return *text != NULL;
}

/* Move what the entry borrows into its arena. */
static enum tcs_err
book_own(struct tcs_report_entry *entry)
{
	struct tcs_report *said = &entry->said;
	const char **const others[] = {&said->photo.hash, &said->photo.type,
	    &entry->previous_level, &entry->opening, &entry->identifier,
	    &entry->reference, &entry->trace};
	bool is_done = true;

	for (size_t i = 0; i < sizeof(book_texts) / sizeof(book_texts[0]); i++)
		is_done = book_dup(entry->arena,
		              (const char **)(void *)((char *)said +
		                                      book_texts[i])) &&
		          is_done;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		is_done = book_dup(entry->arena, others[i]) && is_done;
	return is_done ? TCS_OK : TCS_ENOMEM;
}

/* What a revision says takes the place of what was said. */
static void
book_revise(struct tcs_report_entry *entry, const struct tcs_report *report)
{
	struct tcs_report *said = &entry->said;

	entry->previous_level = said->level;
	if (report->what != NULL)
		said->what = report->what;
	if (report->level != NULL)
		said->level = report->level;
	if (report->certainty != NULL)
		said->certainty = report->certainty;
	if (report->photo.hash != NULL)
		said->photo = report->photo;
	if (report->fact_ms != TCS_NO_TIME)
		said->fact_ms = report->fact_ms;
	/* Two machines' clocks: no revision is older than what it revises. */
	if (report->reported_ms > said->reported_ms)
		said->reported_ms = report->reported_ms;
}

static void
book_mark(struct tcs_slice value, char mark[17])
{
	char hex[TCS_DIGEST_HEX];

	memcpy(mark, tcs_digest(value, hex), 16);
	mark[16] = '\0';
}

static void
book_remember(struct tcs_report_entry *entry, struct tcs_slice value)
{
	if (entry->seen_n == TCS_REPORT_SEEN_MAX) {
		entry->seen_n--;
		memmove(entry->seen[0], entry->seen[1],
		    entry->seen_n * sizeof(entry->seen[0]));
	}
	book_mark(value, entry->seen[entry->seen_n++]);
}

enum tcs_err
tcs_report_entry_make(const struct tcs_report_entry *old,
    const struct tcs_report *report, struct tcs_slice value, int64_t expires_ms,
    struct tcs_report_entry **ret_entry)
{
	struct tcs_report_entry *entry = book_entry_new();

	if (entry == NULL)
		return TCS_ENOMEM;
	if (old != NULL) {
		struct tcs_arena *arena = entry->arena;
		*entry = *old;
		entry->arena = arena;
		book_revise(entry, report);
	} else {
		entry->said = *report;
		entry->said.contact = NULL; /* stays in the record */
		entry->first_ms = report->reported_ms;
		tcs_report_zone(report, entry->zone);
	}
	entry->is_ended = report->kind == TCS_REPORT_END;
	entry->expires_ms = entry->said.reported_ms + expires_ms;
	book_remember(entry, value);
	enum tcs_err err = book_own(entry);
	if (err != TCS_OK)
		tcs_report_entry_free(&entry);
	else
		*ret_entry = entry;
	return err;
}

bool
tcs_report_entry_has(
    const struct tcs_report_entry *entry, struct tcs_slice value)
{
	char mark[17];

	book_mark(value, mark);
	for (size_t i = 0; i < entry->seen_n; i++) {
		if (strcmp(entry->seen[i], mark) == 0)
			return true;
	}
	return false;
}

/* Who may revise it */

static bool
book_is_same_function(const char *a, const char *b)
{
	struct tcs_buf x, y;

	tcs_buf_init(&x, BOOK_FOLDED_MAX);
	tcs_buf_init(&y, BOOK_FOLDED_MAX);
	tcs_fold(tcs_slice_str(a), &x);
	tcs_fold(tcs_slice_str(b), &y);
	/* A name without any letter is nobody's. */
	bool is_same = x.err == TCS_OK && y.err == TCS_OK && x.n > 1 &&
	               tcs_slice_equal(tcs_buf_view(&x), tcs_buf_view(&y));
	tcs_buf_fini(&x);
	tcs_buf_fini(&y);
	return is_same;
}

enum tcs_err
tcs_report_entry_check(const struct tcs_report_entry *entry,
    const struct tcs_report *report, struct tcs_diag *diag)
{
	const struct tcs_report *said = &entry->said;
	bool is_author = strcmp(said->typed_by, report->typed_by) == 0 ||
	                 (report->from != NULL &&
	                     book_is_same_function(said->from, report->from));

	if (!is_author)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "the report %s is another's: it may be corrected and "
		    "ended by \"%s\", or by the login %s",
		    said->id, said->from, said->typed_by);
	if (strcmp(said->departement, report->departement) != 0)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "the report %s is of département %s, not %s", said->id,
		    said->departement, report->departement);
	if (entry->is_ended)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "the report %s was ended already; report the fact anew",
		    said->id);
	return TCS_OK;
}

/* As kept */

static bool
book_set_photo(json_t *json, const struct tcs_report_photo *photo)
{
	return photo->hash == NULL ||
	       (tcs_json_set_str(json, "photo_hash", photo->hash) &&
	           tcs_json_set_str(json, "photo_type", photo->type) &&
	           tcs_json_set_i64(json, "photo_size", (int64_t)photo->size));
}

static bool
book_set_seen(json_t *json, const struct tcs_report_entry *entry)
{
	json_t *seen = json_array();
	bool is_set = seen != NULL;

	for (size_t i = 0; is_set && i < entry->seen_n; i++)
		is_set = json_array_append_new(
		             seen, json_string(entry->seen[i])) == 0;
	/* The object takes it, also when it fails. */
	return json_object_set_new(json, "seen", seen) == 0 && is_set;
}

static bool
book_fill(json_t *json, const struct tcs_report_entry *entry)
{
	const struct tcs_report *said = &entry->said;

	return tcs_json_set_str(json, "id", said->id) &&
	       tcs_json_set_str(
	           json, "state", entry->is_ended ? "ended" : "open") &&
	       tcs_json_set_str(json, "zone", entry->zone) &&
	       tcs_json_set_str(json, "departement", said->departement) &&
	       tcs_json_set_str(json, "commune", said->commune) &&
	       tcs_json_set_str(json, "commune_name", said->commune_name) &&
	       tcs_json_set_str(json, "place", said->place) &&
	       tcs_json_set_str(json, "from", said->from) &&
	       tcs_json_set_str(json, "typed_by", said->typed_by) &&
	       tcs_json_set_str(json, "what", said->what) &&
	       tcs_json_set_str(json, "phenomenon", said->phenomenon) &&
	       tcs_json_set_str(json, "level", said->level) &&
	       tcs_json_set_str(json, "certainty", said->certainty) &&
	       book_set_photo(json, &said->photo) &&
	       tcs_json_set_i64(json, "fact_ms", said->fact_ms) &&
	       tcs_json_set_i64(json, "first_ms", entry->first_ms) &&
	       tcs_json_set_i64(json, "reported_ms", said->reported_ms) &&
	       tcs_json_set_i64(json, "expires_ms", entry->expires_ms) &&
	       tcs_json_set_str(json, "opening", entry->opening) &&
	       tcs_json_set_str(json, "identifier", entry->identifier) &&
	       tcs_json_set_str(json, "reference", entry->reference) &&
	       tcs_json_set_str(json, "trace", entry->trace) &&
	       book_set_seen(json, entry);
}

enum tcs_err
tcs_report_entry_write(
    const struct tcs_report_entry *entry, struct tcs_buf *buf)
{
	json_t *json = json_object();
	bool is_set = json != NULL && book_fill(json, entry);

	if (is_set)
		tcs_json_write(buf, json);
	json_decref(json);
	return is_set ? buf->err : TCS_ENOMEM;
}

static void
book_get_seen(const json_t *json, struct tcs_report_entry *entry)
{
	size_t i;
	json_t *mark;

	json_array_foreach(json_object_get(json, "seen"), i, mark)
	{
		const char *text = json_string_value(mark);
		if (text == NULL || strlen(text) != 16 ||
		    entry->seen_n == TCS_REPORT_SEEN_MAX)
			continue;
		memcpy(entry->seen[entry->seen_n++], text, 17);
	}
}

static void
book_get(const json_t *json, struct tcs_report_entry *entry)
{
	const char *zone = tcs_json_str(json, "zone", "");
	int64_t size = tcs_json_i64(json, "photo_size", 0);

	entry->said = (struct tcs_report){.kind = TCS_REPORT_NEW,
	    .id = tcs_json_str(json, "id", NULL),
	    .departement = tcs_json_str(json, "departement", NULL),
	    .commune = tcs_json_str(json, "commune", NULL),
	    .commune_name = tcs_json_str(json, "commune_name", NULL),
	    .place = tcs_json_str(json, "place", NULL),
	    .from = tcs_json_str(json, "from", NULL),
	    .typed_by = tcs_json_str(json, "typed_by", NULL),
	    .what = tcs_json_str(json, "what", NULL),
	    .phenomenon = tcs_json_str(json, "phenomenon", NULL),
	    .level = tcs_json_str(json, "level", NULL),
	    .certainty = tcs_json_str(json, "certainty", NULL),
	    .photo = {.hash = tcs_json_str(json, "photo_hash", NULL),
	        .type = tcs_json_str(json, "photo_type", NULL),
	        .size = size > 0 ? (size_t)size : 0},
	    .fact_ms = tcs_json_i64(json, "fact_ms", TCS_NO_TIME),
	    .reported_ms = tcs_json_i64(json, "reported_ms", TCS_NO_TIME)};
	entry->is_ended = strcmp(tcs_json_str(json, "state", ""), "ended") == 0;
	entry->first_ms = tcs_json_i64(json, "first_ms", TCS_NO_TIME);
	entry->expires_ms = tcs_json_i64(json, "expires_ms", TCS_NO_TIME);
	entry->opening = tcs_json_str(json, "opening", NULL);
	entry->identifier = tcs_json_str(json, "identifier", NULL);
	entry->reference = tcs_json_str(json, "reference", NULL);
	entry->trace = tcs_json_str(json, "trace", NULL);
	if (strlen(zone) < TCS_REPORT_ZONE)
		memcpy(entry->zone, zone, strlen(zone) + 1);
	book_get_seen(json, entry);
}

/* What it says is held against the bounds of a record. */
static enum tcs_err
book_check(const struct tcs_report_entry *entry, struct tcs_diag *diag)
{
	bool is_whole = entry->opening != NULL && entry->identifier != NULL &&
	                entry->reference != NULL && entry->trace != NULL &&
	                strlen(entry->trace) == 16 && entry->zone[0] != '\0' &&
	                entry->expires_ms != TCS_NO_TIME &&
	                entry->first_ms != TCS_NO_TIME &&
	                entry->said.fact_ms != TCS_NO_TIME;
	struct tcs_report said = entry->said;

	if (!is_whole)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "a report without what was signalled of it");
	said.fact_ms = said.reported_ms; /* a correction may come late */
	return tcs_report_check(&said, diag) == TCS_OK ? TCS_OK : TCS_EPARSE;
}

enum tcs_err
tcs_report_entry_read(struct tcs_slice text,
    struct tcs_report_entry **ret_entry, struct tcs_diag *diag)
{
	struct tcs_report_entry *entry = book_entry_new();
	json_t *json = NULL;
	enum tcs_err err = entry == NULL ? TCS_ENOMEM : TCS_OK;

	if (err == TCS_OK)
		err = tcs_json_parse(text, &json, NULL, diag);
	if (err == TCS_OK) {
		book_get(json, entry);
		err = book_check(entry, diag);
	}
	if (err == TCS_OK)
		err = book_own(entry);
	json_decref(json);
	if (err != TCS_OK)
		tcs_report_entry_free(&entry);
	else
		*ret_entry = entry;
	return err;
}

/* The book */

struct tcs_report_book *
tcs_report_book_new(void)
{
	return calloc(1, sizeof(struct tcs_report_book));
}

void
tcs_report_book_free(struct tcs_report_book **book)
{
	struct tcs_report_entry *entry;
	size_t at = 0;

	if (book == NULL || *book == NULL)
		return;
	while ((entry = tcs_map_next(&(*book)->map, &at)) != NULL)
		tcs_report_entry_free(&entry);
	tcs_map_fini(&(*book)->map);
	free(*book);
	*book = NULL;
}

struct tcs_report_entry *
tcs_report_book_find(const struct tcs_report_book *book, const char *id)
{
	return tcs_map_get(&book->map, id);
}

enum tcs_err
tcs_report_book_put(
    struct tcs_report_book *book, struct tcs_report_entry *entry)
{
	struct tcs_report_entry *old = tcs_map_get(&book->map, entry->said.id);

	if (old == NULL && book->map.n == TCS_REPORTS_MAX)
		return TCS_ELIMIT;
	enum tcs_err err = tcs_map_put(&book->map, entry->said.id, entry);
	if (err == TCS_OK)
		tcs_report_entry_free(&old);
	return err;
}

void
tcs_report_book_remove(struct tcs_report_book *book, const char *id)
{
	struct tcs_report_entry *entry = tcs_map_remove(&book->map, id);

	tcs_report_entry_free(&entry);
}

size_t
tcs_report_book_count(const struct tcs_report_book *book)
{
	return book->map.n;
}

struct tcs_report_entry *
tcs_report_book_next(const struct tcs_report_book *book, size_t *at)
{
	return tcs_map_next(&book->map, at);
}

static bool
book_is_linked(const struct tcs_report_entry *a,
    const struct tcs_report_entry *b, int64_t within_ms)
{
	int64_t apart_ms = a->said.fact_ms - b->said.fact_ms;

	return !b->is_ended && b->expires_ms > a->said.reported_ms &&
	       strcmp(a->said.id, b->said.id) != 0 &&
	       strcmp(a->said.departement, b->said.departement) == 0 &&
	       strcmp(a->zone, b->zone) == 0 &&
	       strcmp(a->said.phenomenon, b->said.phenomenon) == 0 &&
	       apart_ms <= within_ms && apart_ms >= -within_ms;
}

static int
book_order(const void *a, const void *b)
{
	const struct tcs_report_entry *const *x = a, *const *y = b;

	return strcmp((*x)->opening, (*y)->opening);
}

size_t
tcs_report_book_links(const struct tcs_report_book *book,
    const struct tcs_report_entry *entry, int64_t within_ms,
    const struct tcs_report_entry *links[TCS_REPORT_LINKS_MAX])
{
	const struct tcs_report_entry *other;
	size_t at = 0, n = 0;

	while ((other = tcs_map_next(&book->map, &at)) != NULL) {
		if (n < TCS_REPORT_LINKS_MAX &&
		    book_is_linked(entry, other, within_ms))
			links[n++] = other;
	}
	/* A table has no order; the same reports are named the same way. */
	if (n > 1)
		qsort(links, n, sizeof(struct tcs_report_entry *), book_order);
	return n;
}
