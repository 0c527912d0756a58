#include "rules/template.h"

#include <string.h>

#define PLACE_NAME(id, name) name,
static const char *const place_names[] = {TCS_PLACES(PLACE_NAME)};
#undef PLACE_NAME

/* The place that `text`, just behind a '{', names; TCS_PLACE_COUNT when none.
 * *ret_n: bytes of the name. */
static enum tcs_place
template_place(const char *text, size_t *ret_n)
{
	size_t n = strcspn(text, "{}");

	*ret_n = n;
	if (text[n] != '}')
		return TCS_PLACE_COUNT;
	for (size_t i = 0; i < TCS_PLACE_COUNT; i++) {
		if (strlen(place_names[i]) == n &&
		    memcmp(place_names[i], text, n) == 0)
			return (enum tcs_place)i;
	}
	return TCS_PLACE_COUNT;
}

static enum tcs_err
template_refuse(const char *at, unsigned allowed, const char *file,
    unsigned line, struct tcs_diag *diag)
{
	struct tcs_buf names;
	size_t n = strcspn(at, "}");

	tcs_buf_init(&names, 256);
	for (size_t i = 0; i < TCS_PLACE_COUNT; i++) {
		if ((allowed & 1u << i) != 0)
			tcs_buf_printf(&names, " {%s}", place_names[i]);
	}
	enum tcs_err err = tcs_diag_add(diag, TCS_EINVAL, file, line,
	    "'%.*s' cannot be filled in here; what can:%s",
	    (int)(n > 30 ? 30 : n + (at[n] == '}')), at,
	    names.p == NULL ? "" : names.p);
	tcs_buf_fini(&names);
	return err;
}

enum tcs_err
tcs_template_check(const char *text, unsigned allowed, const char *file,
    unsigned line, struct tcs_diag *diag)
{
	for (;;) {
		size_t n;
		text += strcspn(text, "{}");
		if (*text == '\0')
			return TCS_OK;
		if (*text == '}') {
			return tcs_diag_add(diag, TCS_EINVAL, file, line,
			    "'}' without '{' before it");
		}
		enum tcs_place place = template_place(text + 1, &n);
		if (place == TCS_PLACE_COUNT || (allowed & 1u << place) == 0)
			return template_refuse(text, allowed, file, line, diag);
		text += n + 2;
	}
}

void
tcs_template_fill(const char *text, const char *const values[TCS_PLACE_COUNT],
    struct tcs_buf *buf)
{
	for (;;) {
		size_t n = strcspn(text, "{");
		tcs_buf_append(buf, text, n);
		text += n;
		if (*text == '\0')
			return;
		enum tcs_place place = template_place(text + 1, &n);
		tcs_assert(place != TCS_PLACE_COUNT);
		if (values[place] != NULL)
			tcs_buf_str(buf, values[place]);
		text += n + 2;
	}
}
