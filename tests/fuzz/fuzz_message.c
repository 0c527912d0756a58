/* Any bytes as a mail: what is read is text that people and CAP can carry, in
 * its bounds, and the same the second time. */
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/message.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
fuzz_check_line(const char *line)
{
	struct tcs_slice s = tcs_slice_str(line);

	tcs_assert(tcs_slice_is_utf8(s));
	for (size_t i = 0; i < s.n; i++)
		tcs_assert((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
}

static void
fuzz_check(const struct tcs_message *m)
{
	size_t bytes = 0;

	fuzz_check_line(m->from);
	fuzz_check_line(m->sender);
	fuzz_check_line(m->subject);
	fuzz_check_line(m->id);
	for (size_t i = 0; i < m->auth_n; i++)
		fuzz_check_line(m->auth[i]);
	tcs_assert(tcs_slice_is_utf8(tcs_slice_str(m->text)));
	tcs_assert(strlen(m->text) <= TCS_MESSAGE_TEXT_MAX);
	for (size_t i = 0; i < m->files_n; i++) {
		fuzz_check_line(m->files[i].name);
		fuzz_check_line(m->files[i].type);
		bytes += m->files[i].content.n;
	}
	tcs_assert(bytes <= TCS_MESSAGE_FILES_BYTES);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct tcs_arena *arena = tcs_arena_new(64 << 20);
	struct tcs_message first, second;
	struct tcs_diag diag = {0};
	bool is_cut;
	enum tcs_err err = tcs_message_read(
	    tcs_slice(data, size), arena, &first, &is_cut, &diag);

	tcs_assert(err == TCS_OK || err == TCS_EPARSE);
	tcs_assert((err == TCS_OK) == (diag.n == 0));
	if (err == TCS_OK) {
		fuzz_check(&first);
		tcs_assert(tcs_message_read(tcs_slice(data, size), arena,
		               &second, &is_cut, NULL) == TCS_OK);
		tcs_assert(strcmp(first.text, second.text) == 0 &&
		           first.files_n == second.files_n &&
		           first.faults == second.faults);
	}
	tcs_diag_fini(&diag);
	tcs_arena_free(&arena);
	return 0;
}
