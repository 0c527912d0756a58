/* zone.c - <zone is="AP5 AP14"/>: the source's own codes of places. */
#include "core/xml.h"
#include "rules/matcher.h"
#include "rules/possible.h"
#include "rules/tokens.h"

struct zone {
	struct tcs_tokens is;
};

static enum tcs_err
zone_compile(
    void *st, const struct tcs_xml_node *node, struct tcs_compile *compile)
{
	struct zone *zone = st;
	enum tcs_err err = tcs_tokens_read(compile->arena,
	    tcs_xml_attr(node, "is"), TCS_TRIAL_ZONES_MAX - 1, &zone->is);

	if (err != TCS_ELIMIT)
		return err;
	return tcs_diag_add(compile->diag, err, compile->file,
	    tcs_xml_line(node), "more than %d zones", TCS_TRIAL_ZONES_MAX - 1);
}

static enum tcs_err
zone_check(const struct tcs_cond *cond, struct tcs_compile *compile)
{
	const struct zone *zone = cond->state;

	if (zone->is.n > 0)
		return TCS_OK;
	return tcs_diag_add(compile->diag, TCS_EINVAL, compile->file,
	    cond->line, "no zone named in is=\"…\": it can never match");
}

static enum tcs_err
zone_trial(const void *st, struct tcs_trial *trial)
{
	const struct zone *zone = st;
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < zone->is.n && err == TCS_OK; i++)
		err = tcs_trial_add(&trial->zones, zone->is.items[i]);
	return err;
}

static enum tcs_match
zone_match(const void *st, const struct tcs_subject *subject)
{
	const struct zone *zone = st;

	if (subject->signal->zone == NULL)
		return TCS_UNKNOWN;
	return tcs_tokens_has(&zone->is, subject->signal->zone) ? TCS_YES
	                                                        : TCS_NO;
}

const struct tcs_matcher_ops tcs_matcher_zone = {
    .name = "zone",
    .about = "the source's code of the place: is=\"AP5 AP14\"",
    .state_size = sizeof(struct zone),
    .compile = zone_compile,
    .check = zone_check,
    .trial = zone_trial,
    .match = zone_match,
};
