#include "tests/support/logcatch.h"

#include <string.h>

#include "core/buf.h"
#include "core/log.h"

static struct tcs_buf logcatch_lines;

static void
logcatch_sink(void *arg, enum tcs_log_level level, const char *line)
{
	(void)arg;
	(void)level;
	tcs_buf_str(&logcatch_lines, line);
	tcs_buf_char(&logcatch_lines, '\n');
}

void
logcatch_start(void)
{
	tcs_buf_init(&logcatch_lines, 1 << 20);
	tcs_log_set_sink(logcatch_sink, NULL);
}

void
logcatch_stop(void)
{
	tcs_log_set_sink(NULL, NULL);
	tcs_buf_fini(&logcatch_lines);
}

bool
logcatch_has(const char *text)
{
	return logcatch_lines.p != NULL &&
	       strstr(logcatch_lines.p, text) != NULL;
}
