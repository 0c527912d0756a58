/* source.c - <source is="vigicrues meteofrance"/>: who issued it. */
#include "core/xml.h"
#include "rules/matcher.h"
#include "rules/possible.h"
#include "rules/tokens.h"

struct source {
	struct tcs_tokens is;
};

static enum tcs_err
source_compile(
    void *st, const struct tcs_xml_node *node, struct tcs_compile *compile)
{
	struct source *source = st;
	enum tcs_err err = tcs_tokens_read(compile->arena,
	    tcs_xml_attr(node, "is"), TCS_TRIAL_SOURCES_MAX - 1, &source->is);

	if (err != TCS_ELIMIT)
		return err;
	return tcs_diag_add(compile->diag, err, compile->file,
	    tcs_xml_line(node), "more than %d sources",
	    TCS_TRIAL_SOURCES_MAX - 1);
}

static enum tcs_err
source_check(const struct tcs_cond *cond, struct tcs_compile *compile)
{
	const struct source *source = cond->state;

	if (source->is.n > 0)
		return TCS_OK;
	return tcs_diag_add(compile->diag, TCS_EINVAL, compile->file,
	    cond->line, "no source named in is=\"…\": it can never match");
}

static enum tcs_err
source_trial(const void *st, struct tcs_trial *trial)
{
	const struct source *source = st;
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < source->is.n && err == TCS_OK; i++)
		err = tcs_trial_add(&trial->sources, source->is.items[i]);
	return err;
}

static enum tcs_match
source_match(const void *st, const struct tcs_subject *subject)
{
	const struct source *source = st;

	if (subject->signal->source == NULL)
		return TCS_UNKNOWN;
	return tcs_tokens_has(&source->is, subject->signal->source) ? TCS_YES
	                                                            : TCS_NO;
}

const struct tcs_matcher_ops tcs_matcher_source = {
    .name = "source",
    .about = "who issued it: is=\"vigicrues tocsin\"",
    .state_size = sizeof(struct source),
    .compile = source_compile,
    .check = source_check,
    .trial = source_trial,
    .match = source_match,
};
