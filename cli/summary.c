#include "cli/summary.h"

#include <inttypes.h>
#include <string.h>

#include "cli/term.h"
#include "core/clock.h"
#include "core/level.h"

enum { SUMMARY_RANK_MAX = 5 };

void
tcs_source_read(
    const char *feed, const json_t *value, struct tcs_source *ret_source)
{
	*ret_source = (struct tcs_source){
	    .feed = feed,
	    .source = tcs_json_str(value, "source", feed),
	    .state = tcs_json_str(value, "state", "starting"),
	    .reason = tcs_json_str(value, "reason", ""),
	    .issued_ms = tcs_json_i64(value, "issued_ms", TCS_NO_TIME),
	    .fetched_ms = tcs_json_i64(value, "fetched_ms", TCS_NO_TIME),
	    .since_ms = tcs_json_i64(value, "since_ms", TCS_NO_TIME),
	    .next_ms = tcs_json_i64(value, "next_issue_ms", TCS_NO_TIME),
	    .levels = json_object_get(value, "levels"),
	};
}

static void
summary_append_time(struct tcs_buf *buf, const char *word, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	/* The store's "none" is null, absent or 0. */
	if (ms == TCS_NO_TIME || ms == 0)
		tcs_buf_printf(buf, " · %s —", word);
	else
		tcs_buf_printf(
		    buf, " · %s %s", word, tcs_time_french(ms, text));
}

/* The levels of one rank: "2 orange". */
static void
summary_append_rank(
    struct tcs_buf *buf, json_t *levels, int rank, const char **sep)
{
	const char *level;
	json_t *count;

	json_object_foreach(levels, level, count)
	{
		if (tcs_level_rank(level) != rank ||
		    json_integer_value(count) <= 0)
			continue;
		tcs_buf_printf(buf, "%s%" JSON_INTEGER_FORMAT " ", *sep,
		    json_integer_value(count));
		tcs_term_line(buf, tcs_slice_str(rank == TCS_RANK_UNKNOWN
		                                     ? level
		                                     : tcs_level_words(level)));
		*sep = ", ";
	}
}

/* Gravest first; what is not known last. Green only if `has_green`; else those
 * zones are to be confirmed. */
static void
summary_append_levels(struct tcs_buf *buf, json_t *levels, bool has_green)
{
	const char *sep = "";
	json_int_t unsure = 0;
	const char *level;
	json_t *count;

	for (int rank = SUMMARY_RANK_MAX; rank >= 0; rank--) {
		if (has_green || rank != tcs_level_rank("vert"))
			summary_append_rank(buf, levels, rank, &sep);
	}
	summary_append_rank(buf, levels, TCS_RANK_UNKNOWN, &sep);
	json_object_foreach(levels, level, count)
	{
		if (tcs_level_rank(level) == tcs_level_rank("vert"))
			unsure += json_integer_value(count);
	}
	if (!has_green && unsure > 0)
		tcs_buf_printf(
		    buf, "%s%" JSON_INTEGER_FORMAT " à confirmer", sep, unsure);
}

void
tcs_source_levels(struct tcs_buf *buf, const struct tcs_source *source)
{
	bool is_fresh = strcmp(source->state, "fresh") == 0;
	bool is_late = strcmp(source->state, "late") == 0;

	if (!(is_fresh || is_late)) {
		tcs_buf_str(buf, "niveau inconnu");
		return;
	}
	if (json_object_size(source->levels) == 0) {
		tcs_buf_str(buf, "rien en cours");
		return;
	}
	if (is_late)
		tcs_buf_str(buf, "dernier état connu : ");
	summary_append_levels(buf, source->levels, is_fresh);
}

void
tcs_source_line(struct tcs_buf *buf, const struct tcs_source *source)
{
	tcs_term_line(buf, tcs_slice_str(source->feed));
	tcs_buf_str(buf, ": ");
	tcs_term_line(buf, tcs_slice_str(source->state));
	if (source->reason[0] != '\0') {
		tcs_buf_str(buf, " (");
		tcs_term_line(buf, tcs_slice_str(source->reason));
		tcs_buf_char(buf, ')');
	}
	if (source->since_ms != TCS_NO_TIME &&
	    strcmp(source->state, "fresh") != 0)
		summary_append_time(buf, "depuis", source->since_ms);
	summary_append_time(buf, "émis", source->issued_ms);
	summary_append_time(buf, "lu", source->fetched_ms);
	if (source->next_ms != TCS_NO_TIME)
		summary_append_time(buf, "attendu", source->next_ms);
	tcs_buf_str(buf, " · ");
	tcs_source_levels(buf, source);
}

static void
summary_append_count(struct tcs_buf *buf, const char **sep, uint64_t n,
    const char *one, const char *many)
{
	if (n == 0)
		return;
	tcs_buf_printf(buf, "%s%" PRIu64 " %s", *sep, n, n == 1 ? one : many);
	*sep = ", ";
}

void
tcs_left_line(struct tcs_buf *buf, const struct tcs_left *left)
{
	const char *sep = "";

	summary_append_count(
	    buf, &sep, left->accepted, "message parti", "messages partis");
	summary_append_count(buf, &sep, left->failed, "échec", "échecs");
	summary_append_count(buf, &sep, left->waiting, "proposition à décider",
	    "propositions à décider");
	if (sep[0] == '\0')
		tcs_buf_str(buf, "aucun message à envoyer");
}
