#include "cli/sink_auth.h"

#include <string.h>
#include <strings.h>

#include "cli/sink.h"
#include "core/digest.h"

enum { AUTH_BYTES_MAX = 2 * TCS_SINK_PASSWORD_MAX + 2 };

static enum tcs_sink_auth_end
auth_ask(struct tcs_buf *out, const char *question)
{
	tcs_buf_printf(out, "334 %s\r\n", question);
	return TCS_SINK_AUTH_MORE;
}

/* RFC 4616: an identity, which may be empty, user and password. */
static enum tcs_sink_auth_end
auth_plain(const struct tcs_sink *sink, struct tcs_slice bytes)
{
	struct tcs_slice rest, password;

	(void)tcs_slice_cut(bytes, '\0', &rest);
	struct tcs_slice user = tcs_slice_cut(rest, '\0', &password);
	return tcs_slice_is(user, sink->user) &&
	               tcs_slice_is(password, sink->password)
	           ? TCS_SINK_AUTH_YES
	           : TCS_SINK_AUTH_NO;
}

enum tcs_sink_auth_end
tcs_sink_auth_begin(struct tcs_sink_auth *auth, const struct tcs_sink *sink,
    struct tcs_slice args, struct tcs_buf *out)
{
	struct tcs_slice first;
	struct tcs_slice name = tcs_slice_cut(args, ' ', &first);

	*auth = (struct tcs_sink_auth){0};
	if (name.n == 5 && strncasecmp(name.p, "PLAIN", 5) == 0) {
		auth->step = 1;
		return first.n > 0
		           ? tcs_sink_auth_answer(auth, sink, first, out)
		           : auth_ask(out, "");
	}
	if (name.n == 5 && strncasecmp(name.p, "LOGIN", 5) == 0) {
		auth->step = 2;
		return auth_ask(out, "VXNlcm5hbWU6");
	}
	return TCS_SINK_AUTH_FAULT;
}

enum tcs_sink_auth_end
tcs_sink_auth_answer(struct tcs_sink_auth *auth, const struct tcs_sink *sink,
    struct tcs_slice line, struct tcs_buf *out)
{
	unsigned char bytes[AUTH_BYTES_MAX];
	size_t n;

	if (tcs_base64_decode(line, bytes, sizeof(bytes), &n) != TCS_OK)
		return TCS_SINK_AUTH_FAULT;
	struct tcs_slice said = tcs_slice(bytes, n);
	if (auth->step == 1)
		return auth_plain(sink, said);
	if (auth->step == 2) {
		auth->is_user = tcs_slice_is(said, sink->user);
		auth->step = 3;
		return auth_ask(out, "UGFzc3dvcmQ6");
	}
	return auth->is_user && tcs_slice_is(said, sink->password)
	           ? TCS_SINK_AUTH_YES
	           : TCS_SINK_AUTH_NO;
}
