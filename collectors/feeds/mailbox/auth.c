#include "collectors/feeds/mailbox/auth.h"

#include <string.h>
#include <strings.h>

#include "core/message.h"

/* What was found, of one server. */
struct auth_found {
	bool dkim_pass, spf_fail, dmarc_pass, dmarc_fail;
};

/* Comments in parentheses become blanks. */
static void
auth_plain(const char *value, struct tcs_buf *buf)
{
	unsigned depth = 0;

	for (; *value != '\0'; value++) {
		if (*value == ')' && depth > 0)
			depth--;
		else if (*value == '(')
			depth++;
		else if (depth == 0)
			tcs_buf_char(buf, *value);
	}
}

static bool
auth_is(struct tcs_slice word, const char *text)
{
	return word.n == strlen(text) && strncasecmp(word.p, text, word.n) == 0;
}

static bool
auth_is_word(struct tcs_slice word)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
	                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	for (size_t i = 0; i < word.n; i++) {
		if (strchr(allowed, word.p[i]) == NULL || word.p[i] == '\0')
			return false;
	}
	return word.n > 0 && word.n <= 60;
}

static void
auth_note(
    struct auth_found *found, struct tcs_slice method, struct tcs_slice result)
{
	bool is_pass = auth_is(result, "pass");
	bool is_fail = auth_is(result, "fail") || auth_is(result, "hardfail");

	if (auth_is(method, "dkim"))
		found->dkim_pass = found->dkim_pass || is_pass;
	if (auth_is(method, "spf"))
		found->spf_fail = found->spf_fail || is_fail;
	if (auth_is(method, "dmarc")) {
		found->dmarc_pass = found->dmarc_pass || is_pass;
		found->dmarc_fail = found->dmarc_fail || is_fail;
	}
}

/* "dkim=pass header.d=…" */
static void
auth_result(
    struct auth_found *found, struct tcs_slice part, struct tcs_buf *buf)
{
	struct tcs_slice rest, result;
	struct tcs_slice method =
	    tcs_slice_trim(tcs_slice_cut(tcs_slice_trim(part), '=', &rest));

	if (rest.p == NULL)
		return;
	result = tcs_slice_cut(tcs_slice_trim(rest), ' ', &rest);
	method = tcs_slice_trim(tcs_slice_cut(method, '/', &rest));
	if (!auth_is_word(method) || !auth_is_word(result))
		return;
	tcs_buf_char(buf, ' ');
	tcs_buf_slice(buf, method);
	tcs_buf_char(buf, '=');
	tcs_buf_slice(buf, result);
	auth_note(found, method, result);
}

/* The name of the server, which a version may follow. */
static struct tcs_slice
auth_server(struct tcs_slice *rest)
{
	struct tcs_slice version;

	return tcs_slice_trim(tcs_slice_cut(
	    tcs_slice_trim(tcs_slice_cut(*rest, ';', rest)), ' ', &version));
}

bool
tcs_auth_read(
    const struct tcs_message *message, const char *server, struct tcs_buf *buf)
{
	struct auth_found found = {0};
	char first[61] = "";

	for (size_t i = 0; i < message->auth_n; i++) {
		struct tcs_buf plain;
		tcs_buf_init(&plain, 4096);
		auth_plain(message->auth[i], &plain);
		struct tcs_slice rest = tcs_buf_view(&plain);
		struct tcs_slice name = auth_server(&rest);
		if (server == NULL && i == 0 && auth_is_word(name)) {
			memcpy(first, name.p, name.n);
			server = first;
		}
		if (server != NULL && auth_is(name, server)) {
			if (buf->n == 0)
				tcs_buf_printf(buf, "%s:", server);
			while (rest.n > 0)
				auth_result(&found,
				    tcs_slice_cut(rest, ';', &rest), buf);
		}
		tcs_buf_fini(&plain);
	}
	if (found.dmarc_pass)
		return false;
	return found.dmarc_fail || (found.spf_fail && !found.dkim_pass);
}
