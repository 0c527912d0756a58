#include "rules/compiler.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/xml.h"
#include "rules/template.h"

enum { COMPILER_TEXT_MAX = 64 * 1024 };

void
tcs_compiler_fail(struct tcs_compiler *c, enum tcs_err err)
{
	if (c->err == TCS_OK)
		c->err = err;
}

void
tcs_compiler_refuse(struct tcs_compiler *c, unsigned line, const char *reason)
{
	tcs_compiler_fail(c, tcs_diag_add(c->base.diag, TCS_EINVAL,
	                         c->base.file, line, "%s", reason));
}

void
tcs_compiler_warn(struct tcs_compiler *c, unsigned line, const char *reason)
{
	(void)tcs_diag_add(
	    c->base.diag, TCS_OK, c->base.file, line, "warning: %s", reason);
}

void *
tcs_compiler_alloc(struct tcs_compiler *c, size_t n)
{
	void *p = tcs_arena_alloc(c->base.arena, n);

	if (p == NULL)
		tcs_compiler_fail(c, TCS_ENOMEM);
	return p;
}

/* A copy with one blank wherever there were blanks or line ends, none at the
 * ends; NULL for NULL. */
static const char *
compiler_squeeze(struct tcs_compiler *c, const char *text)
{
	if (text == NULL)
		return NULL;
	char *copy = tcs_arena_dup(c->base.arena, tcs_slice_str(text));
	if (copy == NULL) {
		tcs_compiler_fail(c, TCS_ENOMEM);
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

const char *
tcs_compiler_attr(
    struct tcs_compiler *c, const struct tcs_xml_node *node, const char *name)
{
	return compiler_squeeze(c, tcs_xml_attr(node, name));
}

/* The text of an element; a finding when it is blank. */
const char *
tcs_compiler_text(struct tcs_compiler *c, const struct tcs_xml_node *node)
{
	struct tcs_buf buf;
	const char *text = NULL;

	tcs_buf_init(&buf, COMPILER_TEXT_MAX);
	tcs_xml_text(node, &buf);
	if (buf.err == TCS_OK)
		text = compiler_squeeze(c, buf.p == NULL ? "" : buf.p);
	else
		tcs_compiler_fail(c, buf.err);
	tcs_buf_fini(&buf);
	if (text != NULL && *text == '\0')
		tcs_compiler_refuse(c, tcs_xml_line(node), "no text in it");
	return text;
}

bool
tcs_compiler_places(struct tcs_compiler *c, const char *text, unsigned allowed,
    const struct tcs_xml_node *node)
{
	if (text == NULL)
		return true;
	enum tcs_err err = tcs_template_check(
	    text, allowed, c->base.file, tcs_xml_line(node), c->base.diag);
	if (err != TCS_OK)
		tcs_compiler_fail(c, err);
	return err == TCS_OK;
}
