#include "dispatcher/hookurl.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

enum { HOOKURL_MAX = 2000 };

/* `rest` follows the scheme and ends with a NUL, as the URL does. */
static struct tcs_slice
hookurl_host(struct tcs_slice rest)
{
	size_t n = strcspn(rest.p, ":/?#");

	if (rest.p[0] == '[') {
		n = strcspn(rest.p, "]");
		n += rest.p[n] == ']' ? 1 : 0;
	}
	return tcs_slice(rest.p, n);
}

static bool
hookurl_is_loopback(struct tcs_slice host)
{
	char text[16] = "";
	struct in_addr address;

	if (tcs_slice_is(host, "localhost") || tcs_slice_is(host, "[::1]"))
		return true;
	if (host.n >= sizeof(text))
		return false;
	memcpy(text, host.p, host.n);
	return inet_pton(AF_INET, text, &address) == 1 &&
	       ntohl(address.s_addr) >> 24 == 127;
}

/* The part after "://", or p NULL when it is neither https nor http. */
static struct tcs_slice
hookurl_after_scheme(const char *url, bool *ret_is_tls)
{
	struct tcs_slice s = tcs_slice_str(url);

	*ret_is_tls = tcs_slice_starts(s, "https://");
	if (*ret_is_tls)
		return tcs_slice(s.p + 8, s.n - 8);
	if (tcs_slice_starts(s, "http://"))
		return tcs_slice(s.p + 7, s.n - 7);
	return tcs_slice(NULL, 0);
}

const char *
tcs_hookurl_fault(const char *url)
{
	bool is_tls;
	struct tcs_slice rest = hookurl_after_scheme(url, &is_tls);

	if (rest.p == NULL)
		return "write a URL that begins with https://";
	if (strlen(url) > HOOKURL_MAX)
		return "longer than the 2000 bytes of a URL";
	for (const char *p = url; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || *p == '\\')
			return "a character that a URL cannot have";
	}
	struct tcs_slice host = hookurl_host(rest);
	if (host.n == 0)
		return "a URL without a host";
	if (memchr(rest.p, '@', strcspn(rest.p, "/?#")) != NULL)
		return "no user or password in the URL: it is signed instead";
	if (!is_tls && !hookurl_is_loopback(host))
		return "http is for this machine only: write https://";
	return NULL;
}

struct tcs_slice
tcs_hookurl_host(const char *url)
{
	bool is_tls;
	struct tcs_slice rest = hookurl_after_scheme(url, &is_tls);

	return rest.p == NULL ? rest : hookurl_host(rest);
}
