#include "cli/tally.h"

#include <stdlib.h>
#include <string.h>

#include "core/map.h"

/* Codes have three characters of 30: more than that are not codes. */
enum { TALLY_CODES_MAX = 27000, TALLY_PROPOSALS_MAX = 10000 };

struct tally_code {
	char code[8];
	char *source; /* owned; NULL: its thread was not given */
	char *zone;   /* owned; NULL likewise */
	struct tcs_left left;
};

/* A proposal that waits. */
struct tally_proposal {
	char *id; /* owned */
	struct tally_code *code;
};

struct tcs_tally {
	struct tcs_map codes;
	struct tcs_map proposals;
	bool wants_threads;
};

struct tcs_tally *
tcs_tally_new(void)
{
	return calloc(1, sizeof(struct tcs_tally));
}

static void
tally_free_proposal(struct tally_proposal *proposal)
{
	if (proposal == NULL)
		return;
	free(proposal->id);
	free(proposal);
}

void
tcs_tally_free(struct tcs_tally **tally)
{
	struct tally_code *code;
	struct tally_proposal *proposal;

	if (tally == NULL || *tally == NULL)
		return;
	for (size_t at = 0;
	     (proposal = tcs_map_next(&(*tally)->proposals, &at)) != NULL;)
		tally_free_proposal(proposal);
	for (size_t at = 0;
	     (code = tcs_map_next(&(*tally)->codes, &at)) != NULL;) {
		free(code->source);
		free(code->zone);
		free(code);
	}
	tcs_map_fini(&(*tally)->proposals);
	tcs_map_fini(&(*tally)->codes);
	free(*tally);
	*tally = NULL;
}

/* The code's counters, made at first sight. */
static enum tcs_err
tally_find_code(
    struct tcs_tally *tally, const json_t *value, struct tally_code **ret_code)
{
	const char *text = tcs_json_str(value, "code", "");
	struct tally_code *code = tcs_map_get(&tally->codes, text);

	if (code != NULL) {
		*ret_code = code;
		return TCS_OK;
	}
	if (text[0] == '\0' || strlen(text) >= sizeof(code->code))
		return TCS_EPARSE;
	if (tally->codes.n >= TALLY_CODES_MAX)
		return TCS_ELIMIT;
	code = calloc(1, sizeof(*code));
	if (code == NULL)
		return TCS_ENOMEM;
	memcpy(code->code, text, strlen(text) + 1);
	enum tcs_err err = tcs_map_put(&tally->codes, code->code, code);
	if (err != TCS_OK) {
		free(code);
		return err;
	}
	*ret_code = code;
	return TCS_OK;
}

static enum tcs_err
tally_set_text(char **text, const char *value)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return TCS_ENOMEM;
	free(*text);
	*text = copy;
	return TCS_OK;
}

enum tcs_err
tcs_tally_thread(struct tcs_tally *tally, const json_t *thread)
{
	struct tally_code *code;
	enum tcs_err err = tally_find_code(tally, thread, &code);

	if (err != TCS_OK)
		return err;
	err = tally_set_text(&code->source, tcs_json_str(thread, "source", ""));
	if (err == TCS_OK)
		err = tally_set_text(
		    &code->zone, tcs_json_str(thread, "zone", ""));
	return err;
}

static enum tcs_err
tally_begin_waiting(
    struct tcs_tally *tally, const char *id, struct tally_code *code)
{
	if (tcs_map_get(&tally->proposals, id) != NULL)
		return TCS_OK;
	if (tally->proposals.n >= TALLY_PROPOSALS_MAX)
		return TCS_ELIMIT;
	struct tally_proposal *proposal = calloc(1, sizeof(*proposal));
	if (proposal == NULL)
		return TCS_ENOMEM;
	proposal->code = code;
	proposal->id = strdup(id);
	if (proposal->id == NULL ||
	    tcs_map_put(&tally->proposals, proposal->id, proposal) != TCS_OK) {
		tally_free_proposal(proposal);
		return TCS_ENOMEM;
	}
	code->left.waiting++;
	return TCS_OK;
}

static void
tally_end_waiting(struct tcs_tally *tally, const char *id)
{
	struct tally_proposal *proposal = tcs_map_remove(&tally->proposals, id);

	if (proposal != NULL)
		proposal->code->left.waiting--;
	tally_free_proposal(proposal);
}

/* "wait" is a decision too, after which the proposal still waits. */
static enum tcs_err
tally_count_proposal(struct tcs_tally *tally, const char *id, const char *state,
    struct tally_code *code)
{
	if (strcmp(state, "waiting") == 0 || strcmp(state, "wait") == 0)
		return tally_begin_waiting(tally, id, code);
	tally_end_waiting(tally, id);
	return TCS_OK;
}

enum tcs_err
tcs_tally_proposal(struct tcs_tally *tally, const json_t *proposal)
{
	struct tally_code *code;
	enum tcs_err err = tally_find_code(tally, proposal, &code);

	if (err != TCS_OK)
		return err;
	return tally_count_proposal(tally, tcs_json_str(proposal, "id", ""),
	    tcs_json_str(proposal, "state", ""), code);
}

enum tcs_err
tcs_tally_receipt(struct tcs_tally *tally, const json_t *receipt)
{
	const char *kind = tcs_json_str(receipt, "kind", "");
	const char *state = tcs_json_str(receipt, "state", "");
	bool is_delivery = strcmp(kind, "delivery") == 0;
	struct tally_code *code;

	if (!is_delivery && strcmp(kind, "proposal") != 0)
		return TCS_OK;
	enum tcs_err err = tally_find_code(tally, receipt, &code);
	if (err != TCS_OK)
		return err;
	tally->wants_threads = tally->wants_threads || code->source == NULL;
	if (!is_delivery)
		return tally_count_proposal(
		    tally, tcs_json_str(receipt, "proposal", ""), state, code);
	code->left.accepted += strcmp(state, "ACCEPTED") == 0;
	code->left.failed += strcmp(state, "FAILED") == 0;
	return TCS_OK;
}

bool
tcs_tally_wants_threads(struct tcs_tally *tally)
{
	bool wants = tally->wants_threads;

	tally->wants_threads = false;
	return wants;
}

static bool
tally_is_about(const struct tally_code *code, const struct tcs_source *source)
{
	if (code->source == NULL)
		return false;
	if (strcmp(code->source, "tocsin") == 0)
		return strcmp(code->zone, source->feed) == 0;
	return strcmp(code->source, source->source) == 0;
}

struct tcs_left
tcs_tally_left(const struct tcs_tally *tally, const struct tcs_source *source)
{
	struct tcs_left sum = {0};
	const struct tally_code *code;

	for (size_t at = 0;
	     (code = tcs_map_next(&tally->codes, &at)) != NULL;) {
		if (!tally_is_about(code, source))
			continue;
		sum.accepted += code->left.accepted;
		sum.failed += code->left.failed;
		sum.waiting += code->left.waiting;
	}
	return sum;
}
