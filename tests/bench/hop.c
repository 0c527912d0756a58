/* hop.c - one hop as every daemon makes it, and nothing besides: a record is
 * read by a member of a group, and published to the next topic by the step that
 * moves the position.
 *
 *   hop STORE PASSWORD-FILE BUS GROUP FROM TO
 *
 * "ready" on stdout once it reads. Ends with SIGTERM. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/bus.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/store.h"

static struct {
	struct tcs_loop *loop;
	struct tcs_store *store;
	struct tcs_bus *bus;
	struct tcs_bus_member *member;
	const char *to;
} hop;

static void
hop_assigned(void *arg, struct tcs_unit *unit, bool is_clean)
{
	(void)arg;
	(void)is_clean;
	tcs_bus_read(unit);
	(void)puts("ready");
	(void)fflush(stdout);
}

static void
hop_revoked(void *arg, struct tcs_unit *unit, const char *reason)
{
	(void)arg;
	(void)unit;
	fprintf(stderr, "hop: revoked: %s\n", reason);
}

static void
hop_record(void *arg, struct tcs_unit *unit, const struct tcs_record *record)
{
	const struct tcs_outgoing out = {.topic = hop.to,
	    .key = record->key,
	    .value = record->value,
	    .headers = record->headers,
	    .headers_n = record->headers_n};
	struct tcs_step *step = tcs_unit_step(unit);

	(void)arg;
	tcs_step_publish(step, &out);
	tcs_step_input_record(step, unit, record);
	tcs_unit_commit(unit, step, NULL, NULL);
}

static void
hop_open(char **argv)
{
	struct tcs_buf password;
	struct tcs_diag diag = {0};
	const struct tcs_bus_conf bus = {.url = argv[3], .partitions = 1};

	tcs_buf_init(&password, 1024);
	if (tcs_digest_startup() != TCS_OK ||
	    tcs_file_read(argv[2], &password, NULL) != TCS_OK)
		exit(1);
	while (password.n > 0 && password.p[password.n - 1] == '\n')
		password.p[--password.n] = '\0';
	const struct tcs_store_conf store = {.address = argv[1],
	    .user = "default",
	    .password = password.p,
	    .realm = "tocsin."};
	hop.loop = tcs_loop_new();
	hop.store = tcs_store_new(hop.loop, &store, NULL, NULL);
	if (tcs_bus_new(hop.loop, hop.store, &bus, &hop.bus, &diag) != TCS_OK ||
	    tcs_store_wait(hop.store, 10000, &diag) != TCS_OK) {
		fprintf(stderr, "hop: %s\n", tcs_diag_text(&diag));
		exit(1);
	}
	tcs_buf_fini(&password);
}

static void
hop_left(void *arg)
{
	(void)arg;
	tcs_loop_stop(hop.loop);
}

static void
hop_end(void *arg)
{
	(void)arg;
	tcs_bus_leave(hop.member, hop_left, NULL);
}

int
main(int argc, char **argv)
{
	static const struct tcs_bus_member_ops ops = {.assigned = hop_assigned,
	    .revoked = hop_revoked,
	    .record = hop_record};

	if (argc != 7) {
		fprintf(stderr, "usage: see the head of hop.c\n");
		return 2;
	}
	tcs_log_set_level(TCS_LOG_WARNING);
	hop_open(argv);
	hop.to = argv[6];
	const char *const topics[] = {argv[5], NULL};
	const struct tcs_bus_member_conf member = {.group = argv[4],
	    .instance = "bench",
	    .topics = topics,
	    .window = 64};
	if (tcs_loop_on_signal(hop.loop, SIGTERM, hop_end, NULL) != TCS_OK)
		return 1;
	hop.member = tcs_bus_join(hop.bus, &member, &ops, NULL);
	tcs_loop_run(hop.loop);
	tcs_bus_member_free(&hop.member);
	tcs_store_free(&hop.store);
	tcs_bus_free(&hop.bus);
	tcs_loop_free(&hop.loop);
	return 0;
}
