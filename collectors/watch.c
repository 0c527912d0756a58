#include "collectors/watch.h"

#include <string.h>

#include "core/clock.h"

enum { WATCH_SILENT_FAILURES = 2, WATCH_SILENT_PERIODS = 3 };

#define WATCH_WORD(name, word, french) [TCS_SOURCE_##name] = (word),
#define WATCH_FRENCH(name, word, french) [TCS_SOURCE_##name] = (french),

static const char *const watch_words[] = {TCS_SOURCE_STATES(WATCH_WORD)};
static const char *const watch_french[] = {TCS_SOURCE_STATES(WATCH_FRENCH)};

const char *
tcs_source_word(enum tcs_source_state state)
{
	return watch_words[state];
}

const char *
tcs_source_french(enum tcs_source_state state)
{
	return watch_french[state];
}

bool
tcs_source_parse(const char *word, enum tcs_source_state *ret_state)
{
	for (size_t i = 0; i < sizeof(watch_words) / sizeof(watch_words[0]);
	     i++) {
		if (strcmp(watch_words[i], word) == 0) {
			*ret_state = (enum tcs_source_state)i;
			return true;
		}
	}
	return false;
}

/* From when on it is silent: at the second failure in a row, a period and more
 * after the last answer, so within two periods of the cause; three periods when
 * nobody could even ask. While no attempt has failed a start counts like an
 * answer: what was missed while nobody asked is not the source's silence. One
 * that never answered is silent at the first failure. */
static int64_t
watch_silent_ms(const struct tcs_watch_facts *f)
{
	int64_t since_ms = f->answered_ms;

	if (f->has_failed && since_ms == TCS_NO_TIME)
		return TCS_NO_TIME;
	if (!f->has_failed && since_ms < f->started_ms)
		since_ms = f->started_ms;
	bool is_sure = f->has_failed && f->failures >= WATCH_SILENT_FAILURES;
	return since_ms + (is_sure ? 1 : WATCH_SILENT_PERIODS) * f->every_ms;
}

/* The instants at which a document makes a state, TCS_NO_TIME for none. */
static int64_t
watch_document_ms(const struct tcs_watch_facts *f, enum tcs_source_state state)
{
	const struct tcs_document *d = &f->document;

	if (!f->has_document)
		return TCS_NO_TIME;
	if (state == TCS_SOURCE_EXPIRED)
		return d->expires_ms;
	if (state == TCS_SOURCE_FROZEN)
		return d->frozen_ms;
	return d->next_issue_ms == TCS_NO_TIME
	           ? TCS_NO_TIME
	           : d->next_issue_ms + f->late_after_ms;
}

static bool
watch_is_past(const struct tcs_watch_facts *f, enum tcs_source_state state,
    int64_t now_ms)
{
	int64_t at_ms = watch_document_ms(f, state);

	return at_ms != TCS_NO_TIME && now_ms > at_ms;
}

enum tcs_source_state
tcs_watch_state(const struct tcs_watch_facts *f, int64_t now_ms)
{
	bool is_answered =
	    f->answered_ms != TCS_NO_TIME && f->answered_ms >= f->started_ms;

	if (f->is_limited)
		return TCS_SOURCE_LIMITED;
	if (now_ms > watch_silent_ms(f))
		return TCS_SOURCE_SILENT;
	if (f->refusal == TCS_REFUSAL_STALE ||
	    watch_is_past(f, TCS_SOURCE_EXPIRED, now_ms))
		return TCS_SOURCE_EXPIRED;
	if (f->refusal == TCS_REFUSAL_RESHAPED ||
	    f->refusal == TCS_REFUSAL_ERROR)
		return TCS_SOURCE_RESHAPED;
	if (watch_is_past(f, TCS_SOURCE_FROZEN, now_ms))
		return TCS_SOURCE_FROZEN;
	if (watch_is_past(f, TCS_SOURCE_LATE, now_ms))
		return TCS_SOURCE_LATE;
	return is_answered && (f->has_document || f->is_mailbox)
	           ? TCS_SOURCE_FRESH
	           : TCS_SOURCE_STARTING;
}

int64_t
tcs_watch_next(const struct tcs_watch_facts *f, int64_t now_ms)
{
	const int64_t at_ms[] = {
	    watch_silent_ms(f),
	    watch_document_ms(f, TCS_SOURCE_EXPIRED),
	    watch_document_ms(f, TCS_SOURCE_FROZEN),
	    watch_document_ms(f, TCS_SOURCE_LATE),
	};
	int64_t next_ms = TCS_NO_TIME;

	for (size_t i = 0; i < sizeof(at_ms) / sizeof(at_ms[0]); i++) {
		if (at_ms[i] == TCS_NO_TIME || at_ms[i] < now_ms)
			continue;
		if (next_ms == TCS_NO_TIME || at_ms[i] + 1 < next_ms)
			next_ms = at_ms[i] + 1;
	}
	return next_ms;
}
