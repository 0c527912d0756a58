/* Any pattern, up to the first NUL and with the flags of the first byte, on any
 * text: it is refused with a reason or answers in bounded time, and what it
 * finds lies in the text. */
#include "core/regex.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct tcs_regex *regex = NULL;
	struct tcs_regex_match match;
	struct tcs_diag diag = {0};
	struct tcs_slice text;

	if (size == 0)
		return 0;
	struct tcs_slice pattern =
	    tcs_slice_cut(tcs_slice(data + 1, size - 1), '\0', &text);
	enum tcs_err err =
	    tcs_regex_compile(pattern, data[0] & 15, &regex, &diag);
	tcs_assert((err == TCS_OK) == (regex != NULL));
	tcs_assert(err == TCS_OK || err == TCS_ENOMEM || diag.n == 1);
	if (regex != NULL && tcs_regex_search(regex, text, &match) == TCS_YES) {
		for (size_t i = 0; i < match.n; i++)
			tcs_assert(match.groups[i].p == NULL ||
			           text.p == NULL ||
			           (match.groups[i].p >= text.p &&
			               match.groups[i].p + match.groups[i].n <=
			                   text.p + text.n));
		(void)tcs_regex_group(regex, &match, "level");
	}
	tcs_regex_free(&regex);
	tcs_diag_fini(&diag);
	return 0;
}
