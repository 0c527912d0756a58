/* Records of both topics as the dispatcher reads them, one after the other in
 * one ledger: 'p' or 'd', the bytes, and 0x1e between two records. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/log.h"
#include "tests/dispatcher/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
silent(void *arg, enum tcs_log_level level, const char *line)
{
	(void)arg;
	(void)level;
	(void)line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcs_slice record, rest = tcs_slice(data, size);

	tcs_log_set_sink(silent, NULL);
	world_open("tocsin.", NULL);
	world.is_auto = true;
	while (rest.p != NULL) {
		record = tcs_slice_cut(rest, 0x1e, &rest);
		if (record.n == 0)
			continue;
		(void)world_record(
		    record.p[0] == 'd' ? "decisions" : "proposals", "62",
		    tcs_slice(record.p + 1, record.n - 1));
		world_settle();
	}
	world_restart(false);
	world_settle();
	world_close();
	return 0;
}
