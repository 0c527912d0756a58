/* compile_raise.c - what a rule proposes. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/proposal.h"
#include "core/xml.h"
#include "rules/compiler.h"
#include "rules/template.h"
#include "rules/tokens.h"
#include "territory/list.h"

enum { COMPILE_AUDIENCES_MAX = 64, COMPILE_TEXT_MAX = 64 * 1024 };

static const char *
compile_audience(struct tcs_compiler *c, const struct tcs_xml_node *node,
    const char *attribute, struct tcs_tokens *ret_tokens)
{
	const char *text = tcs_compiler_attr(c, node, attribute);
	enum tcs_err err = tcs_tokens_read(
	    c->base.arena, text, COMPILE_AUDIENCES_MAX, ret_tokens);

	if (err != TCS_OK)
		tcs_compiler_fail(c, err);
	return text;
}

/* One <action>: appended to the order, with whom it is for in front when there
 * are several. */
static void
compile_action(struct tcs_compiler *c, const struct tcs_xml_node *node,
    const struct tcs_tokens *audience, bool is_alone, struct tcs_buf *order)
{
	struct tcs_tokens names = {0};
	const char *whom = compile_audience(c, node, "for", &names);
	const char *text = tcs_compiler_text(c, node);

	for (size_t i = 0; i < names.n; i++) {
		if (tcs_tokens_has(audience, names.items[i]))
			continue;
		tcs_compiler_fail(
		    c, tcs_diag_add(c->base.diag, TCS_EINVAL, c->base.file,
		           tcs_xml_line(node),
		           "action for '%s', which is not in the audience",
		           names.items[i]));
	}
	(void)tcs_compiler_places(c, text, TCS_PLACES_ALL, node);
	if (whom == NULL || text == NULL)
		return;
	if (order->n > 0)
		tcs_buf_char(order, '\n');
	if (!is_alone)
		tcs_buf_printf(order, "%s : ", whom);
	tcs_buf_str(order, text);
}

static void
compile_instruction(struct tcs_compiler *c, struct tcs_raise *raise,
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
		tcs_compiler_fail(c, order.err);
	else if (order.n > 0)
		raise->instruction =
		    tcs_arena_dup(c->base.arena, tcs_buf_view(&order));
	tcs_buf_fini(&order);
}

static void
compile_nature(struct tcs_compiler *c, const struct tcs_raise *raise)
{
	bool is_alerte = strcmp(raise->nature, TCS_NATURE_ALERTE) == 0;

	if (is_alerte && raise->instruction == NULL)
		tcs_compiler_refuse(c, raise->line,
		    "an alerte without <action>: say what is to be done, or "
		    "make it an information");
	if (is_alerte && strcmp(raise->decision, "authority") != 0)
		tcs_compiler_refuse(c, raise->line,
		    "an alerte never leaves without a decision: write "
		    "decision=\"authority\"");
	if (!is_alerte && raise->instruction != NULL)
		tcs_compiler_refuse(c, raise->line,
		    "an information gives no order: take <action> out, or make "
		    "it an alerte");
	if (!is_alerte && strcmp(raise->decision, "none") != 0)
		tcs_compiler_refuse(c, raise->line,
		    "an information leaves by itself: decision is \"none\"");
}

/* The name of a list, seen with a zone's code in it. */
static void
compile_territory(struct tcs_compiler *c, struct tcs_raise *raise,
    const struct tcs_xml_node *node)
{
	static const char *const sample[TCS_PLACE_COUNT] = {
	    [TCS_PLACE_ZONE] = "AP5", [TCS_PLACE_ZONE_CODE] = "AP5"};
	struct tcs_buf name;
	const unsigned zones = 1u << TCS_PLACE_ZONE | 1u << TCS_PLACE_ZONE_CODE;

	if (node == NULL)
		return;
	raise->list = tcs_compiler_attr(c, node, "list");
	if (!tcs_compiler_places(c, raise->list, zones, node) ||
	    raise->list == NULL)
		return;
	tcs_buf_init(&name, COMPILE_TEXT_MAX);
	tcs_template_fill(raise->list, sample, &name);
	if (name.err != TCS_OK || !tcs_list_name_is_valid(name.p))
		tcs_compiler_refuse(c, tcs_xml_line(node),
		    "not the name of a list: letters, digits, '-', '_', '.', "
		    "one '/' and {zone}, as in \"crues/{zone}\"");
	tcs_buf_fini(&name);
}

struct tcs_raise *
tcs_compiler_raise(struct tcs_compiler *c, const struct tcs_xml_node *node)
{
	struct tcs_raise *raise = tcs_compiler_alloc(c, sizeof(*raise));
	struct tcs_tokens audience = {0};

	if (raise == NULL)
		return NULL;
	raise->line = tcs_xml_line(node);
	raise->nature = tcs_compiler_attr(c, node, "nature");
	raise->id = tcs_compiler_attr(c, node, "id");
	if (raise->id == NULL)
		raise->id = raise->nature;
	raise->audience = compile_audience(c, node, "audience", &audience);
	raise->decision = tcs_compiler_attr(c, node, "decision");
	if (raise->nature == NULL)
		return raise;
	if (raise->decision == NULL)
		raise->decision = strcmp(raise->nature, TCS_NATURE_ALERTE) == 0
		                      ? "authority"
		                      : "none";
	const struct tcs_xml_node *headline = tcs_xml_find(node, "headline");
	if (headline != NULL) {
		raise->headline = tcs_compiler_text(c, headline);
		(void)tcs_compiler_places(
		    c, raise->headline, TCS_PLACES_ALL, headline);
	}
	compile_instruction(c, raise, node, &audience);
	compile_territory(c, raise, tcs_xml_find(node, "territory"));
	compile_nature(c, raise);
	return raise;
}
