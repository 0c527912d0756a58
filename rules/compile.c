#include "rules/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/proposal.h"
#include "core/xml.h"
#include "rules/matcher.h"
#include "rules/possible.h"
#include "rules/template.h"
#include "rules/tokens.h"
#include "territory/list.h"

enum {
	COMPILE_ARENA_MAX = 4 * 1024 * 1024,
	COMPILE_CONDITIONS_MAX = 64,
	COMPILE_AUDIENCES_MAX = 64,
	COMPILE_TEXT_MAX = 64 * 1024,
};

/* A rule while it is read. Findings are gathered as far as it makes sense;
 * `err` is the first error. */
struct compiler {
	struct tcs_compile base;
	struct tcs_rule *rule;
	size_t conditions;
	enum tcs_err err;
};

void
tcs_rule_free(struct tcs_rule **rule)
{
	if (rule == NULL || *rule == NULL)
		return;
	tcs_arena_free(&(*rule)->arena);
	free(*rule);
	*rule = NULL;
}

static void
compile_fail(struct compiler *c, enum tcs_err err)
{
	if (c->err == TCS_OK)
		c->err = err;
}

static void
compile_refuse(struct compiler *c, unsigned line, const char *reason)
{
	compile_fail(c, tcs_diag_add(c->base.diag, TCS_EINVAL, c->base.file,
	                    line, "%s", reason));
}

static void
compile_warn(struct compiler *c, unsigned line, const char *reason)
{
	(void)tcs_diag_add(
	    c->base.diag, TCS_OK, c->base.file, line, "warning: %s", reason);
}

static void *
compile_alloc(struct compiler *c, size_t n)
{
	void *p = tcs_arena_alloc(c->base.arena, n);

	if (p == NULL)
		compile_fail(c, TCS_ENOMEM);
	return p;
}

/* A copy with one blank wherever there were blanks or line ends, none at the
 * ends; NULL for NULL. */
static const char *
compile_squeeze(struct compiler *c, const char *text)
{
	if (text == NULL)
		return NULL;
	char *copy = tcs_arena_dup(c->base.arena, tcs_slice_str(text));
	if (copy == NULL) {
		compile_fail(c, TCS_ENOMEM);
		return NULL;
	}
	size_t n = 0;
	for (size_t i = 0; copy[i] != '\0'; i++) {
		bool is_blank = strchr(" \t\r\n", copy[i]) != NULL;
		if (!is_blank)
			copy[n++] = copy[i];
		else if (n > 0 && copy[n - 1] != ' ')
			copy[n++] = ' ';
	}
	while (n > 0 && copy[n - 1] == ' ')
		n--;
	copy[n] = '\0';
	return copy;
}

static const char *
compile_attr(
    struct compiler *c, const struct tcs_xml_node *node, const char *name)
{
	return compile_squeeze(c, tcs_xml_attr(node, name));
}

/* The text of an element; a finding when it is blank. */
static const char *
compile_text(struct compiler *c, const struct tcs_xml_node *node)
{
	struct tcs_buf buf;
	const char *text = NULL;

	tcs_buf_init(&buf, COMPILE_TEXT_MAX);
	tcs_xml_text(node, &buf);
	if (buf.err == TCS_OK)
		text = compile_squeeze(c, buf.p == NULL ? "" : buf.p);
	else
		compile_fail(c, buf.err);
	tcs_buf_fini(&buf);
	if (text != NULL && *text == '\0')
		compile_refuse(c, tcs_xml_line(node), "no text in it");
	return text;
}

static void
compile_places(struct compiler *c, const char *text, unsigned allowed,
    const struct tcs_xml_node *node)
{
	if (text == NULL)
		return;
	enum tcs_err err = tcs_template_check(
	    text, allowed, c->base.file, tcs_xml_line(node), c->base.diag);
	if (err != TCS_OK)
		compile_fail(c, err);
}

/* Conditions. */

static void compile_group(struct compiler *c, struct tcs_cond *group,
    const struct tcs_xml_node *node);

static struct tcs_cond *
compile_condition(struct compiler *c, const struct tcs_matcher_ops *ops,
    const struct tcs_xml_node *node, bool is_negated)
{
	struct tcs_cond *cond = compile_alloc(c, sizeof(*cond));

	if (cond == NULL)
		return NULL;
	cond->ops = ops;
	cond->line = tcs_xml_line(node);
	cond->is_negated = is_negated;
	if (++c->conditions > COMPILE_CONDITIONS_MAX) {
		compile_fail(c, TCS_ELIMIT);
		return NULL;
	}
	if (ops->state_size > 0) {
		cond->state = compile_alloc(c, ops->state_size);
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
		compile_fail(c, err);
	return cond;
}

static void
compile_group(
    struct compiler *c, struct tcs_cond *group, const struct tcs_xml_node *node)
{
	struct tcs_cond **tail = &group->child;
	bool is_negated = group->is_negated != group->ops->is_negation;

	for (const struct tcs_xml_node *n = tcs_xml_child(node);
	     n != NULL && c->conditions <= COMPILE_CONDITIONS_MAX;
	     n = tcs_xml_next(n)) {
		const struct tcs_matcher_ops *ops =
		    tcs_matcher_find(tcs_xml_name(n));
		if (ops == NULL) {
			compile_refuse(c, tcs_xml_line(n), "no such condition");
			continue;
		}
		*tail = compile_condition(c, ops, n, is_negated);
		if (*tail == NULL)
			return;
		tail = &(*tail)->next;
	}
}

/* <when> is an <all>. */
static void
compile_when(struct compiler *c, const struct tcs_xml_node *node)
{
	const struct tcs_matcher_ops *all = tcs_matcher_find("all");

	tcs_assert(all != NULL);
	c->rule->when = compile_condition(c, all, node, false);
	if (c->conditions > COMPILE_CONDITIONS_MAX)
		compile_refuse(c, tcs_xml_line(node),
		    "more than 64 conditions in one rule: divide it");
	if (c->err != TCS_OK)
		return;
	enum tcs_err err = tcs_possible_check(c->rule->when, &c->base);
	if (err != TCS_OK)
		compile_fail(c, err);
}

/* Raises. */

static const char *
compile_audience(struct compiler *c, const struct tcs_xml_node *node,
    const char *attribute, struct tcs_tokens *ret_tokens)
{
	const char *text = compile_attr(c, node, attribute);
	enum tcs_err err = tcs_tokens_read(
	    c->base.arena, text, COMPILE_AUDIENCES_MAX, ret_tokens);

	if (err != TCS_OK)
		compile_fail(c, err);
	return text;
}

/* One <action>: appended to the order, with whom it is for in front when there
 * are several. */
static void
compile_action(struct compiler *c, const struct tcs_xml_node *node,
    const struct tcs_tokens *audience, bool is_alone, struct tcs_buf *order)
{
	struct tcs_tokens names = {0};
	const char *whom = compile_audience(c, node, "for", &names);
	const char *text = compile_text(c, node);

	for (size_t i = 0; i < names.n; i++) {
		if (tcs_tokens_has(audience, names.items[i]))
			continue;
		compile_fail(
		    c, tcs_diag_add(c->base.diag, TCS_EINVAL, c->base.file,
		           tcs_xml_line(node),
		           "action for '%s', which is not in the audience",
		           names.items[i]));
	}
	compile_places(c, text, TCS_PLACES_ALL, node);
	if (whom == NULL || text == NULL)
		return;
	if (order->n > 0)
		tcs_buf_char(order, '\n');
	if (!is_alone)
		tcs_buf_printf(order, "%s : ", whom);
	tcs_buf_str(order, text);
}

static void
compile_instruction(struct compiler *c, struct tcs_raise *raise,
    const struct tcs_xml_node *node, const struct tcs_tokens *audience)
{
	struct tcs_buf order;
	const struct tcs_xml_node *first = tcs_xml_find(node, "action");
	const struct tcs_xml_node *second =
	    first == NULL ? NULL : tcs_xml_next(first);
	bool is_alone =
	    second == NULL || strcmp(tcs_xml_name(second), "action") != 0;

	tcs_buf_init(&order, COMPILE_TEXT_MAX);
	for (const struct tcs_xml_node *n = first; n != NULL;
	     n = tcs_xml_next(n)) {
		if (strcmp(tcs_xml_name(n), "action") == 0)
			compile_action(c, n, audience, is_alone, &order);
	}
	if (order.err != TCS_OK)
		compile_fail(c, order.err);
	else if (order.n > 0)
		raise->instruction =
		    tcs_arena_dup(c->base.arena, tcs_buf_view(&order));
	tcs_buf_fini(&order);
}

static void
compile_nature(struct compiler *c, const struct tcs_raise *raise)
{
	bool is_alerte = strcmp(raise->nature, TCS_NATURE_ALERTE) == 0;

	if (is_alerte && raise->instruction == NULL)
		compile_refuse(c, raise->line,
		    "an alerte without <action>: say what is to be done, or "
		    "make it an information");
	if (is_alerte && strcmp(raise->decision, "authority") != 0)
		compile_refuse(c, raise->line,
		    "an alerte never leaves without a decision: write "
		    "decision=\"authority\"");
	if (!is_alerte && raise->instruction != NULL)
		compile_refuse(c, raise->line,
		    "an information gives no order: take <action> out, or make "
		    "it an alerte");
	if (!is_alerte && strcmp(raise->decision, "none") != 0)
		compile_refuse(c, raise->line,
		    "an information leaves by itself: decision is \"none\"");
}

/* The name of a list, seen with a zone's code in it. */
static void
compile_territory(struct compiler *c, struct tcs_raise *raise,
    const struct tcs_xml_node *node)
{
	static const char *const sample[TCS_PLACE_COUNT] = {
	    [TCS_PLACE_ZONE] = "AP5", [TCS_PLACE_ZONE_CODE] = "AP5"};
	struct tcs_buf name;
	const unsigned zones = 1u << TCS_PLACE_ZONE | 1u << TCS_PLACE_ZONE_CODE;

	if (node == NULL)
		return;
	raise->list = compile_attr(c, node, "list");
	enum tcs_err before = c->err;
	compile_places(c, raise->list, zones, node);
	if (raise->list == NULL || c->err != before)
		return;
	tcs_buf_init(&name, COMPILE_TEXT_MAX);
	tcs_template_fill(raise->list, sample, &name);
	if (name.err != TCS_OK || !tcs_list_name_is_valid(name.p))
		compile_refuse(c, tcs_xml_line(node),
		    "not the name of a list: letters, digits, '-', '_', '.', "
		    "one '/' and {zone}, as in \"crues/{zone}\"");
	tcs_buf_fini(&name);
}

static struct tcs_raise *
compile_raise(struct compiler *c, const struct tcs_xml_node *node)
{
	struct tcs_raise *raise = compile_alloc(c, sizeof(*raise));
	struct tcs_tokens audience = {0};

	if (raise == NULL)
		return NULL;
	raise->line = tcs_xml_line(node);
	raise->nature = compile_attr(c, node, "nature");
	raise->id = compile_attr(c, node, "id");
	if (raise->id == NULL)
		raise->id = raise->nature;
	raise->audience = compile_audience(c, node, "audience", &audience);
	raise->decision = compile_attr(c, node, "decision");
	if (raise->nature == NULL)
		return raise;
	if (raise->decision == NULL)
		raise->decision = strcmp(raise->nature, TCS_NATURE_ALERTE) == 0
		                      ? "authority"
		                      : "none";
	const struct tcs_xml_node *headline = tcs_xml_find(node, "headline");
	if (headline != NULL) {
		raise->headline = compile_text(c, headline);
		compile_places(c, raise->headline, TCS_PLACES_ALL, headline);
	}
	compile_instruction(c, raise, node, &audience);
	compile_territory(c, raise, tcs_xml_find(node, "territory"));
	compile_nature(c, raise);
	return raise;
}

static void
compile_raise_is_unique(struct compiler *c, const struct tcs_raise *raise)
{
	for (const struct tcs_raise *r = c->rule->raises;
	     r != raise && r->id != NULL && raise->id != NULL; r = r->next) {
		if (strcmp(r->id, raise->id) != 0)
			continue;
		compile_fail(c,
		    tcs_diag_add(c->base.diag, TCS_EINVAL, c->base.file,
		        raise->line,
		        "a raise '%s' is at line %u already: give this one an "
		        "id of its own",
		        raise->id, r->line));
		return;
	}
}

/* Examples. */

static struct tcs_example *
compile_example(struct compiler *c, const struct tcs_xml_node *node)
{
	struct tcs_example *example = compile_alloc(c, sizeof(*example));
	const struct tcs_xml_node *signal = tcs_xml_find(node, "signal");
	const char *match = tcs_xml_attr(node, "match");

	if (example == NULL || signal == NULL || match == NULL)
		return example;
	example->line = tcs_xml_line(node);
	example->want = strchr(match, 'y') != NULL   ? TCS_YES
	                : strchr(match, 'u') != NULL ? TCS_UNKNOWN
	                                             : TCS_NO;
	example->signal = (struct tcs_signal){
	    .source = compile_attr(c, signal, "source"),
	    .zone = compile_attr(c, signal, "zone"),
	    .phenomenon = compile_attr(c, signal, "phenomenon"),
	    .level = compile_attr(c, signal, "level"),
	    .previous_level = compile_attr(c, signal, "previous"),
	    .headline = compile_attr(c, signal, "headline"),
	    .description = compile_attr(c, signal, "text"),
	    .issued_ms = TCS_NO_TIME,
	};
	return example;
}

static void
compile_warn_examples(struct compiler *c)
{
	bool has_yes = false;
	bool has_no = false;

	for (const struct tcs_example *e = c->rule->examples; e != NULL;
	     e = e->next) {
		has_yes = has_yes || e->want == TCS_YES;
		has_no = has_no || e->want == TCS_NO;
	}
	if (!has_yes)
		compile_warn(c, 1,
		    "no example that must match: nothing shows "
		    "that this rule does what it should");
	if (!has_no)
		compile_warn(c, 1, "no example that must not match");
}

/* The rule. */

static void
compile_review(
    struct compiler *c, const struct tcs_xml_node *root, int64_t now_ms)
{
	char midnight[32];
	const char *review = compile_attr(c, root, "review");

	if (review == NULL)
		return;
	(void)snprintf(midnight, sizeof(midnight), "%.10sT00:00:00Z", review);
	if (tcs_time_parse(tcs_slice_str(midnight), &c->rule->review_ms) !=
	    TCS_OK) {
		compile_refuse(c, tcs_xml_line(root),
		    "review is not a date: write 2027-06-01");
		return;
	}
	if (c->rule->review_ms < now_ms)
		compile_warn(c, tcs_xml_line(root),
		    "the review date is past: look at this rule again, then "
		    "write the next date");
}

static void
compile_children(struct compiler *c, const struct tcs_xml_node *root)
{
	struct tcs_raise **raise = &c->rule->raises;
	struct tcs_example **example = &c->rule->examples;

	for (const struct tcs_xml_node *n = tcs_xml_child(root);
	     n != NULL && c->err != TCS_ENOMEM; n = tcs_xml_next(n)) {
		const char *name = tcs_xml_name(n);
		if (strcmp(name, "when") == 0) {
			compile_when(c, n);
		} else if (strcmp(name, "raise") == 0) {
			*raise = compile_raise(c, n);
			if (*raise == NULL)
				return;
			compile_raise_is_unique(c, *raise);
			raise = &(*raise)->next;
		} else {
			*example = compile_example(c, n);
			if (*example == NULL)
				return;
			example = &(*example)->next;
		}
	}
}

static void
compile_rule(
    struct compiler *c, const struct tcs_xml_node *root, int64_t now_ms)
{
	struct tcs_rule *rule = c->rule;

	rule->file = tcs_arena_dup(c->base.arena, tcs_slice_str(c->base.file));
	rule->id = compile_attr(c, root, "id");
	rule->title = compile_attr(c, root, "title");
	rule->owner = compile_attr(c, root, "owner");
	rule->basis = compile_attr(c, root, "basis");
	if (rule->file == NULL)
		compile_fail(c, TCS_ENOMEM);
	compile_review(c, root, now_ms);
	compile_children(c, root);
	compile_warn_examples(c);
}

static enum tcs_err
compile_document(const struct tcs_xml *xml, struct compiler *c, int64_t now_ms,
    struct tcs_rule **ret_rule)
{
	c->rule = calloc(1, sizeof(*c->rule));
	if (c->rule == NULL)
		return TCS_ENOMEM;
	c->rule->arena = tcs_arena_new(COMPILE_ARENA_MAX);
	c->base.arena = c->rule->arena;
	if (c->base.arena == NULL)
		c->err = TCS_ENOMEM;
	else
		compile_rule(c, tcs_xml_root(xml), now_ms);
	if (c->err != TCS_OK) {
		tcs_rule_free(&c->rule);
		return c->err;
	}
	*ret_rule = c->rule;
	return TCS_OK;
}

enum tcs_err
tcs_rule_compile(struct tcs_slice text, const char *file,
    const struct tcs_xml_schema *schema, int64_t now_ms,
    struct tcs_rule **ret_rule, struct tcs_diag *diag)
{
	struct compiler c = {.base = {.file = file, .diag = diag}};
	struct tcs_xml *xml = NULL;
	enum tcs_err err =
	    tcs_xml_parse(text, TCS_RULE_BYTES_MAX, file, &xml, diag);

	if (err == TCS_OK)
		err = tcs_xml_validate(xml, schema, diag);
	if (err == TCS_OK)
		err = compile_document(xml, &c, now_ms, ret_rule);
	tcs_xml_free(&xml);
	return err;
}
