#include "core/proposal.h"

#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/profile.h"
#include "core/proposal_cap.h"

#define PROPOSAL_AT(member) offsetof(struct tcs_proposal, member)
#define PROPOSAL_RESTRICTION                                                     \
	"Réservé aux destinataires désignés par le SIDPC ; ne pas diffuser " \
	"au public."

static const struct tcs_profile_param proposal_params[] = {
    {"tocsin:source", TCS_PROFILE_TEXT, PROPOSAL_AT(source), true},
    {"tocsin:source-name", TCS_PROFILE_TEXT, PROPOSAL_AT(source_name), true},
    {"tocsin:feed", TCS_PROFILE_TEXT, PROPOSAL_AT(feed), false},
    {"tocsin:zone", TCS_PROFILE_TEXT, PROPOSAL_AT(zone), true},
    {"tocsin:zone-name", TCS_PROFILE_TEXT, PROPOSAL_AT(zone_name), false},
    {"tocsin:phenomenon", TCS_PROFILE_TEXT, PROPOSAL_AT(phenomenon), false},
    {"tocsin:level", TCS_PROFILE_LEVEL, PROPOSAL_AT(level), true},
    {"tocsin:previous-level", TCS_PROFILE_LEVEL, PROPOSAL_AT(previous_level),
        false},
    {"tocsin:issued", TCS_PROFILE_TIME, PROPOSAL_AT(issued_ms), false},
    {"tocsin:fetched", TCS_PROFILE_TIME, PROPOSAL_AT(fetched_ms), true},
    {"tocsin:first-sight", TCS_PROFILE_FLAG, PROPOSAL_AT(is_first_sight),
        false},
    {"tocsin:end", TCS_PROFILE_FLAG, PROPOSAL_AT(is_end), false},
    {"tocsin:nature", TCS_PROFILE_TEXT, PROPOSAL_AT(nature), true},
    {"tocsin:action", TCS_PROFILE_TEXT, PROPOSAL_AT(action), true},
    {"tocsin:thread", TCS_PROFILE_TEXT, PROPOSAL_AT(thread), true},
    {"tocsin:code", TCS_PROFILE_TEXT, PROPOSAL_AT(code), true},
    {"tocsin:rule", TCS_PROFILE_TEXT, PROPOSAL_AT(rule), true},
    {"tocsin:rule-title", TCS_PROFILE_TEXT, PROPOSAL_AT(rule_title), false},
    {"tocsin:raise", TCS_PROFILE_TEXT, PROPOSAL_AT(raise), true},
    {"tocsin:number", TCS_PROFILE_NUMBER, PROPOSAL_AT(number), true},
    {"tocsin:decision-mode", TCS_PROFILE_TEXT, PROPOSAL_AT(decision_mode),
        true},
    {"tocsin:audience", TCS_PROFILE_TEXT, PROPOSAL_AT(audience), true},
    {"tocsin:signal", TCS_PROFILE_TEXT, PROPOSAL_AT(signal), true},
    {"tocsin:signal-reference", TCS_PROFILE_TEXT, PROPOSAL_AT(signal_reference),
        false},
    {"tocsin:list", TCS_PROFILE_TEXT, PROPOSAL_AT(list), false},
    {"tocsin:estimated", TCS_PROFILE_FLAG, PROPOSAL_AT(is_estimated), false},
    {"tocsin:observatory", TCS_PROFILE_TEXT, PROPOSAL_AT(observatory), true},
    {"tocsin:intended-status", TCS_PROFILE_TEXT, PROPOSAL_AT(intended_status),
        true},
};
enum {
	PROPOSAL_PARAMS_N = sizeof(proposal_params) / sizeof(proposal_params[0])
};

void
tcs_thread_hash(const char *thread, char hash[9])
{
	char hex[TCS_DIGEST_HEX];

	(void)tcs_digest(tcs_slice_str(thread), hex);
	memcpy(hash, hex, 8);
	hash[8] = '\0';
}

void
tcs_proposal_text_hash(const struct tcs_proposal *proposal, char hex[65])
{
	char expires[TCS_TIME_TEXT] = "";
	char insee_hex[TCS_DIGEST_HEX] = "";

	if (proposal->expires_ms != TCS_NO_TIME)
		(void)tcs_time_compact(proposal->expires_ms, expires);
	for (size_t i = 0; i < proposal->insee_n; i++) {
		/* A chain: the hash so far and the next code. */
		const struct tcs_slice link[] = {tcs_slice_str(insee_hex),
		    tcs_slice_str(proposal->insee[i])};
		char next[TCS_DIGEST_HEX];
		(void)tcs_digest_parts(link, 2, next);
		memcpy(insee_hex, next, sizeof(next));
	}
	const struct tcs_slice parts[] = {
	    tcs_slice_str(proposal->action),
	    tcs_slice_str(proposal->level),
	    tcs_slice_str(proposal->departement),
	    tcs_slice_str(proposal->list),
	    tcs_slice_str(insee_hex),
	    tcs_slice_str(proposal->is_estimated ? "estimated" : ""),
	    tcs_slice_str(proposal->audience),
	    tcs_slice_str(proposal->headline),
	    tcs_slice_str(proposal->description),
	    tcs_slice_str(proposal->instruction),
	    tcs_slice_str(expires),
	};
	(void)tcs_digest_parts(parts, sizeof(parts) / sizeof(parts[0]), hex);
}

void
tcs_proposal_print_id(const struct tcs_proposal *proposal, char version,
    unsigned number, const char *content, char id[TCS_ID_MAX])
{
	char hash[9];
	struct tcs_buf buf;

	tcs_thread_hash(proposal->thread, hash);
	tcs_buf_init(&buf, TCS_ID_MAX - 1);
	tcs_profile_id_part(&buf, proposal->observatory, 40);
	tcs_buf_char(&buf, '.');
	tcs_buf_str(&buf, hash);
	tcs_buf_char(&buf, '.');
	tcs_profile_id_part(&buf, proposal->raise, 64);
	tcs_buf_char(&buf, '.');
	tcs_buf_char(&buf, version);
	tcs_buf_i64(&buf, number);
	tcs_buf_char(&buf, '-');
	tcs_buf_append(&buf, content, strnlen(content, 6));
	tcs_assert(buf.err == TCS_OK);
	memcpy(id, buf.p, buf.n + 1);
	tcs_buf_fini(&buf);
}

void
tcs_proposal_identify(const struct tcs_proposal *proposal, char id[TCS_ID_MAX])
{
	char text[TCS_DIGEST_HEX], content[TCS_DIGEST_HEX];

	tcs_proposal_text_hash(proposal, text);
	const struct tcs_slice parts[] = {
	    tcs_slice_str(text),
	    tcs_slice_str(proposal->signal),
	    tcs_slice_str(proposal->references),
	    tcs_slice_str(proposal->raise),
	};
	(void)tcs_digest_parts(
	    parts, sizeof(parts) / sizeof(parts[0]), content);
	tcs_proposal_print_id(proposal, 'p', proposal->number, content, id);
}

static const char *
proposal_response(const struct tcs_proposal *proposal)
{
	if (strcmp(proposal->action, TCS_ACTION_LIFT) == 0 || proposal->is_end)
		return "AllClear";
	if (strcmp(proposal->nature, TCS_NATURE_ALERTE) == 0)
		return "Execute";
	return "Monitor";
}

/* As the signal behind it: Tocsin's own watch is no weather. */
static const char *
proposal_category(const struct tcs_proposal *proposal)
{
	if (proposal->category != NULL)
		return proposal->category;
	bool is_self = proposal->source != NULL &&
	               strcmp(proposal->source, TCS_SOURCE_SELF) == 0;

	return is_self ? "Infra" : "Met";
}

static enum tcs_err
proposal_check_words(const struct tcs_proposal *proposal, enum tcs_err err,
    struct tcs_diag *diag)
{
	static const char *const actions[] = {
	    TCS_ACTION_RAISE, TCS_ACTION_LIFT, TCS_ACTION_PROLONG};
	bool is_action = false;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		is_action =
		    is_action || strcmp(proposal->action, actions[i]) == 0;
	if (!is_action)
		return tcs_diag_add(diag, err, NULL, 0,
		    "tocsin:action is neither raise, lift nor prolong");
	if (strcmp(proposal->nature, TCS_NATURE_INFORMATION) != 0 &&
	    strcmp(proposal->nature, TCS_NATURE_ALERTE) != 0)
		return tcs_diag_add(diag, err, NULL, 0,
		    "tocsin:nature is neither information nor alerte");
	return TCS_OK;
}

enum tcs_err
tcs_proposal_fill(struct tcs_cap *cap, const struct tcs_proposal *proposal,
    const struct tcs_proposal_texts *texts, struct tcs_diag *diag)
{
	if (proposal->action == NULL || proposal->nature == NULL ||
	    proposal->departement == NULL || proposal->zone == NULL)
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "no action, nature, zone or département");
	enum tcs_err err = proposal_check_words(proposal, TCS_EINVAL, diag);
	if (err != TCS_OK)
		return err;
	const struct tcs_profile_info info = {
	    .category = proposal_category(proposal),
	    .event = proposal->event,
	    .response = proposal_response(proposal),
	    .phenomenon = proposal->phenomenon,
	    .level = proposal->level,
	    .is_end = proposal->is_end,
	    .expires_ms = proposal->expires_ms,
	    .sender_name = texts->sender_name,
	    .headline = texts->headline,
	    .description = texts->description,
	    .instruction = texts->instruction,
	    .web = proposal->web,
	};
	const struct tcs_profile_area area = {
	    .zone = proposal->zone,
	    .zone_name = proposal->zone_name,
	    .zone_scheme = proposal->zone_scheme,
	    .departement = proposal->departement,
	    .insee = proposal->insee,
	    .insee_n = proposal->insee_n,
	};

	cap->identifier = tcs_cap_dup(cap, proposal->identifier);
	cap->sender = tcs_cap_dup(cap, proposal->sender);
	cap->sent_ms = proposal->sent_ms;
	cap->scope = "Restricted";
	cap->restriction = PROPOSAL_RESTRICTION;
	cap->references = tcs_cap_dup(cap, proposal->references);
	tcs_profile_add_info(cap, &info);
	if (cap->infos == NULL)
		return TCS_ENOMEM;
	tcs_profile_add_area(cap, &area);
	return tcs_profile_write(
	    cap, proposal, proposal_params, PROPOSAL_PARAMS_N, diag);
}

enum tcs_err
tcs_proposal_to_cap(const struct tcs_proposal *proposal,
    struct tcs_cap **ret_cap, struct tcs_diag *diag)
{
	const struct tcs_proposal_texts texts = {
	    .sender_name = proposal->source_name,
	    .headline = proposal->headline,
	    .description = proposal->description,
	    .instruction = proposal->instruction,
	};
	struct tcs_cap *cap = tcs_cap_new();

	if (cap == NULL)
		return TCS_ENOMEM;
	cap->status = "Draft";
	cap->msg_type = proposal->references == NULL ? "Alert" : "Update";
	enum tcs_err err = tcs_proposal_fill(cap, proposal, &texts, diag);
	if (err == TCS_OK)
		err = tcs_cap_check(cap, diag);
	if (err != TCS_OK) {
		tcs_cap_free(&cap);
		return err;
	}
	*ret_cap = cap;
	return TCS_OK;
}

static size_t
proposal_count_insee(const struct tcs_cap_value *code)
{
	size_t n = 0;

	for (; code != NULL; code = code->next)
		n += strcmp(code->name, "INSEE") == 0;
	return n;
}

/* The INSEE codes of the first area, as an array in the message's arena. */
static enum tcs_err
proposal_read_insee(struct tcs_cap *cap, struct tcs_proposal *proposal)
{
	const struct tcs_cap_area *area = cap->infos->areas;
	const struct tcs_cap_value *code = area == NULL ? NULL : area->geocodes;
	size_t n = proposal_count_insee(code), at = 0;

	if (n == 0)
		return TCS_OK;
	const char **codes = tcs_arena_alloc(cap->arena, n * sizeof(*codes));
	if (codes == NULL)
		return TCS_ENOMEM;
	for (; code != NULL; code = code->next) {
		if (strcmp(code->name, "INSEE") == 0)
			codes[at++] = code->value;
	}
	proposal->insee = codes;
	proposal->insee_n = n;
	return TCS_OK;
}

enum tcs_err
tcs_proposal_scan(struct tcs_cap *cap, struct tcs_proposal *ret_proposal,
    struct tcs_diag *diag)
{
	const struct tcs_cap_info *info = cap->infos;
	struct tcs_proposal proposal = {
	    .identifier = cap->identifier,
	    .sender = cap->sender,
	    .sent_ms = cap->sent_ms,
	    .references = cap->references,
	};

	if (info == NULL)
		return tcs_diag_add(
		    diag, TCS_EPARSE, NULL, 0, "<alert>: no <info>");
	enum tcs_err err = tcs_profile_read(
	    cap, &proposal, proposal_params, PROPOSAL_PARAMS_N, diag);
	if (err == TCS_OK)
		err = proposal_check_words(&proposal, TCS_EPARSE, diag);
	if (err == TCS_OK)
		err = proposal_read_insee(cap, &proposal);
	if (err != TCS_OK)
		return err;
	proposal.zone_scheme = tcs_profile_zone_scheme(cap, proposal.zone);
	proposal.departement = tcs_profile_departement(cap);
	proposal.expires_ms = info->expires_ms;
	proposal.headline = info->headline;
	proposal.description = info->description;
	proposal.instruction = info->instruction;
	proposal.web = info->web;
	proposal.category =
	    info->categories == NULL ? NULL : info->categories->text;
	proposal.event = info->event;
	*ret_proposal = proposal;
	return TCS_OK;
}

enum tcs_err
tcs_proposal_from_cap(struct tcs_cap *cap, struct tcs_proposal *ret_proposal,
    struct tcs_diag *diag)
{
	if (strcmp(cap->status, "Draft") != 0)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "<status>: not a proposal, its status is not Draft");
	return tcs_proposal_scan(cap, ret_proposal, diag);
}
