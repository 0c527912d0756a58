#include "tests/support/check.h"

#include <stdbool.h>

#include "core/clock.h"
#include "core/json.h"

static void
check_print(const struct tcs_diag *diag)
{
	for (size_t i = 0; diag != NULL && i < diag->n; i++)
		print_error(
		    "  %u: %s\n", diag->items[i].line, diag->items[i].text);
}

void
check_text_at(const char *got, const char *want, const char *what,
    const char *file, int line)
{
	bool is_same =
	    got == NULL || want == NULL ? got == want : strcmp(got, want) == 0;

	if (is_same)
		return;
	print_error("%s\n  is     \"%s\"\n  not    \"%s\"\n", what,
	    got == NULL ? "(none)" : got, want == NULL ? "(none)" : want);
	_fail(file, line);
}

void
check_time_at(
    int64_t ms, const char *want, const char *what, const char *file, int line)
{
	char text[TCS_TIME_TEXT];
	bool is_none = ms == TCS_NO_TIME || ms == 0;

	check_text_at(
	    is_none ? NULL : tcs_time_iso(ms, text), want, what, file, line);
}

void
check_json_at(struct tcs_slice text, const char *file, int line)
{
	struct tcs_diag diag = {0};
	struct tcs_buf again;
	json_t *value = NULL;

	check_err_at(tcs_json_parse(text, &value, NULL, &diag), TCS_OK, &diag,
	    file, line);
	tcs_buf_init(&again, TCS_JSON_MAX);
	tcs_json_write(&again, value);
	check_text_at(again.p, text.p, "JSON", file, line);
	tcs_buf_fini(&again);
	json_decref(value);
}

void
check_err_at(enum tcs_err err, enum tcs_err want, struct tcs_diag *diag,
    const char *file, int line)
{
	if (err != want) {
		print_error(
		    "%s, not %s\n", tcs_strerror(err), tcs_strerror(want));
		check_print(diag);
		_fail(file, line);
	}
	if (want == TCS_OK)
		tcs_diag_fini(diag);
}

void
check_finding_at(const struct tcs_diag *diag, unsigned at, const char *text,
    const char *file, int line)
{
	for (size_t i = 0; i < diag->n; i++) {
		if (diag->items[i].line == at &&
		    strstr(diag->items[i].text, text) != NULL)
			return;
	}
	print_error("no finding \"%s\" at line %u among\n", text, at);
	check_print(diag);
	_fail(file, line);
}
