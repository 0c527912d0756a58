#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"

const char *
tcs_strerror(enum tcs_err err)
{
#define TCS_ERROR_TEXT(name, text) text,
	static const char *const texts[] = {TCS_ERRORS(TCS_ERROR_TEXT)};
#undef TCS_ERROR_TEXT

	if ((unsigned)err >= TCS_ERR_COUNT)
		return "unknown error";
	return texts[err];
}

void
tcs_assert_fail(const char *expr, const char *file, int line)
{
	tcs_log_flush();
	fprintf(
	    stderr, "assert.failed expr=\"%s\" at=%s:%d\n", expr, file, line);
	abort();
}

enum tcs_err
tcs_diag_add(struct tcs_diag *diag, enum tcs_err err, const char *file,
    unsigned line, const char *fmt, ...)
{
	va_list ap;

	if (diag == NULL)
		return err;
	if (diag->n == TCS_DIAG_MAX) {
		diag->dropped++;
		return err;
	}

	struct tcs_finding *item = &diag->items[diag->n];
	va_start(ap, fmt);
	int n = vasprintf(&item->text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		item->text = NULL;
		diag->dropped++;
		return err;
	}
	item->file = file == NULL ? NULL : strdup(file);
	item->line = line;
	diag->n++;
	return err;
}

const char *
tcs_diag_text(const struct tcs_diag *diag)
{
	return diag == NULL || diag->n == 0 ? "" : diag->items[0].text;
}

void
tcs_diag_fini(struct tcs_diag *diag)
{
	if (diag == NULL)
		return;
	for (size_t i = 0; i < diag->n; i++) {
		free(diag->items[i].file);
		free(diag->items[i].text);
	}
	/* Not the whole: most have none, and there are dozens for a signal. */
	memset(diag->items, 0, diag->n * sizeof(diag->items[0]));
	diag->n = 0;
	diag->dropped = 0;
}
