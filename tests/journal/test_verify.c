#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "journal/chain.h"
#include "journal/verify.h"
#include "tests/support/tmpdir.h"

#define FIRST "p00-00000001-20261118.jsonl"
#define SECOND "p00-00000002-20261119.jsonl"

enum { LINES = 6, FIRST_LINES = 4 };

/* A journal of two files, 4 and 2 lines, its head, and its lines apart. */
struct bench {
	char *dir;
	struct tcs_journal_head head;
	char *lines[LINES];
	struct tcs_diag diag;
};

static void
split(struct bench *b, const char *name, size_t at, size_t n)
{
	char *text = tmpdir_read(b->dir, name), *p = text;

	for (size_t i = 0; i < n; i++) {
		char *end = strchr(p, '\n');
		b->lines[at + i] = strndup(p, (size_t)(end - p) + 1);
		p = end + 1;
	}
	free(text);
}

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct tcs_chain_found found;
	struct tcs_chain *chain = NULL;
	struct tcs_buf text;

	b->dir = tmpdir_make();
	struct tcs_chain_conf conf = {.dir = b->dir, .file_max = 1 << 20};
	tcs_clock_hold(1795000000000LL);
	assert_int_equal(
	    tcs_chain_open(&conf, NULL, &chain, &found, NULL), TCS_OK);
	for (int i = 0; i < LINES; i++) {
		char position[16];
		(void)snprintf(position, sizeof(position), "%d-0", i);
		struct tcs_record record = {.topic = "signals",
		    .position = position,
		    .key = tcs_slice_str("62"),
		    .value = tcs_slice_str("Aa en orange")};
		if (i == FIRST_LINES)
			tcs_clock_hold(1795000000000LL + TCS_DAYS(1));
		assert_int_equal(
		    tcs_chain_append(chain, &record, NULL), TCS_OK);
	}
	tcs_buf_init(&text, 4096);
	tcs_journal_head_write(tcs_chain_head(chain), &text);
	assert_int_equal(
	    tcs_journal_head_read(tcs_buf_view(&text), &b->head, NULL), TCS_OK);
	tcs_buf_fini(&text);
	tcs_chain_close(&chain);
	tcs_clock_release();
	split(b, FIRST, 0, FIRST_LINES);
	split(b, SECOND, FIRST_LINES, LINES - FIRST_LINES);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < LINES; i++)
		free(b->lines[i]);
	tcs_journal_head_fini(&b->head);
	tcs_diag_fini(&b->diag);
	tmpdir_remove(&b->dir);
	free(b);
	return 0;
}

/* Write FIRST anew from these lines. */
static void
put(struct bench *b, const char *const *lines, size_t n)
{
	struct tcs_buf text;

	tcs_buf_init(&text, 1 << 20);
	for (size_t i = 0; i < n; i++)
		tcs_buf_str(&text, lines[i]);
	tmpdir_write(b->dir, FIRST, tcs_buf_view(&text));
	tcs_buf_fini(&text);
}

/* The same line with its text altered; hashed again if asked. */
static char *
alter(const char *line, bool is_hashed)
{
	char *copy = strdup(line), *p = strstr(copy, "orange");

	for (const char *to = "jaune!"; *to != '\0'; to++)
		*p++ = *to;
	if (is_hashed) {
		char hex[TCS_DIGEST_HEX], *hash = strstr(copy, ",\"hash\":\"");
		(void)tcs_digest(tcs_slice(copy, (size_t)(hash - copy)), hex);
		memcpy(hash + 9, hex, 64);
	}
	return copy;
}

/* Exactly one finding, of this kind, at this place. */
static void
expect(struct bench *b, const char *file, unsigned line, const char *kind)
{
	struct tcs_verified verified;

	tcs_diag_fini(&b->diag);
	enum tcs_err err =
	    tcs_journal_verify(b->dir, 0, &b->head, &verified, &b->diag);
	assert_int_equal(err, TCS_EINVAL);
	for (size_t i = 1; i < b->diag.n; i++)
		print_error("also: %s:%u: %s\n", b->diag.items[i].file,
		    b->diag.items[i].line, b->diag.items[i].text);
	assert_int_equal(b->diag.n, 1);
	assert_string_equal(b->diag.items[0].file, file);
	assert_int_equal(b->diag.items[0].line, line);
	assert_memory_equal(b->diag.items[0].text, kind, strlen(kind));
}

static void
a_journal_as_written_is_proven_to_its_end(void **state)
{
	struct bench *b = *state;
	struct tcs_verified verified;

	assert_int_equal(
	    tcs_journal_verify(b->dir, 0, &b->head, &verified, &b->diag),
	    TCS_OK);
	assert_true(verified.is_proven);
	assert_int_equal(verified.files, 2);
	assert_int_equal(verified.lines, LINES);
	assert_int_equal(verified.beyond, 0);
	assert_string_equal(verified.end.hash, b->head.mark.hash);
	assert_int_equal(
	    tcs_journal_verify(b->dir, 0, NULL, &verified, &b->diag), TCS_OK);
	assert_false(verified.is_proven);
}

static void
a_changed_line_is_named(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < FIRST_LINES; i++) {
		for (int is_hashed = 0; is_hashed < 2; is_hashed++) {
			const char *all[FIRST_LINES];
			memcpy(all, b->lines, sizeof(all));
			char *other = alter(b->lines[i], is_hashed);
			all[i] = other;
			put(b, all, FIRST_LINES);
			expect(b, FIRST, i + 1, "changed");
			free(other);
		}
	}
}

static void
a_line_that_is_no_longer_one_is_named(void **state)
{
	struct bench *b = *state;
	const char *all[FIRST_LINES];

	memcpy(all, b->lines, sizeof(all));
	all[2] = "gone\n";
	put(b, all, FIRST_LINES);
	expect(b, FIRST, 3, "changed");
	all[2] = "\n";
	put(b, all, FIRST_LINES);
	expect(b, FIRST, 3, "changed");
}

static void
a_removed_line_is_named_by_the_one_after_it(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < FIRST_LINES - 1; i++) {
		const char *all[FIRST_LINES];
		size_t n = 0;
		for (unsigned k = 0; k < FIRST_LINES; k++) {
			if (k != i)
				all[n++] = b->lines[k];
		}
		put(b, all, n);
		expect(b, FIRST, i + 1, "removed");
	}
	put(b, (const char *const *)b->lines, FIRST_LINES - 1);
	expect(b, SECOND, 1, "removed");
}

static void
an_inserted_line_is_named(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 1; i < FIRST_LINES; i++) {
		const char *all[FIRST_LINES + 1];
		size_t n = 0;
		char *other = alter(b->lines[1], true);
		for (unsigned k = 0; k < FIRST_LINES; k++) {
			if (k == i)
				all[n++] = "{\"v\":1,\"n\":9}\n";
			all[n++] = b->lines[k];
		}
		put(b, all, n);
		expect(b, FIRST, i + 1, "inserted");
		free(other);
	}
}

static void
a_well_made_line_put_between_is_named(void **state)
{
	struct bench *b = *state;
	char *other = alter(b->lines[1], true);
	const char *all[] = {
	    b->lines[0], other, b->lines[1], b->lines[2], b->lines[3]};

	put(b, all, 5);
	expect(b, FIRST, 2, "inserted");
	free(other);
}

static void
a_cut_end_is_seen_with_the_store_only(void **state)
{
	struct bench *b = *state;
	struct tcs_verified verified;

	tmpdir_write(b->dir, SECOND, tcs_slice_str(b->lines[FIRST_LINES]));
	expect(b, SECOND, 1, "cut");
	tcs_diag_fini(&b->diag);
	assert_int_equal(
	    tcs_journal_verify(b->dir, 0, NULL, &verified, &b->diag), TCS_OK);
	assert_false(verified.is_proven);

	tmpdir_write(b->dir, SECOND, tcs_slice_str("{\"v\":1,\"n\":5,\"to"));
	assert_int_equal(
	    tcs_journal_verify(b->dir, 0, NULL, &verified, &b->diag),
	    TCS_EINVAL);
	assert_string_equal(b->diag.items[0].file, SECOND);
	assert_memory_equal(tcs_diag_text(&b->diag), "cut", 3);
}

static void
lines_behind_the_head_are_no_finding(void **state)
{
	struct bench *b = *state;
	struct tcs_verified verified;
	struct tcs_journal_line line;

	assert_int_equal(
	    tcs_journal_line_read(
	        tcs_slice(b->lines[4], strlen(b->lines[4]) - 1), &line),
	    TCS_OK);
	b->head.mark = line.mark;
	char *more = NULL;
	assert_true(
	    asprintf(&more, "%s%s{\"v\":1,", b->lines[4], b->lines[5]) > 0);
	tmpdir_write(b->dir, SECOND, tcs_slice_str(more));
	free(more);
	assert_int_equal(
	    tcs_journal_verify(b->dir, 0, &b->head, &verified, &b->diag),
	    TCS_OK);
	assert_true(verified.is_proven);
	assert_int_equal(verified.beyond, 1);
}

static void
a_chain_hashed_again_from_a_change_on_breaks_at_the_head(void **state)
{
	struct bench *b = *state;
	char *other = alter(b->lines[5], true);
	char *text = NULL;

	assert_true(asprintf(&text, "%s%s", b->lines[4], other) > 0);
	tmpdir_write(b->dir, SECOND, tcs_slice_str(text));
	expect(b, SECOND, 0, "changed");
	free(other);
	free(text);
}

static void
no_files_where_the_store_knows_some_is_a_cut(void **state)
{
	struct bench *b = *state;
	struct tcs_verified verified;
	char *empty = tmpdir_make();

	assert_int_equal(
	    tcs_journal_verify(empty, 0, &b->head, &verified, &b->diag),
	    TCS_EINVAL);
	assert_memory_equal(tcs_diag_text(&b->diag), "cut", 3);
	tmpdir_remove(&empty);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_journal_as_written_is_proven_to_its_end),
	    TEST(a_changed_line_is_named),
	    TEST(a_line_that_is_no_longer_one_is_named),
	    TEST(a_removed_line_is_named_by_the_one_after_it),
	    TEST(an_inserted_line_is_named),
	    TEST(a_well_made_line_put_between_is_named),
	    TEST(a_cut_end_is_seen_with_the_store_only),
	    TEST(lines_behind_the_head_are_no_finding),
	    TEST(a_chain_hashed_again_from_a_change_on_breaks_at_the_head),
	    TEST(no_files_where_the_store_knows_some_is_a_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
