/* raise.c - see raise.h.
 *
 * What was last proposed is compared by its content: action, level, texts,
 * territory, audience, status. The times at which the source spoke are left
 * out, so that the same thing said again is not news: it only prolongs. */
#include "rules/raise.h"

#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/level.h"
#include "rules/lists.h"
#include "rules/template.h"

enum {
	RAISE_VALUE_MAX = 200,
	RAISE_HEADLINE_MAX = 500,
	RAISE_TEXT_MAX = 16 * 1024,
	RAISE_FILLED_MAX = 128 * 1024, /* a template of 4000, filled in */
	RAISE_COMMUNES_MAX = 5000,     /* more would not fit a record */
};

static bool
raise_is_alerte(const struct tcs_raise *raise)
{
	return strcmp(raise->nature, TCS_NATURE_ALERTE) == 0;
}

/* Text from outside, bounded, cut between characters. With `is_line` control
 * characters become blanks. NULL for NULL or when out of memory. */
static const char *
raise_bound(struct tcs_arena *arena, const char *text, size_t max, bool is_line)
{
	struct tcs_slice s = tcs_slice_str(text);

	if (text == NULL)
		return NULL;
	bool is_cut = s.n > max;
	if (is_cut) {
		s.n = max;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
			s.n--;
	}
	char *copy = is_cut
	                 ? tcs_arena_printf(arena, "%.*s […]", TCS_SLICE_ARG(s))
	                 : tcs_arena_dup(arena, s);
	for (char *c = copy; is_line && c != NULL && *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20)
			*c = ' ';
	}
	return copy;
}

/* As it follows "vigilance": verte. */
static const char *
raise_level_words(const char *level)
{
	if (level == NULL || strcmp(level, TCS_LEVEL_UNKNOWN) == 0)
		return "niveau inconnu";
	return tcs_level_adjective(level);
}

/* Values of the places. Without times: what only says when, or what was
 * before, is left blank. */
static void
raise_values(const struct tcs_raise_context *x, bool has_times, char *issued,
    const char *values[TCS_PLACE_COUNT])
{
	const struct tcs_signal *s = x->signal;
	const char *source =
	    s->source_name != NULL ? s->source_name : s->source;
	const char *zone = s->zone_name != NULL ? s->zone_name : s->zone;

	values[TCS_PLACE_LEVEL] = raise_level_words(s->level);
	values[TCS_PLACE_PREVIOUS] =
	    has_times ? raise_level_words(s->previous_level) : NULL;
	values[TCS_PLACE_ZONE] =
	    raise_bound(x->arena, zone, RAISE_VALUE_MAX, true);
	values[TCS_PLACE_ZONE_CODE] =
	    raise_bound(x->arena, s->zone, RAISE_VALUE_MAX, true);
	values[TCS_PLACE_SOURCE] =
	    raise_bound(x->arena, source, RAISE_VALUE_MAX, true);
	values[TCS_PLACE_CODE] = x->thread->code;
	values[TCS_PLACE_ISSUED] = NULL;
	if (has_times)
		values[TCS_PLACE_ISSUED] =
		    s->issued_ms == TCS_NO_TIME
		        ? "heure non précisée"
		        : tcs_time_french(s->issued_ms, issued);
}

/* The template filled in; NULL for NULL or when out of memory. */
static const char *
raise_fill(const struct tcs_raise_context *x, const char *text, bool has_times)
{
	char issued[TCS_TIME_TEXT];
	const char *values[TCS_PLACE_COUNT];
	struct tcs_buf buf;
	const char *filled = NULL;

	if (text == NULL)
		return NULL;
	raise_values(x, has_times, issued, values);
	tcs_buf_init(&buf, RAISE_FILLED_MAX);
	tcs_template_fill(text, values, &buf);
	if (buf.err == TCS_OK)
		filled = tcs_arena_dup(x->arena,
		    buf.p == NULL ? tcs_slice_str("") : tcs_buf_view(&buf));
	tcs_buf_fini(&buf);
	return filled;
}

/* "crues/AP5": in a list's name {zone} is the code. NULL: none, or its zone
 * has a code that no file can be called. */
static const char *
raise_list_name(
    const struct tcs_raise_context *x, const struct tcs_raise *raise)
{
	const char *values[TCS_PLACE_COUNT] = {
	    [TCS_PLACE_ZONE] = x->signal->zone,
	    [TCS_PLACE_ZONE_CODE] = x->signal->zone};
	struct tcs_buf buf;
	const char *name = NULL;

	if (raise->list == NULL)
		return NULL;
	tcs_buf_init(&buf, RAISE_TEXT_MAX);
	tcs_template_fill(raise->list, values, &buf);
	if (buf.err == TCS_OK)
		name = tcs_arena_dup(x->arena, tcs_buf_view(&buf));
	tcs_buf_fini(&buf);
	return name;
}

/* The list's communes that are of the signal's département: a zone in two
 * départements has a thread in each. */
static enum tcs_err
raise_pick_communes(const struct tcs_raise_context *x,
    const struct tcs_list *list, struct tcs_proposal *proposal)
{
	const char **codes =
	    tcs_arena_alloc(x->arena, (list->n + 1) * sizeof(*codes));
	size_t n = 0;

	if (codes == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < list->n; i++) {
		char departement[4];
		tcs_insee_departement(list->insee[i], departement);
		if (strcmp(departement, proposal->departement) == 0)
			codes[n++] = list->insee[i];
	}
	proposal->insee = codes;
	proposal->insee_n = n;
	return TCS_OK;
}

/* A zone that is a commune is the territory. */
static enum tcs_err
raise_commune(const struct tcs_raise_context *x, struct tcs_proposal *proposal)
{
	const char **code = tcs_arena_alloc(x->arena, sizeof(*code));

	if (code == NULL)
		return TCS_ENOMEM;
	*code = x->signal->zone;
	proposal->insee = code;
	proposal->insee_n = 1;
	proposal->is_estimated = false;
	return TCS_OK;
}

static bool
raise_is_commune(const struct tcs_signal *signal)
{
	return signal->zone_scheme != NULL &&
	       strcmp(signal->zone_scheme, "INSEE") == 0 &&
	       tcs_insee_is_valid(signal->zone);
}

/* The préfecture's list, else the commune that the zone is, else the whole
 * département, said to be estimated. What Tocsin says of itself concerns no
 * territory. */
static enum tcs_err
raise_territory(const struct tcs_raise_context *x,
    const struct tcs_raise *raise, struct tcs_proposal *proposal)
{
	const char *name = raise_list_name(x, raise);
	const struct tcs_list *list =
	    name == NULL ? NULL : tcs_lists_get(x->lists, name, x->notes);
	enum tcs_err err = TCS_OK;

	proposal->is_estimated = !tcs_signal_is_system(x->signal);
	if (list == NULL)
		return raise_is_commune(x->signal) ? raise_commune(x, proposal)
		                                   : TCS_OK;
	err = raise_pick_communes(x, list, proposal);
	if (err != TCS_OK)
		return err;
	if (proposal->insee_n == 0 || proposal->insee_n > RAISE_COMMUNES_MAX) {
		tcs_diag_add(x->notes, TCS_ELIMIT, NULL, 0,
		    "list %s has %zu communes of département %s, not 1 to %d: "
		    "the whole département is taken",
		    name, proposal->insee_n, proposal->departement,
		    RAISE_COMMUNES_MAX);
		proposal->insee_n = 0;
		return TCS_OK;
	}
	proposal->is_estimated = false;
	proposal->list = name;
	return TCS_OK;
}

/* TCS_ACTION_..., or NULL when this raise has nothing to say. */
static const char *
raise_action(const struct tcs_raise_context *x, const struct tcs_raise *raise,
    const struct tcs_thread_raise *slot)
{
	if (tcs_signal_expiry(x->signal) <= x->now_ms)
		return NULL;
	if (!raise_is_alerte(raise))
		return TCS_ACTION_RAISE;
	/* An order stands while the source cannot be read. */
	if (x->move == TCS_MOVE_UPDATED && slot->number > 0 &&
	    tcs_signal_is_unknown(x->signal) &&
	    !tcs_signal_is_system(x->signal))
		return NULL;
	if (x->thread->state == TCS_THREAD_OPEN)
		return TCS_ACTION_RAISE;
	return slot->number > 0 ? TCS_ACTION_LIFT : NULL;
}

static void
raise_fill_texts(const struct tcs_raise_context *x,
    const struct tcs_raise *raise, bool has_times,
    struct tcs_proposal *proposal)
{
	const struct tcs_signal *s = x->signal;
	bool is_order = raise_is_alerte(raise) &&
	                strcmp(proposal->action, TCS_ACTION_RAISE) == 0;
	const char *headline = s->headline;

	if (raise->headline != NULL)
		headline = raise_fill(x, raise->headline, has_times);
	else if (headline == NULL)
		headline = raise_fill(x, "{source} {level} : {zone}", true);
	proposal->headline =
	    raise_bound(x->arena, headline, RAISE_HEADLINE_MAX, true);
	proposal->description =
	    raise_bound(x->arena, s->description, RAISE_TEXT_MAX, false);
	proposal->instruction = NULL;
	if (is_order)
		proposal->instruction =
		    raise_fill(x, raise->instruction, has_times);
}

/* 16 hex over what `proposal`, filled without times, says. */
static const char *
raise_content(
    const struct tcs_raise_context *x, const struct tcs_proposal *proposal)
{
	char hex[TCS_DIGEST_HEX];
	struct tcs_slice codes[2] = {{0}};
	char communes[TCS_DIGEST_HEX] = "";

	for (size_t i = 0; i < proposal->insee_n; i++) {
		codes[0] = tcs_slice_str(communes);
		codes[1] = tcs_slice_str(proposal->insee[i]);
		char next[TCS_DIGEST_HEX];
		(void)tcs_digest_parts(codes, 2, next);
		memcpy(communes, next, sizeof(communes));
	}
	const struct tcs_slice parts[] = {
	    tcs_slice_str(proposal->action),
	    tcs_slice_str(proposal->level),
	    tcs_slice_str(proposal->headline),
	    tcs_slice_str(proposal->description),
	    tcs_slice_str(proposal->instruction),
	    tcs_slice_str(proposal->audience),
	    tcs_slice_str(proposal->intended_status),
	    tcs_slice_str(proposal->departement),
	    tcs_slice_str(proposal->list),
	    tcs_slice_str(communes),
	    tcs_slice_str(proposal->is_end ? "end" : ""),
	};
	(void)tcs_digest_parts(parts, sizeof(parts) / sizeof(parts[0]), hex);
	return tcs_arena_dup(x->arena, tcs_slice(hex, 16));
}

/* What is meant for the realm, but never more than what the signal was: a test
 * of a source does not become an alert. */
static const char *
raise_status(const struct tcs_raise_context *x)
{
	const char *of_signal = x->signal->status;
	bool is_real = strcmp(x->status, "Actual") == 0;

	if (of_signal == NULL)
		return x->status;
	if (strcmp(of_signal, "Exercise") == 0)
		return of_signal;
	return is_real && strcmp(of_signal, "Test") == 0 ? of_signal
	                                                 : x->status;
}

static void
raise_fill_facts(const struct tcs_raise_context *x,
    const struct tcs_raise *raise, struct tcs_proposal *proposal)
{
	const struct tcs_signal *s = x->signal;

	*proposal = (struct tcs_proposal){
	    .sender = x->sender,
	    .sent_ms = x->now_ms,
	    .intended_status = raise_status(x),
	    .observatory = x->observatory,
	    .thread = x->thread->id,
	    .code = x->thread->code,
	    .rule = x->rule->id,
	    .rule_title = x->rule->title,
	    .raise = raise->id,
	    .nature = raise->nature,
	    .decision_mode = raise->decision,
	    .audience = raise->audience,
	    .signal = s->identifier,
	    .signal_reference = x->signal_reference,
	    .source = s->source,
	    .source_name = s->source_name != NULL ? s->source_name : s->source,
	    .feed = s->feed,
	    .zone = s->zone,
	    .zone_name = s->zone_name,
	    .zone_scheme = s->zone_scheme,
	    .phenomenon = s->phenomenon,
	    .level = s->level,
	    .previous_level = s->previous_level,
	    .issued_ms = s->issued_ms,
	    .fetched_ms = s->fetched_ms,
	    .expires_ms = tcs_signal_expiry(s),
	    .departement = s->departement,
	    .is_first_sight = s->is_first_sight && !tcs_signal_is_system(s),
	    .is_end = x->move == TCS_MOVE_ENDED && !raise_is_alerte(raise),
	    .web = s->web,
	    .category = s->category,
	    .event = s->event,
	};
}

/* Number, identifier, and what the next one will follow. */
static enum tcs_err
raise_sign(const struct tcs_raise_context *x, struct tcs_thread_raise *slot,
    struct tcs_proposal *proposal)
{
	char id[TCS_ID_MAX], sent[TCS_TIME_TEXT];

	proposal->number = slot->number + 1;
	proposal->references = slot->reference;
	tcs_proposal_identify(proposal, id);
	proposal->identifier = tcs_arena_dup(x->arena, tcs_slice_str(id));
	const struct tcs_slice reference[] = {tcs_slice_str(proposal->sender),
	    tcs_slice_str(","), tcs_slice_str(id), tcs_slice_str(","),
	    tcs_slice_str(tcs_time_iso(proposal->sent_ms, sent))};
	slot->reference = tcs_arena_join(
	    x->arena, reference, sizeof(reference) / sizeof(reference[0]));
	slot->number = proposal->number;
	slot->expires_ms = proposal->expires_ms;
	return proposal->identifier == NULL || slot->reference == NULL
	           ? TCS_ENOMEM
	           : TCS_OK;
}

enum tcs_err
tcs_raise_propose(const struct tcs_raise_context *x,
    const struct tcs_raise *raise, struct tcs_proposal *ret_proposal,
    bool *ret_has)
{
	struct tcs_proposal proposal;
	struct tcs_thread_raise *slot =
	    tcs_thread_raise_slot(x->thread, raise->id);

	*ret_has = false;
	if (slot == NULL)
		return TCS_ELIMIT;
	const char *action = raise_action(x, raise, slot);
	if (action == NULL)
		return TCS_OK;

	raise_fill_facts(x, raise, &proposal);
	proposal.action = action;
	enum tcs_err err = raise_territory(x, raise, &proposal);
	if (err != TCS_OK)
		return err;
	raise_fill_texts(x, raise, false, &proposal);
	const char *content = raise_content(x, &proposal);
	raise_fill_texts(x, raise, true, &proposal);
	if (content == NULL || proposal.headline == NULL)
		return TCS_ENOMEM;

	bool is_same = slot->number > 0 && strcmp(slot->content, content) == 0;
	if (is_same && slot->expires_ms == proposal.expires_ms)
		return TCS_OK;
	if (is_same) {
		proposal.action = TCS_ACTION_PROLONG;
	} else {
		slot->action = action;
		slot->content = content;
	}
	err = raise_sign(x, slot, &proposal);
	if (err != TCS_OK)
		return err;
	*ret_proposal = proposal;
	*ret_has = true;
	return TCS_OK;
}
