/* compile_when.c - the conditions of a rule. */
#include "core/xml.h"
#include "rules/compiler.h"
#include "rules/possible.h"

enum { COMPILE_CONDITIONS_MAX = 64 };

static void compile_group(struct tcs_compiler *c, struct tcs_cond *group,
    const struct tcs_xml_node *node);

static struct tcs_cond *
compile_condition(struct tcs_compiler *c, const struct tcs_matcher_ops *ops,
    const struct tcs_xml_node *node, bool is_negated)
{
	struct tcs_cond *cond = tcs_compiler_alloc(c, sizeof(*cond));

	if (cond == NULL)
		return NULL;
	cond->ops = ops;
	cond->line = tcs_xml_line(node);
	cond->is_negated = is_negated;
	if (++c->conditions > COMPILE_CONDITIONS_MAX) {
		tcs_compiler_fail(c, TCS_ELIMIT);
		return NULL;
	}
	if (ops->state_size > 0) {
		cond->state = tcs_compiler_alloc(c, ops->state_size);
		if (cond->state == NULL)
			return NULL;
	}
	enum tcs_err err = TCS_OK;
	if (ops->compile != NULL)
		err = ops->compile(cond->state, node, &c->base);
	if (ops->join != NULL)
		compile_group(c, cond, node);
	if (err == TCS_OK && ops->check != NULL)
		err = ops->check(cond, &c->base);
	if (err != TCS_OK)
		tcs_compiler_fail(c, err);
	return cond;
}

static void
compile_group(struct tcs_compiler *c, struct tcs_cond *group,
    const struct tcs_xml_node *node)
{
	struct tcs_cond **tail = &group->child;
	bool is_negated = group->is_negated != group->ops->is_negation;

	for (const struct tcs_xml_node *n = tcs_xml_child(node);
	     n != NULL && c->conditions <= COMPILE_CONDITIONS_MAX;
	     n = tcs_xml_next(n)) {
		const struct tcs_matcher_ops *ops =
		    tcs_matcher_find(tcs_xml_name(n));
		if (ops == NULL) {
			tcs_compiler_refuse(
			    c, tcs_xml_line(n), "no such condition");
			continue;
		}
		*tail = compile_condition(c, ops, n, is_negated);
		if (*tail == NULL)
			return;
		tail = &(*tail)->next;
	}
}

/* <when> is an <all>. */
void
tcs_compiler_when(struct tcs_compiler *c, const struct tcs_xml_node *node)
{
	const struct tcs_matcher_ops *all = tcs_matcher_find("all");

	tcs_assert(all != NULL);
	c->rule->when = compile_condition(c, all, node, false);
	if (c->conditions > COMPILE_CONDITIONS_MAX)
		tcs_compiler_refuse(c, tcs_xml_line(node),
		    "more than 64 conditions in one rule: divide it");
	if (c->err != TCS_OK)
		return;
	enum tcs_err err = tcs_possible_check(c->rule->when, &c->base);
	if (err != TCS_OK)
		tcs_compiler_fail(c, err);
}
