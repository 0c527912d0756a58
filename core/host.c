#include "core/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/bufferevent.h>
#include <event2/dns.h>

#include "core/loop.h"
#include "core/slice.h"

enum { HOST_NAME_MAX = 253 };

struct tcs_host {
	struct tcs_loop *loop;
	char *name;
	int port;
	bool is_literal;        /* name is an address */
	bool is_stale;          /* a lookup failed */
	struct evdns_base *dns; /* made at the first lookup */
};

/* "[v6]:port", "host:port" or either without port, which leaves *ret_port as it
 * is. *ret_host borrows. */
static bool
host_parse(const char *address, struct tcs_slice *ret_host, uint64_t *ret_port)
{
	struct tcs_slice s = tcs_slice_str(address), port;

	if (tcs_slice_starts(s, "[")) {
		s = tcs_slice(s.p + 1, s.n - 1);
		*ret_host = tcs_slice_cut(s, ']', &port);
		if (port.p == NULL || (port.n > 0 && port.p[0] != ':'))
			return false;
		port = port.n > 0 ? tcs_slice(port.p + 1, port.n - 1)
		                  : tcs_slice(NULL, 0);
	} else {
		*ret_host = tcs_slice_cut(s, ':', &port);
	}
	return ret_host->n > 0 && ret_host->n <= HOST_NAME_MAX &&
	       (port.p == NULL ||
	           tcs_slice_u64(port, 65535, ret_port) == TCS_OK) &&
	       *ret_port > 0;
}

const char *
tcs_host_fault(const char *address)
{
	struct tcs_slice host;
	uint64_t port = 1;

	return host_parse(address, &host, &port)
	           ? NULL
	           : "not host:port, with [ ] around an IPv6 address";
}

static bool
host_is_literal(const char *host)
{
	struct in6_addr room;

	return inet_pton(AF_INET, host, &room) == 1 ||
	       inet_pton(AF_INET6, host, &room) == 1;
}

/* What it says reaches us as the reason of a failed lookup. */
static void
host_dns_says(int is_warning, const char *text)
{
	(void)is_warning;
	(void)text;
}

/* For a host name only. After a lookup that failed the name servers are read
 * again: resolv.conf may have changed since. Without the file libevent asks
 * 127.0.0.1. */
static struct evdns_base *
host_dns(struct tcs_host *host)
{
	const char *file = "/etc/resolv.conf";

	if (host->dns == NULL) {
		evdns_set_log_fn(host_dns_says);
		host->dns = evdns_base_new(tcs_loop_base(host->loop),
		    EVDNS_BASE_DISABLE_WHEN_INACTIVE);
		if (host->dns != NULL)
			(void)evdns_base_resolv_conf_parse(
			    host->dns, DNS_OPTIONS_ALL, file);
	} else if (host->is_stale) {
		(void)evdns_base_clear_nameservers_and_suspend(host->dns);
		(void)evdns_base_resolv_conf_parse(
		    host->dns, DNS_OPTION_NAMESERVERS | DNS_OPTION_MISC, file);
		(void)evdns_base_resume(host->dns);
	}
	host->is_stale = false;
	return host->dns;
}

bool
tcs_host_is_loopback(const char *address)
{
	struct tcs_slice host;
	uint64_t port = 1;
	struct in_addr v4;

	if (!host_parse(address, &host, &port))
		return false;
	char *name = tcs_slice_dup(host);
	bool is_loopback =
	    name != NULL &&
	    (strcasecmp(name, "localhost") == 0 || strcmp(name, "::1") == 0 ||
	        (inet_pton(AF_INET, name, &v4) == 1 &&
	            ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET));
	free(name);
	return is_loopback;
}

struct tcs_host *
tcs_host_new(struct tcs_loop *loop, const char *address, int port)
{
	struct tcs_host *host = calloc(1, sizeof(*host));
	struct tcs_slice name;
	uint64_t number = (uint64_t)port;

	tcs_assert(host_parse(address, &name, &number));
	if (host == NULL)
		return NULL;
	host->loop = loop;
	host->port = (int)number;
	host->name = tcs_slice_dup(name);
	if (host->name == NULL)
		tcs_host_free(&host);
	else
		host->is_literal = host_is_literal(host->name);
	return host;
}

void
tcs_host_free(struct tcs_host **host)
{
	if (host == NULL || *host == NULL)
		return;
	if ((*host)->dns != NULL)
		evdns_base_free((*host)->dns, 0);
	free((*host)->name);
	free(*host);
	*host = NULL;
}

const char *
tcs_host_name(const struct tcs_host *host)
{
	return host->name;
}

bool
tcs_host_connect(struct tcs_host *host, struct bufferevent *bev)
{
	struct evdns_base *dns = host->is_literal ? NULL : host_dns(host);

	/* Without a resolver libevent would look a name up and block. */
	return (dns != NULL || host->is_literal) &&
	       bufferevent_socket_connect_hostname(
	           bev, dns, AF_UNSPEC, host->name, host->port) == 0;
}

void
tcs_host_failed(struct tcs_host *host)
{
	host->is_stale = true;
}
