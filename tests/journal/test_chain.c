#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/file.h"
#include "journal/chain.h"
#include "journal/verify.h"
#include "tests/support/tmpdir.h"

#define FIRST "p00-00000001-20261118.jsonl"

struct bench {
	char *dir;
	struct tcs_chain_conf conf;
	struct tcs_chain *chain;
	struct tcs_chain_found found;
	struct tcs_diag diag;
	struct tcs_buf stored; /* the head, as the store would hold it */
};

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->dir = tmpdir_make();
	b->conf = (struct tcs_chain_conf){.dir = b->dir, .file_max = 1 << 20};
	tcs_buf_init(&b->stored, 1 << 20);
	tcs_clock_hold(1795000000000LL);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	tcs_chain_close(&b->chain);
	tcs_diag_fini(&b->diag);
	tcs_buf_fini(&b->stored);
	tmpdir_remove(&b->dir);
	tcs_clock_release();
	free(b);
	return 0;
}

/* Take the partition over, as a new process does. */
static enum tcs_err
take(struct bench *b)
{
	struct tcs_journal_head head;
	bool has_head = b->stored.n > 0;

	tcs_chain_close(&b->chain);
	tcs_diag_fini(&b->diag);
	b->found = (struct tcs_chain_found){0};
	if (has_head)
		assert_int_equal(tcs_journal_head_read(
		                     tcs_buf_view(&b->stored), &head, NULL),
		    TCS_OK);
	enum tcs_err err = tcs_chain_open(
	    &b->conf, has_head ? &head : NULL, &b->chain, &b->found, &b->diag);
	if (has_head)
		tcs_journal_head_fini(&head);
	return err;
}

static enum tcs_err
append(struct bench *b, const char *topic, const char *position)
{
	struct tcs_record record = {.topic = topic,
	    .position = position,
	    .key = tcs_slice_str("62"),
	    .value = tcs_slice_str("{\"v\":1}")};

	return tcs_chain_append(b->chain, &record, &b->diag);
}

/* What the step does: the head is stored. */
static void
commit(struct bench *b)
{
	tcs_buf_reset(&b->stored);
	tcs_journal_head_write(tcs_chain_head(b->chain), &b->stored);
	assert_int_equal(b->stored.err, TCS_OK);
}

static void
add(struct bench *b, const char *topic, const char *position)
{
	assert_int_equal(append(b, topic, position), TCS_OK);
	commit(b);
}

/* Lines in all files, which must be a faultless chain up to the stored head. */
static uint64_t
lines(struct bench *b)
{
	struct tcs_journal_head head;
	struct tcs_verified verified;
	struct tcs_diag diag = {0};

	assert_int_equal(
	    tcs_journal_head_read(tcs_buf_view(&b->stored), &head, NULL),
	    TCS_OK);
	enum tcs_err err =
	    tcs_journal_verify(b->dir, 0, &head, &verified, &diag);
	tcs_journal_head_fini(&head);
	if (err != TCS_OK)
		print_error("%s\n", tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
	assert_int_equal(err, TCS_OK);
	assert_true(verified.is_proven);
	return verified.lines;
}

static void
append_bytes(struct bench *b, const char *name, const char *text)
{
	char *path = tcs_journal_path(b->dir, name, "");
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	free(path);
}

static void
a_chain_goes_on_where_it_was(void **state)
{
	struct bench *b = *state;

	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "1-0");
	add(b, "proposals", "1-0");
	assert_int_equal(take(b), TCS_OK);
	assert_int_equal(b->found.ahead, 0);
	assert_int_equal(b->found.aside_bytes, 0);
	add(b, "signals", "2-0");
	assert_int_equal(lines(b), 3);
	assert_int_equal(tcs_chain_head(b->chain)->mark.n, 3);
}

static void
a_line_that_was_not_committed_is_not_written_again(void **state)
{
	struct bench *b = *state;

	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "1-0");
	assert_int_equal(append(b, "signals", "2-0"), TCS_OK);
	/* killed here: the line is on the disk, the step was not made */
	assert_int_equal(take(b), TCS_OK);
	assert_int_equal(b->found.ahead, 1);
	add(b, "signals", "2-0");
	add(b, "signals", "3-0");
	assert_int_equal(lines(b), 3);
}

static void
lines_ahead_are_recognised_over_several_crashes_in_any_order(void **state)
{
	struct bench *b = *state;

	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "1-0");
	assert_int_equal(append(b, "signals", "2-0"), TCS_OK);
	assert_int_equal(append(b, "receipts", "7-0"), TCS_OK);
	assert_int_equal(append(b, "receipts", "8-0"), TCS_OK);
	assert_int_equal(take(b), TCS_OK);
	add(b, "receipts", "7-0");
	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "2-0");
	assert_int_equal(append(b, "health", "1-0"), TCS_OK);
	assert_int_equal(take(b), TCS_OK);
	add(b, "health", "1-0");
	add(b, "receipts", "8-0");
	add(b, "receipts", "9-0");
	assert_int_equal(lines(b), 6);
	assert_int_equal(tcs_chain_head(b->chain)->ahead_n, 0);
}

static void
a_crash_before_the_first_step_writes_nothing_twice(void **state)
{
	struct bench *b = *state;

	assert_int_equal(take(b), TCS_OK);
	assert_int_equal(append(b, "signals", "1-0"), TCS_OK);
	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "1-0");
	assert_int_equal(lines(b), 1);
}

static void
an_unfinished_line_is_set_aside(void **state)
{
	struct bench *b = *state;

	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "1-0");
	append_bytes(b, FIRST, "{\"v\":1,\"n\":2,\"top");
	assert_int_equal(take(b), TCS_OK);
	assert_int_equal(b->found.aside_bytes, 17);
	add(b, "signals", "2-0");
	assert_int_equal(lines(b), 2);
	char *aside = tmpdir_read(b->dir, FIRST ".partial");
	assert_string_equal(aside, "{\"v\":1,\"n\":2,\"top");
	free(aside);
}

static void
a_line_of_a_process_that_lost_the_partition_is_set_aside(void **state)
{
	struct bench *b = *state;
	struct bench zombie = {.dir = b->dir, .conf = b->conf};

	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "1-0");
	zombie.chain = b->chain;
	b->chain = NULL;
	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "2-0");

	/* The zombie sees that the file has grown ... */
	assert_int_equal(append(&zombie, "signals", "2-0"), TCS_EGUARD);
	tcs_diag_fini(&zombie.diag);
	tcs_chain_close(&zombie.chain);
	/* ... or has written before it could see. */
	append_bytes(b, FIRST, "{\"v\":1,\"n\":2}\n");
	assert_int_equal(append(b, "signals", "3-0"), TCS_EGUARD);
	assert_int_equal(take(b), TCS_OK);
	assert_int_equal(b->found.aside_bytes, 14);
	add(b, "signals", "3-0");
	assert_int_equal(lines(b), 3);
}

static void
a_new_day_and_a_large_file_begin_new_files(void **state)
{
	struct bench *b = *state;
	struct tcs_journal_head head;
	struct tcs_verified verified;

	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "1-0");
	tcs_clock_hold(1795000000000LL + TCS_DAYS(1));
	add(b, "signals", "2-0");
	assert_string_equal(
	    tcs_chain_head(b->chain)->file, "p00-00000002-20261119.jsonl");
	b->conf.file_max = 1;
	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "3-0");
	assert_string_equal(
	    tcs_chain_head(b->chain)->file, "p00-00000003-20261119.jsonl");
	assert_int_equal(lines(b), 3);
	assert_int_equal(
	    tcs_journal_head_read(tcs_buf_view(&b->stored), &head, NULL),
	    TCS_OK);
	assert_int_equal(
	    tcs_journal_verify(b->dir, 0, &head, &verified, NULL), TCS_OK);
	assert_int_equal(verified.files, 3);
	tcs_journal_head_fini(&head);
}

static void
a_new_file_that_was_not_committed_is_recognised(void **state)
{
	struct bench *b = *state;

	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "1-0");
	tcs_clock_hold(1795000000000LL + TCS_DAYS(1));
	assert_int_equal(append(b, "signals", "2-0"), TCS_OK);
	assert_int_equal(take(b), TCS_OK);
	assert_int_equal(b->found.ahead, 1);
	add(b, "signals", "2-0");
	/* A file that was begun, and got no line. */
	tmpdir_write(b->dir, "p00-00000003-20261120.jsonl", tcs_slice("", 0));
	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "3-0");
	assert_int_equal(lines(b), 3);
	assert_string_equal(
	    tcs_chain_head(b->chain)->file, "p00-00000002-20261119.jsonl");
}

static void
a_lost_end_is_refused_until_it_is_accepted(void **state)
{
	struct bench *b = *state;

	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "1-0");
	char *one = tmpdir_read(b->dir, FIRST);
	add(b, "signals", "2-0");
	tmpdir_write(b->dir, FIRST, tcs_slice_str(one));
	free(one);
	assert_int_equal(take(b), TCS_EGUARD);
	assert_non_null(strstr(tcs_diag_text(&b->diag), "--accept-loss"));

	b->conf.accepts_loss = true;
	assert_int_equal(take(b), TCS_OK);
	assert_true(b->found.is_loss);
	add(b, "signals", "3-0");
	assert_string_equal(
	    tcs_chain_head(b->chain)->file, "p00-00000002-20261118.jsonl");
	assert_int_equal(tcs_chain_head(b->chain)->mark.n, 3);
	b->conf.accepts_loss = false;
	assert_int_equal(take(b), TCS_OK);
	struct tcs_verified verified;
	tcs_diag_fini(&b->diag);
	assert_int_equal(
	    tcs_journal_verify(b->dir, 0, NULL, &verified, &b->diag),
	    TCS_EINVAL);
	assert_string_equal(
	    b->diag.items[0].file, "p00-00000002-20261118.jsonl");
	assert_string_equal(tcs_diag_text(&b->diag),
	    "removed: 1 line stood before this one, from number 2 of the "
	    "chain on");
}

static void
a_new_store_beside_old_files_goes_on_behind_them(void **state)
{
	struct bench *b = *state;
	char position[32];

	assert_int_equal(take(b), TCS_OK);
	for (int i = 0; i < TCS_JOURNAL_AHEAD_MAX + 10; i++) {
		(void)snprintf(position, sizeof(position), "%d-0", i);
		assert_int_equal(append(b, "signals", position), TCS_OK);
	}
	assert_int_equal(take(b), TCS_OK);
	assert_true(b->found.is_adopted);
	assert_int_equal(
	    tcs_chain_head(b->chain)->mark.n, TCS_JOURNAL_AHEAD_MAX + 10);
	add(b, "events", "1-0");
	assert_int_equal(lines(b), TCS_JOURNAL_AHEAD_MAX + 11);
}

static void
a_full_disk_leaves_no_half_line(void **state)
{
	struct bench *b = *state;
	struct rlimit old, small = {0};

	assert_int_equal(take(b), TCS_OK);
	add(b, "signals", "1-0");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = tcs_chain_head(b->chain)->size + 20;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	enum tcs_err err = append(b, "signals", "2-0");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(err, TCS_EIO);

	assert_int_equal(take(b), TCS_OK);
	assert_int_equal(b->found.aside_bytes, 0);
	add(b, "signals", "2-0");
	assert_int_equal(lines(b), 2);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_chain_goes_on_where_it_was),
	    TEST(a_line_that_was_not_committed_is_not_written_again),
	    TEST(lines_ahead_are_recognised_over_several_crashes_in_any_order),
	    TEST(a_crash_before_the_first_step_writes_nothing_twice),
	    TEST(an_unfinished_line_is_set_aside),
	    TEST(a_line_of_a_process_that_lost_the_partition_is_set_aside),
	    TEST(a_new_day_and_a_large_file_begin_new_files),
	    TEST(a_new_file_that_was_not_committed_is_recognised),
	    TEST(a_lost_end_is_refused_until_it_is_accepted),
	    TEST(a_new_store_beside_old_files_goes_on_behind_them),
	    TEST(a_full_disk_leaves_no_half_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
