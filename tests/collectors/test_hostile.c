/* What no driver may do with a hostile body, however large: take more than 64
 * MB, crash, or read it as something. Each is read in a process of its own,
 * whose peak the kernel tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/driver.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/xml.h"

#define LARGE (50 << 20)
#define ALLOWED (15 << 20) /* below the parsers' own limits of size */

enum { PEAK_KB = 64 * 1024, CHILD_REFUSED = 10, CHILD_READ = 11 };

/* `head`, then `part` again and again, then `tail`. */
struct hostile {
	const char *what, *head, *part, *tail;
	size_t size;
};

static const struct hostile hostiles[] = {
    {"50 MB of brackets", "", "[", "", LARGE},
    {"50 MB of arrays", "[", "[],", "0]", LARGE},
    {"50 MB of elements", "<rss><channel>", "<item/>", "</channel></rss>",
        LARGE},
    {"50 MB of nothing", "", " ", "", LARGE},
    {"50 MB of a web page", "<!DOCTYPE html><html>", "<p>x", "", LARGE},
    {"50 MB of one line of mail", "From: a@mails.example\r\n\r\n", "x", "",
        LARGE},
    {"arrays", "{\"features\":[", "[],", "0]}", ALLOWED},
    {"objects", "{\"warnings\":[", "{},", "0]}", ALLOWED},
    {"members", "{\"product\":{\"a\":[", "{\"a\":1},", "0]}}", ALLOWED},
    {"deep", "", "{\"a\":", "", ALLOWED},
    {"elements", "<rss><channel>", "<item/>", "</channel></rss>", ALLOWED},
    {"attributes", "<rss ", "", "/>", ALLOWED},
    {"deep elements", "", "<a>", "", ALLOWED},
    {"entries", "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
        "<entry><title>&amp;&#233;</title></entry>", "</feed>", ALLOWED},
    {"parts of a mail", "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
        "--b\r\n\r\n", "", ALLOWED},
    {"headers of a mail", "", "X: y\r\n", "\r\n", ALLOWED},
};

static void
fill(char *body, const struct hostile *h)
{
	size_t head = strlen(h->head), part = strlen(h->part);
	size_t tail = strlen(h->tail), at = head;

	memcpy(body, h->head, head);
	if (part == 0) { /* attributes, each with a name of its own */
		for (unsigned i = 0; at + 32 + tail < h->size; i++)
			at += (size_t)snprintf(body + at, 32, "a%u=\"\" ", i);
	}
	for (; part > 0 && at + part + tail <= h->size; at += part)
		memcpy(body + at, h->part, part);
	memset(body + at, ' ', h->size - at);
	memcpy(body + h->size - tail, h->tail, tail);
}

/* In a process of its own: it ends here. */
static void
read_hostile(const struct tcs_feed_ops *ops, const struct hostile *h)
{
	char *body = malloc(h->size);
	void *st = NULL;
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_diag diag = {0};

	if (body == NULL || tcs_driver_open(ops, NULL, 0, &st, &diag) != TCS_OK)
		_exit(1);
	fill(body, h);
	const struct tcs_fetch fetch = {.url = "http://source.example/",
	    .status = 200,
	    .body = tcs_slice(body, h->size),
	    .fetched_ms = INT64_C(1800000000000)};
	const struct tcs_answers answers = {.items = &fetch, .n = 1};
	enum tcs_err err =
	    tcs_readings_read(ops, st, &answers, &readings, &refusal, &diag);
	if (err == TCS_OK)
		_exit(CHILD_READ);
	/* It is said why. */
	_exit(err == TCS_EPARSE && strlen(tcs_diag_text(&diag)) > 0
	          ? CHILD_REFUSED
	          : 2);
}

static void
try_hostile(const struct tcs_feed_ops *ops, const struct hostile *h)
{
	struct rusage usage;
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		read_hostile(ops, h);
	assert_int_equal(wait4(pid, &status, 0, &usage), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) < CHILD_REFUSED)
		fail_msg("%s, %s: status %x", ops->name, h->what, status);
#if !defined(__SANITIZE_ADDRESS__)
	if (usage.ru_maxrss > PEAK_KB)
		fail_msg("%s, %s: %ld kB", ops->name, h->what, usage.ru_maxrss);
#endif
}

static void
a_hostile_body_is_refused_within_64_mb(void **state)
{
	(void)state;
	for (size_t i = 0; tcs_feed_registry[i] != NULL; i++) {
		for (size_t k = 0; k < sizeof(hostiles) / sizeof(hostiles[0]);
		     k++) {
			if (tcs_feed_registry[i]->parse != NULL)
				try_hostile(tcs_feed_registry[i], &hostiles[k]);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_hostile_body_is_refused_within_64_mb),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
