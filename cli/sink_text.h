/* sink_text.h - what a person would read in a webhook's body. */
#ifndef TOCSIN_CLI_SINK_TEXT_H
#define TOCSIN_CLI_SINK_TEXT_H

#include "core/err.h"
#include "core/slice.h"

struct tcs_sink_text {
	char *subject, *text; /* owned; NULL: none found */
};

/* JSON with `subject` and `text`, or a CAP document's first info. TCS_ENOMEM
 * only: anything else has neither. */
enum tcs_err tcs_sink_text_read(
    struct tcs_slice body, struct tcs_sink_text *ret_text) TCS_MUST_USE;
void tcs_sink_text_fini(struct tcs_sink_text *text);

#endif
