/* sink_auth.h - the sink's side of AUTH (RFC 4954): PLAIN and LOGIN, one user.
 */
#ifndef TOCSIN_CLI_SINK_AUTH_H
#define TOCSIN_CLI_SINK_AUTH_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/slice.h"

struct tcs_sink;

enum tcs_sink_auth_end {
	TCS_SINK_AUTH_MORE, /* 334 was said: the next line is its answer */
	TCS_SINK_AUTH_YES,
	TCS_SINK_AUTH_NO,
	TCS_SINK_AUTH_FAULT, /* not what AUTH takes */
};

/* One exchange; all zero before it. */
struct tcs_sink_auth {
	unsigned step; /* answers awaited: 1 PLAIN's, 2 LOGIN's user, 3 its
	                * password */
	bool is_user;  /* LOGIN: the user's name was right */
};

/* What follows "AUTH ". `out` gets the question, if there is one. */
enum tcs_sink_auth_end tcs_sink_auth_begin(struct tcs_sink_auth *auth,
    const struct tcs_sink *sink, struct tcs_slice args, struct tcs_buf *out);
enum tcs_sink_auth_end tcs_sink_auth_answer(struct tcs_sink_auth *auth,
    const struct tcs_sink *sink, struct tcs_slice line, struct tcs_buf *out);

#endif
