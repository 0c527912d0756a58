/* fuzz_mail.c - a mail as the sink reads it: whatever the bytes are, what is
 * kept is UTF-8 and bounded. */
#include <stddef.h>

#include "cli/sink_mail.h"
#include "core/err.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct tcs_mail mail;
	const char *name;
	json_t *value;

	if (tcs_mail_read(tcs_slice(data, size), &mail) != TCS_OK)
		return 0;
	tcs_assert(json_object_size(mail.headers) <= TCS_MAIL_HEADERS_MAX);
	json_object_foreach(mail.headers, name, value) tcs_assert(
	    json_is_string(value) && tcs_slice_is_utf8(tcs_slice_str(name)));
	tcs_assert(mail.text.n <= 2 * size);
	tcs_mail_fini(&mail);
	return 0;
}
