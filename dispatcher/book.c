#include "dispatcher/book.h"

#include <stdlib.h>
#include <string.h>

#include "core/level.h"

const char *
tcs_book_state_name(enum tcs_book_state state)
{
#define BOOK_WORD(name, word) word,
	static const char *const words[] = {TCS_BOOK_STATES(BOOK_WORD)};
#undef BOOK_WORD

	return (unsigned)state < TCS_BOOK_STATE_COUNT ? words[state] : "?";
}

bool
tcs_book_state_parse(const char *word, enum tcs_book_state *ret_state)
{
	for (unsigned i = 0; i < TCS_BOOK_STATE_COUNT; i++) {
		enum tcs_book_state state = (enum tcs_book_state)i;
		if (strcmp(tcs_book_state_name(state), word) == 0) {
			*ret_state = state;
			return true;
		}
	}
	return false;
}

/* NULL stays NULL; false: out of memory. */
static bool
booked_dup(char **ret_text, const char *text)
{
	*ret_text = text == NULL ? NULL : strdup(text);
	return text == NULL || *ret_text != NULL;
}

static bool
booked_dup_insee(struct tcs_booked *booked, const struct tcs_proposal *proposal)
{
	if (proposal->insee_n == 0)
		return true;
	booked->insee = calloc(proposal->insee_n, sizeof(*booked->insee));
	if (booked->insee == NULL)
		return false;
	for (size_t i = 0; i < proposal->insee_n; i++) {
		if (!booked_dup(&booked->insee[i], proposal->insee[i]))
			return false;
		booked->insee_n++;
	}
	return true;
}

static bool
booked_fill(struct tcs_booked *booked, const struct tcs_proposal *p,
    struct tcs_slice cap)
{
	tcs_proposal_text_hash(p, booked->hash);
	booked->cap = tcs_slice_dup(cap);
	booked->cap_n = cap.n;
	return booked->cap != NULL && booked_dup(&booked->id, p->identifier) &&
	       booked_dup(&booked->rule, p->rule) &&
	       booked_dup(&booked->raise, p->raise) &&
	       booked_dup(&booked->nature, p->nature) &&
	       booked_dup(&booked->action, p->action) &&
	       booked_dup(&booked->level, p->level) &&
	       booked_dup(&booked->audience, p->audience) &&
	       booked_dup(&booked->instruction, p->instruction) &&
	       booked_dup(&booked->headline, p->headline) &&
	       booked_dup(&booked->departement, p->departement) &&
	       booked_dup_insee(booked, p);
}

struct tcs_booked *
tcs_booked_new(const struct tcs_proposal *proposal, struct tcs_slice cap)
{
	struct tcs_booked *booked = calloc(1, sizeof(*booked));

	if (booked == NULL)
		return NULL;
	booked->state = TCS_BOOK_WAITING;
	booked->is_open = true;
	booked->number = proposal->number;
	booked->expires_ms = proposal->expires_ms;
	booked->proposed_ms = proposal->sent_ms;
	tcs_stages_init(&booked->stages);
	if (!booked_fill(booked, proposal, cap))
		tcs_booked_free(&booked);
	return booked;
}

void
tcs_booked_free(struct tcs_booked **booked)
{
	struct tcs_booked *b = *booked;

	if (b == NULL)
		return;
	for (size_t i = 0; i < b->insee_n; i++)
		free(b->insee[i]);
	free(b->insee);
	free(b->id);
	free(b->rule);
	free(b->raise);
	free(b->nature);
	free(b->action);
	free(b->level);
	free(b->audience);
	free(b->instruction);
	free(b->headline);
	free(b->departement);
	free(b->cap);
	free(b);
	*booked = NULL;
}

void
tcs_book_fini(struct tcs_book *book)
{
	for (size_t i = 0; i < book->n; i++)
		tcs_booked_free(&book->items[i]);
	free(book->items);
	memset(book, 0, sizeof(*book));
}

static void
book_forget(struct tcs_book *book)
{
	size_t closed = 0;

	for (size_t i = 0; i < book->n; i++)
		closed += book->items[i]->is_open ? 0 : 1;
	for (size_t i = 0; closed > TCS_BOOK_PAST_MAX && i < book->n;) {
		if (book->items[i]->is_open) {
			i++;
			continue;
		}
		tcs_booked_free(&book->items[i]);
		book->n--;
		closed--;
		memmove(&book->items[i], &book->items[i + 1],
		    (book->n - i) * sizeof(struct tcs_booked *));
	}
}

enum tcs_err
tcs_book_add(struct tcs_book *book, struct tcs_booked *booked)
{
	struct tcs_booked **items =
	    realloc(book->items, (book->n + 1) * sizeof(struct tcs_booked *));

	if (items == NULL) {
		tcs_booked_free(&booked);
		return TCS_ENOMEM;
	}
	book->items = items;
	/* Oldest first also when read back from the store in any order. */
	size_t at = book->n;
	while (at > 0 && items[at - 1]->number > booked->number)
		at--;
	memmove(&items[at + 1], &items[at],
	    (book->n - at) * sizeof(struct tcs_booked *));
	items[at] = booked;
	book->n++;
	book_forget(book);
	return TCS_OK;
}

struct tcs_booked *
tcs_book_open_of(const struct tcs_book *book, const char *raise)
{
	for (size_t i = book->n; i > 0; i--) {
		struct tcs_booked *booked = book->items[i - 1];
		if (booked->is_open && strcmp(booked->raise, raise) == 0)
			return booked;
	}
	return NULL;
}

struct tcs_booked *
tcs_book_find(const struct tcs_book *book, const char *id)
{
	for (size_t i = 0; i < book->n; i++) {
		if (strcmp(book->items[i]->id, id) == 0)
			return book->items[i];
	}
	return NULL;
}

void
tcs_book_close(struct tcs_booked *booked, enum tcs_book_state state)
{
	if (booked->state != TCS_BOOK_REJECTED || state == TCS_BOOK_APPROVED)
		booked->state = state;
	booked->is_open = false;
	free(booked->cap);
	booked->cap = NULL;
	booked->cap_n = 0;
}

/* The open one of that hash, else the newest. */
static struct tcs_booked *
book_find_hash(const struct tcs_book *book, const char *hash)
{
	struct tcs_booked *newest = NULL;

	for (size_t i = book->n; i > 0; i--) {
		struct tcs_booked *booked = book->items[i - 1];
		if (strncmp(booked->hash, hash, strlen(hash)) != 0)
			continue;
		if (booked->is_open)
			return booked;
		if (newest == NULL)
			newest = booked;
	}
	return newest;
}

static bool
book_is_higher(const char *read, const char *now)
{
	int was = tcs_level_rank(read), is = tcs_level_rank(now);

	/* A level that cannot be ranked may be anything: it has to be the one
	 * that was read. */
	if (was == TCS_RANK_UNKNOWN || is == TCS_RANK_UNKNOWN)
		return now != NULL && (read == NULL || strcmp(read, now) != 0);
	return is > was;
}

static bool
book_has_commune(const struct tcs_booked *booked, const char *code)
{
	size_t low = 0, high = booked->insee_n;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		int order = strcmp(booked->insee[at], code);
		if (order == 0)
			return true;
		if (order < 0)
			low = at + 1;
		else
			high = at;
	}
	return false;
}

static bool
book_is_larger(const struct tcs_booked *read, const struct tcs_booked *now)
{
	if (strcmp(read->departement, now->departement) != 0)
		return true;
	if (read->insee_n == 0)
		return false;
	if (now->insee_n == 0)
		return true;
	for (size_t i = 0; i < now->insee_n; i++) {
		if (!book_has_commune(read, now->insee[i]))
			return true;
	}
	return false;
}

static bool
book_has_word(const char *words, struct tcs_slice word)
{
	struct tcs_slice rest = tcs_slice_str(words);

	while (rest.p != NULL) {
		if (tcs_slice_equal(tcs_slice_cut(rest, ' ', &rest), word))
			return true;
	}
	return false;
}

static bool
book_is_wider(const char *read, const char *now)
{
	struct tcs_slice rest = tcs_slice_str(now);

	while (rest.p != NULL) {
		struct tcs_slice word = tcs_slice_cut(rest, ' ', &rest);
		if (word.n > 0 && !book_has_word(read, word))
			return true;
	}
	return false;
}

const char *
tcs_book_exceeds(const struct tcs_booked *read, const struct tcs_booked *now)
{
	if (strcmp(read->action, now->action) != 0)
		return "another action is proposed now";
	if (book_is_higher(read->level, now->level))
		return "the level is higher than in the text read";
	if (book_is_larger(read, now))
		return "the territory is larger than in the text read";
	if (book_is_wider(read->audience, now->audience))
		return "more people are addressed than in the text read";
	if (now->instruction != NULL &&
	    (read->instruction == NULL ||
	        strcmp(read->instruction, now->instruction) != 0))
		return "the instruction is not the one in the text read";
	return NULL;
}

static const char *
book_why_closed(enum tcs_book_state state)
{
	static const char *const reasons[TCS_BOOK_STATE_COUNT] = {
	    [TCS_BOOK_APPROVED] = "that text was approved already",
	    [TCS_BOOK_REJECTED] = "that text was rejected, and is past",
	    [TCS_BOOK_SUPERSEDED] =
	        "that text is past, and so is the one after it",
	    [TCS_BOOK_WITHDRAWN] = "that proposal was withdrawn",
	    [TCS_BOOK_EXPIRED] = "that proposal is expired",
	};

	tcs_assert(reasons[state] != NULL);
	return reasons[state];
}

struct tcs_binding
tcs_book_bind(const struct tcs_book *book, const char *hash)
{
	struct tcs_binding binding = {.kind = TCS_BINDING_NONE};
	struct tcs_booked *read = book_find_hash(book, hash);

	if (read == NULL)
		return binding;
	binding.read = read;
	binding.current = tcs_book_open_of(book, read->raise);
	if (read->state == TCS_BOOK_APPROVED || binding.current == NULL)
		binding.reason = book_why_closed(read->state);
	else if (read != binding.current)
		binding.reason = tcs_book_exceeds(read, binding.current);
	binding.kind =
	    binding.reason == NULL ? TCS_BINDING_HOLDS : TCS_BINDING_REFUSED;
	return binding;
}
