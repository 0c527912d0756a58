#include "core/bus_url.h"

#include <string.h>

#include "core/slice.h"

enum { URL_PORT_MAX = 65535 };

#define URL_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define URL_DIGITS "0123456789"
#define URL_NAME URL_LETTERS URL_DIGITS ".-_"
#define URL_ADDRESS "ABCDEFabcdef" URL_DIGITS ".:"

bool
tcs_bus_url_is_kafka(const char *url)
{
	return strncmp(url, TCS_BUS_KAFKA, sizeof(TCS_BUS_KAFKA) - 1) == 0;
}

static bool
url_has_only(struct tcs_slice text, const char *allowed)
{
	for (size_t i = 0; i < text.n; i++) {
		if (strchr(allowed, text.p[i]) == NULL)
			return false;
	}
	return text.n > 0 && text.n <= TCS_BUS_HOST_MAX;
}

/* Cut "host:port" or "[address]:port"; *ret_port has p NULL without port. */
static struct tcs_slice
url_cut_host(struct tcs_slice server, struct tcs_slice *ret_port)
{
	struct tcs_slice rest;

	if (!tcs_slice_starts(server, "["))
		return tcs_slice_cut(server, ':', ret_port);
	struct tcs_slice host = tcs_slice_cut(server, ']', &rest);
	*ret_port = tcs_slice(NULL, 0);
	if (rest.p == NULL || (rest.n > 0 && rest.p[0] != ':'))
		return tcs_slice(NULL, 0);
	if (rest.n > 0)
		*ret_port = tcs_slice(rest.p + 1, rest.n - 1);
	return tcs_slice(host.p, host.n + 1);
}

static const char *
url_server_fault(struct tcs_slice server)
{
	struct tcs_slice port;
	struct tcs_slice host = url_cut_host(server, &port);
	bool is_address = host.n > 2 && host.p[0] == '[';
	uint64_t number = 0;

	if (is_address
	        ? !url_has_only(tcs_slice(host.p + 1, host.n - 2), URL_ADDRESS)
	        : !url_has_only(host, URL_NAME))
		return "has a server without a host's name";
	if (port.p != NULL &&
	    (tcs_slice_u64(port, URL_PORT_MAX, &number) != TCS_OK ||
	        number == 0))
		return "has a server whose port is not 1 to 65535";
	return NULL;
}

const char *
tcs_bus_url_fault(const char *url)
{
	size_t n = 0;

	if (strcmp(url, TCS_BUS_REDIS) == 0)
		return NULL;
	if (!tcs_bus_url_is_kafka(url))
		return "a bus is redis:, the store's own Redis, or "
		       "kafka://host:9092,other:9092";
	struct tcs_slice rest = tcs_slice_str(url + sizeof(TCS_BUS_KAFKA) - 1);
	do {
		const char *fault =
		    url_server_fault(tcs_slice_cut(rest, ',', &rest));
		if (fault != NULL)
			return fault;
		if (++n > TCS_BUS_SERVERS_MAX)
			return "has more than 16 servers; any of them leads "
			       "to the others";
	} while (rest.p != NULL);
	return NULL;
}

void
tcs_bus_url_servers(const char *url, struct tcs_buf *buf)
{
	struct tcs_slice rest = tcs_slice_str(url + sizeof(TCS_BUS_KAFKA) - 1);
	const char *sep = "";

	do {
		struct tcs_slice port;
		struct tcs_slice host =
		    url_cut_host(tcs_slice_cut(rest, ',', &rest), &port);
		tcs_buf_printf(buf, "%s%.*s:%.*s", sep, TCS_SLICE_ARG(host),
		    port.p == NULL ? 4 : (int)port.n,
		    port.p == NULL ? "9092" : port.p);
		sep = ",";
	} while (rest.p != NULL);
}
