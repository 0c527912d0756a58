#include "collectors/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"

enum {
	HOSTS_MAX = 512,     /* past it the one asked longest ago goes */
	HOSTS_AT_ONCE = 2,   /* requests on their way to one host */
	HOSTS_RETRY_MS = 50, /* while as many are on their way */
	HOSTS_ADDRESS_MAX = 80,
};

struct hosts_one {
	char *name; /* owned */
	int64_t asked_ms;
	unsigned active;
};

struct tcs_hosts {
	struct hosts_one items[HOSTS_MAX];
	size_t n;
};

struct tcs_hosts *
tcs_hosts_new(void)
{
	return calloc(1, sizeof(struct tcs_hosts));
}

void
tcs_hosts_free(struct tcs_hosts **hosts)
{
	if (hosts == NULL || *hosts == NULL)
		return;
	for (size_t i = 0; i < (*hosts)->n; i++)
		free((*hosts)->items[i].name);
	free(*hosts);
	*hosts = NULL;
}

struct tcs_slice
tcs_host_of(const char *url)
{
	const char *host = strstr(url, "://");

	host = host == NULL ? url : host + 3;
	return tcs_slice(host, strcspn(host, "/?#"));
}

bool
tcs_hosts_is_loopback(struct tcs_slice host)
{
	char address[HOSTS_ADDRESS_MAX];

	if (host.n >= sizeof(address))
		return false;
	(void)snprintf(address, sizeof(address), "%.*s", TCS_SLICE_ARG(host));
	return tcs_host_fault(address) == NULL && tcs_host_is_loopback(address);
}

static struct hosts_one *
hosts_find(struct tcs_hosts *hosts, struct tcs_slice name)
{
	for (size_t i = 0; i < hosts->n; i++) {
		if (tcs_slice_is(name, hosts->items[i].name))
			return &hosts->items[i];
	}
	return NULL;
}

/* Room for one more: that of the host that nobody asks and was asked longest
 * ago, when all is taken. Names of hosts may come from documents. */
static struct hosts_one *
hosts_room(struct tcs_hosts *hosts)
{
	struct hosts_one *room = NULL;

	if (hosts->n < HOSTS_MAX)
		return &hosts->items[hosts->n++];
	for (size_t i = 0; i < hosts->n; i++) {
		struct hosts_one *one = &hosts->items[i];
		if (one->active == 0 &&
		    (room == NULL || one->asked_ms < room->asked_ms))
			room = one;
	}
	return room;
}

static struct hosts_one *
hosts_add(struct tcs_hosts *hosts, struct tcs_slice name)
{
	char *copy = tcs_slice_dup(name);
	struct hosts_one *one = copy == NULL ? NULL : hosts_room(hosts);

	if (one == NULL) {
		free(copy);
		return NULL;
	}
	free(one->name);
	*one = (struct hosts_one){.name = copy, .asked_ms = INT64_MIN / 2};
	return one;
}

int64_t
tcs_hosts_ask(struct tcs_hosts *hosts, const char *url, int64_t interval_ms,
    int64_t now_ms)
{
	struct tcs_slice name = tcs_host_of(url);

	if (tcs_hosts_is_loopback(name))
		return 0;
	struct hosts_one *one = hosts_find(hosts, name);
	if (one == NULL)
		one = hosts_add(hosts, name);
	if (one == NULL)
		return 0;
	if (one->active >= HOSTS_AT_ONCE)
		return HOSTS_RETRY_MS;
	int64_t wait_ms = one->asked_ms + interval_ms - now_ms;
	if (wait_ms > 0)
		return wait_ms;
	one->asked_ms = now_ms;
	one->active++;
	return 0;
}

void
tcs_hosts_done(struct tcs_hosts *hosts, const char *url)
{
	struct hosts_one *one = hosts_find(hosts, tcs_host_of(url));

	if (one != NULL && one->active > 0)
		one->active--;
}
