/* recognise.c - what one mail says to the recognisers of its sender. */
#include <string.h>
#include <strings.h>

#include "collectors/feeds/mailbox/recogniser.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/date.h"
#include "core/fold.h"
#include "core/level.h"
#include "core/message.h"

enum { RECOGNISE_VALUE_MAX = 4096 };

/* What the groups of all patterns say; p NULL: nothing. */
struct recognise_groups {
	struct tcs_slice phenomenon, level, communes, departement, place, time,
	    until;
};

bool
tcs_sender_is(const char *sender, struct tcs_slice named)
{
	size_t n = strlen(sender);
	const char *from = sender;

	if (named.n == 0 || n < named.n)
		return false;
	if (named.p[0] == '@')
		from = sender + n - named.n;
	else if (n != named.n)
		return false;
	return strncasecmp(from, named.p, named.n) == 0;
}

bool
tcs_recogniser_is_for(const struct tcs_recogniser *r, const char *sender)
{
	struct tcs_slice rest = tcs_slice_str(r->senders);

	while (rest.p != NULL) {
		if (tcs_sender_is(sender, tcs_slice_cut(rest, ' ', &rest)))
			return true;
	}
	return false;
}

bool
tcs_recognisers_know(
    const struct tcs_recognisers *recognisers, const char *sender)
{
	const struct tcs_recogniser *r =
	    recognisers == NULL ? NULL : recognisers->first;

	while (r != NULL && !tcs_recogniser_is_for(r, sender))
		r = r->next;
	return r != NULL;
}

/* The first pattern that has a group counts. */
static void
recognise_keep(const struct tcs_regex *regex,
    const struct tcs_regex_match *match, const char *name,
    struct tcs_slice *group)
{
	if (group->p == NULL)
		*group = tcs_regex_group(regex, match, name);
}

static void
recognise_groups(const struct tcs_regex *regex,
    const struct tcs_regex_match *match, struct recognise_groups *groups)
{
	recognise_keep(regex, match, "phenomenon", &groups->phenomenon);
	recognise_keep(regex, match, "level", &groups->level);
	recognise_keep(regex, match, "communes", &groups->communes);
	recognise_keep(regex, match, "departement", &groups->departement);
	recognise_keep(regex, match, "place", &groups->place);
	recognise_keep(regex, match, "time", &groups->time);
	recognise_keep(regex, match, "until", &groups->until);
}

/* All that must be there is. */
static enum tcs_match
recognise_patterns(const struct tcs_recogniser *r,
    const struct tcs_message *message, struct recognise_groups *groups)
{
	enum tcs_match all = TCS_YES;

	for (size_t i = 0; i < r->patterns_n; i++) {
		const struct tcs_recogniser_pattern *p = &r->patterns[i];
		struct tcs_regex_match match;
		enum tcs_match one = tcs_regex_search(p->regex,
		    tcs_slice_str(
		        p->is_subject ? message->subject : message->text),
		    &match);
		if (one == TCS_YES)
			recognise_groups(p->regex, &match, groups);
		else if (one == TCS_UNKNOWN)
			all = TCS_UNKNOWN;
		else if (!p->is_optional)
			return TCS_NO;
	}
	return all;
}

/* By the first map whose words stand in what the group says. */
static const char *
recognise_value(const struct tcs_recogniser_value *value, struct tcs_slice said,
    const char *unknown)
{
	const char *is = value->is == NULL ? unknown : value->is;
	struct tcs_buf folded;

	if (said.p == NULL)
		return is;
	tcs_buf_init(&folded, RECOGNISE_VALUE_MAX);
	tcs_fold(said, &folded);
	for (size_t i = 0; i < value->maps_n && folded.err == TCS_OK; i++) {
		if (strstr(folded.p, value->maps[i].folded) != NULL) {
			is = value->maps[i].to;
			break;
		}
	}
	tcs_buf_fini(&folded);
	return is;
}

/* One line, for a name. */
static const char *
recognise_line(struct tcs_arena *arena, struct tcs_slice text)
{
	text = tcs_slice_trim(text);
	if (text.p == NULL || text.n == 0)
		return NULL;
	char *line = tcs_arena_dup(arena, text);
	for (char *p = line; p != NULL && *p != '\0'; p++) {
		if ((unsigned char)*p < ' ')
			*p = ' ';
	}
	return line;
}

static int64_t
recognise_time(struct tcs_slice text)
{
	int64_t ms;

	return text.p != NULL &&
	               tcs_date_read(tcs_slice_trim(text), &ms) == TCS_OK
	           ? ms
	           : TCS_NO_TIME;
}

enum tcs_match
tcs_recogniser_read(const struct tcs_recognisers *all,
    const struct tcs_recogniser *r, const struct tcs_message *message,
    struct tcs_arena *arena, struct tcs_recognised *ret)
{
	struct recognise_groups groups = {0};
	enum tcs_match answer = recognise_patterns(r, message, &groups);

	if (answer != TCS_YES)
		return answer;
	*ret = (struct tcs_recognised){.name = r->name,
	    .title = r->title,
	    .event = r->event,
	    .category = r->category,
	    .phenomenon =
	        recognise_value(&r->phenomenon, groups.phenomenon, "courriel"),
	    .level =
	        recognise_value(&r->level, groups.level, TCS_LEVEL_UNKNOWN),
	    .place = recognise_line(arena, groups.place),
	    .onset_ms = recognise_time(groups.time),
	    .until_ms = recognise_time(groups.until),
	    .lasts_ms = r->lasts_ms};
	tcs_recogniser_departements(groups.departement, ret);
	if (ret->departements_n == 0)
		tcs_recogniser_departements(
		    tcs_slice_str(r->departements), ret);
	tcs_recogniser_place(all->communes, groups.communes, arena, ret);
	return TCS_YES;
}

enum tcs_match
tcs_recognise(const struct tcs_recognisers *recognisers,
    const struct tcs_message *message, struct tcs_arena *arena,
    struct tcs_recognised *ret_recognised)
{
	const struct tcs_recogniser *r =
	    recognisers == NULL ? NULL : recognisers->first;

	for (; r != NULL; r = r->next) {
		if (!tcs_recogniser_is_for(r, message->sender))
			continue;
		enum tcs_match answer = tcs_recogniser_read(
		    recognisers, r, message, arena, ret_recognised);
		if (answer != TCS_NO)
			return answer;
	}
	return TCS_NO;
}
