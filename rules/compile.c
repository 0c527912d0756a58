#include "rules/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/xml.h"
#include "rules/compiler.h"

enum { COMPILE_ARENA_MAX = 4 * 1024 * 1024 };

void
tcs_rule_free(struct tcs_rule **rule)
{
	if (rule == NULL || *rule == NULL)
		return;
	tcs_arena_free(&(*rule)->arena);
	free(*rule);
	*rule = NULL;
}

/* Examples. */

static struct tcs_example *
compile_example(struct tcs_compiler *c, const struct tcs_xml_node *node)
{
	struct tcs_example *example = tcs_compiler_alloc(c, sizeof(*example));
	const struct tcs_xml_node *signal = tcs_xml_find(node, "signal");
	const char *match = tcs_xml_attr(node, "match");

	if (example == NULL || signal == NULL || match == NULL)
		return example;
	example->line = tcs_xml_line(node);
	example->want = strchr(match, 'y') != NULL   ? TCS_YES
	                : strchr(match, 'u') != NULL ? TCS_UNKNOWN
	                                             : TCS_NO;
	example->signal = (struct tcs_signal){
	    .source = tcs_compiler_attr(c, signal, "source"),
	    .zone = tcs_compiler_attr(c, signal, "zone"),
	    .phenomenon = tcs_compiler_attr(c, signal, "phenomenon"),
	    .level = tcs_compiler_attr(c, signal, "level"),
	    .previous_level = tcs_compiler_attr(c, signal, "previous"),
	    .headline = tcs_compiler_attr(c, signal, "headline"),
	    .description = tcs_compiler_attr(c, signal, "text"),
	    .issued_ms = TCS_NO_TIME,
	};
	return example;
}

static void
compile_warn_examples(struct tcs_compiler *c)
{
	bool has_yes = false;
	bool has_no = false;

	for (const struct tcs_example *e = c->rule->examples; e != NULL;
	     e = e->next) {
		has_yes = has_yes || e->want == TCS_YES;
		has_no = has_no || e->want == TCS_NO;
	}
	if (!has_yes)
		tcs_compiler_warn(c, 1,
		    "no example that must match: nothing shows "
		    "that this rule does what it should");
	if (!has_no)
		tcs_compiler_warn(c, 1, "no example that must not match");
}

/* The rule. */

static void
compile_raise_is_unique(struct tcs_compiler *c, const struct tcs_raise *raise)
{
	for (const struct tcs_raise *r = c->rule->raises;
	     r != raise && r->id != NULL && raise->id != NULL; r = r->next) {
		if (strcmp(r->id, raise->id) != 0)
			continue;
		tcs_compiler_fail(c,
		    tcs_diag_add(c->base.diag, TCS_EINVAL, c->base.file,
		        raise->line,
		        "a raise '%s' is at line %u already: give this one an "
		        "id of its own",
		        raise->id, r->line));
		return;
	}
}

static void
compile_review(
    struct tcs_compiler *c, const struct tcs_xml_node *root, int64_t now_ms)
{
	char midnight[32];
	const char *review = tcs_compiler_attr(c, root, "review");

	if (review == NULL)
		return;
	(void)snprintf(midnight, sizeof(midnight), "%.10sT00:00:00Z", review);
	if (tcs_time_parse(tcs_slice_str(midnight), &c->rule->review_ms) !=
	    TCS_OK) {
		tcs_compiler_refuse(c, tcs_xml_line(root),
		    "review is not a date: write 2027-06-01");
		return;
	}
	if (c->rule->review_ms < now_ms)
		tcs_compiler_warn(c, tcs_xml_line(root),
		    "the review date is past: look at this rule again, then "
		    "write the next date");
}

static void
compile_children(struct tcs_compiler *c, const struct tcs_xml_node *root)
{
	struct tcs_raise **raise = &c->rule->raises;
	struct tcs_example **example = &c->rule->examples;

	for (const struct tcs_xml_node *n = tcs_xml_child(root);
	     n != NULL && c->err != TCS_ENOMEM; n = tcs_xml_next(n)) {
		const char *name = tcs_xml_name(n);
		if (strcmp(name, "when") == 0) {
			tcs_compiler_when(c, n);
		} else if (strcmp(name, "raise") == 0) {
			*raise = tcs_compiler_raise(c, n);
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
    struct tcs_compiler *c, const struct tcs_xml_node *root, int64_t now_ms)
{
	struct tcs_rule *rule = c->rule;

	rule->file = tcs_arena_dup(c->base.arena, tcs_slice_str(c->base.file));
	rule->id = tcs_compiler_attr(c, root, "id");
	rule->title = tcs_compiler_attr(c, root, "title");
	rule->owner = tcs_compiler_attr(c, root, "owner");
	rule->basis = tcs_compiler_attr(c, root, "basis");
	if (rule->file == NULL)
		tcs_compiler_fail(c, TCS_ENOMEM);
	compile_review(c, root, now_ms);
	compile_children(c, root);
	compile_warn_examples(c);
}

static enum tcs_err
compile_document(const struct tcs_xml *xml, struct tcs_compiler *c,
    int64_t now_ms, struct tcs_rule **ret_rule)
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
tcs_rule_compile(struct tcs_slice text, const struct tcs_rule_origin *origin,
    struct tcs_rule **ret_rule, struct tcs_diag *diag)
{
	struct tcs_compiler c = {.base = {.file = origin->file, .diag = diag}};
	struct tcs_xml *xml = NULL;
	enum tcs_err err =
	    tcs_xml_parse(text, TCS_RULE_BYTES_MAX, origin->file, &xml, diag);

	if (err == TCS_OK)
		err = tcs_xml_validate(xml, origin->schema, diag);
	if (err == TCS_OK)
		err = compile_document(xml, &c, origin->now_ms, ret_rule);
	tcs_xml_free(&xml);
	return err;
}
