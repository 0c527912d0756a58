#include "dispatcher/guard.h"

#include <stddef.h>
#include <string.h>

#include "core/slice.h"

#define EXERCISE_MARK "EXERCICE"
#define TEST_MARK "ESSAI"

static bool
guard_ends(struct tcs_slice text, const char *mark)
{
	size_t n = strlen(mark);

	return text.n >= n && memcmp(text.p + text.n - n, mark, n) == 0;
}

/* A dot may follow the last word. */
static bool
guard_is_marked(const char *text, const char *mark)
{
	struct tcs_slice s = tcs_slice_trim(tcs_slice_str(text));

	if (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	return tcs_slice_starts(s, mark) && guard_ends(s, mark);
}

static bool
guard_begins(const char *text, const char *mark)
{
	return tcs_slice_starts(tcs_slice_trim(tcs_slice_str(text)), mark);
}

typedef bool guard_test(const char *text, const char *mark);

/* Every part that there is passes the test. */
static bool
guard_all(
    const struct tcs_outbound *outbound, guard_test *test, const char *mark)
{
	for (int i = 0; i < TCS_OUTBOUND_PART_COUNT; i++) {
		const char *part = outbound->parts[i];
		if (part == NULL && i <= TCS_OUTBOUND_HEADLINE)
			return false;
		if (part != NULL && !test(part, mark))
			return false;
	}
	return true;
}

static const char *
guard_refuse_in_reality(
    const struct tcs_guard *guard, const struct tcs_outbound *outbound)
{
	bool is_test = strcmp(outbound->status, "Test") == 0;

	if (!is_test && strcmp(outbound->status, "Actual") != 0)
		return "guard: the status is neither Actual nor Test";
	if (!is_test && !guard->is_live)
		return "guard: not live, and the status is Actual";
	if (is_test && !guard_all(outbound, guard_begins, TEST_MARK))
		return "guard: a test, and not all of it begins " TEST_MARK;
	return NULL;
}

const char *
tcs_guard_refuse(
    const struct tcs_guard *guard, const struct tcs_outbound *outbound)
{
	if (!outbound->is_contact_known)
		return "guard: the contact is not of this configuration";
	if (outbound->status == NULL)
		return "guard: no status";
	if (strncmp(guard->realm, "x-", 2) != 0)
		return guard_refuse_in_reality(guard, outbound);
	if (strcmp(outbound->status, "Exercise") != 0)
		return "guard: in an exercise, and the status is not Exercise";
	if (!guard_all(outbound, guard_is_marked, EXERCISE_MARK))
		return "guard: not all of it has " EXERCISE_MARK
		       " first and last";
	return NULL;
}
