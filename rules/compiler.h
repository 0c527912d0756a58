/* compiler.h - inside of compile.h: a rule while it is read, and what its parts
 * share. Findings are gathered as far as it makes sense, so that all faults of
 * a file are shown at once. */
#ifndef TOCSIN_RULES_COMPILER_H
#define TOCSIN_RULES_COMPILER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "rules/matcher.h"
#include "rules/rule.h"

struct tcs_xml_node;

struct tcs_compiler {
	struct tcs_compile base;
	struct tcs_rule *rule;
	size_t conditions; /* so far */
	enum tcs_err err;  /* the first error */
};

void tcs_compiler_fail(struct tcs_compiler *c, enum tcs_err err);
void tcs_compiler_refuse(
    struct tcs_compiler *c, unsigned line, const char *reason);
void tcs_compiler_warn(
    struct tcs_compiler *c, unsigned line, const char *reason);
/* From the rule's arena, zeroed; NULL is noted as an error. */
void *tcs_compiler_alloc(struct tcs_compiler *c, size_t n);

/* Attribute and text of an element, copied, with one blank wherever there were
 * blanks or line ends, and none at the ends. NULL: absent, or out of memory. A
 * blank text is a finding. */
const char *tcs_compiler_attr(
    struct tcs_compiler *c, const struct tcs_xml_node *node, const char *name);
const char *tcs_compiler_text(
    struct tcs_compiler *c, const struct tcs_xml_node *node);
/* Are the places in `text` (NULL: none) among `allowed`? No is a finding. */
bool tcs_compiler_places(struct tcs_compiler *c, const char *text,
    unsigned allowed, const struct tcs_xml_node *node);

/* <when>, into the rule. */
void tcs_compiler_when(struct tcs_compiler *c, const struct tcs_xml_node *node);
/* One <raise>; NULL when out of memory. */
struct tcs_raise *tcs_compiler_raise(
    struct tcs_compiler *c, const struct tcs_xml_node *node);

#endif
