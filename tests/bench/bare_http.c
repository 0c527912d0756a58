#include "tests/bench/bare_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/buf.h"

static int http = -1;

static void
bare_http_die(const char *what)
{
	fprintf(stderr, "bare_http: %s\n", what);
	exit(1);
}

void
bare_http_open(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;

	http = socket(AF_INET, SOCK_STREAM, 0);
	if (http < 0 ||
	    connect(http, (struct sockaddr *)&address, sizeof(address)) != 0)
		bare_http_die("no sink");
	(void)setsockopt(http, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* Read one answer to its end, by its Content-Length (or none). */
static void
bare_http_answer(void)
{
	char bytes[4096];
	size_t n = 0;

	for (;;) {
		ssize_t got = read(http, bytes + n, sizeof(bytes) - 1 - n);
		if (got <= 0)
			bare_http_die("the sink closed");
		n += (size_t)got;
		bytes[n] = '\0';
		const char *end = strstr(bytes, "\r\n\r\n");
		if (end == NULL)
			continue;
		const char *length = strcasestr(bytes, "content-length:");
		size_t body =
		    length == NULL ? 0 : strtoul(length + 15, NULL, 10);
		if (n >= (size_t)(end + 4 - bytes) + body)
			return;
	}
}

void
bare_http_post(const char *path, const char *value, size_t n)
{
	struct tcs_buf request;
	size_t at = 0;

	tcs_buf_init(&request, 2 << 20);
	tcs_buf_printf(&request,
	    "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Content-Type: application/cap+xml\r\nContent-Length: %zu\r\n\r\n",
	    path, n);
	tcs_buf_append(&request, value, n);
	while (at < request.n) {
		ssize_t sent = write(http, request.p + at, request.n - at);
		if (sent <= 0)
			bare_http_die("the sink closed");
		at += (size_t)sent;
	}
	tcs_buf_fini(&request);
	bare_http_answer();
}
