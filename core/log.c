#include "core/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"

enum { LOG_LINE_MAX = 4096, LOG_HELD_MAX = LOG_LINE_MAX + 16 };

static struct {
	enum tcs_log_level level;
	tcs_log_sink *sink;
	void *arg;
} log_state = {.level = TCS_LOG_INFO};

/* Lines not yet written. Kafka's threads log too. */
static struct {
	pthread_mutex_t lock;
	bool is_holding;
	size_t n;
	char text[LOG_HELD_MAX];
} log_held = {.lock = PTHREAD_MUTEX_INITIALIZER};

void
tcs_log_set_level(enum tcs_log_level level)
{
	log_state.level = level;
}

void
tcs_log_set_sink(tcs_log_sink *sink, void *arg)
{
	log_state.sink = sink;
	log_state.arg = arg;
}

/* sd-daemon(3): "<N>" before a line gives the journal its level. */
static const char *
log_prefix(enum tcs_log_level level)
{
	static const char *const journal[] = {"<3>", "<4>", "<6>", "<7>"};
	static const char *const plain[] = {
	    "error ", "warning ", "info ", "debug "};

	return getenv("JOURNAL_STREAM") != NULL ? journal[level] : plain[level];
}

/* With the lock. */
static void
log_empty(void)
{
	size_t n = log_held.n;

	log_held.n = 0;
	if (n > 0 && write(STDERR_FILENO, log_held.text, n) < 0)
		return; /* nowhere is left to say it */
}

/* With the lock, and with room for it. */
static void
log_put(const char *text, size_t n)
{
	memcpy(log_held.text + log_held.n, text, n);
	log_held.n += n;
}

static void
log_keep(enum tcs_log_level level, const char *line)
{
	const char *prefix = log_prefix(level);
	size_t prefix_n = strlen(prefix), n = strlen(line);

	(void)pthread_mutex_lock(&log_held.lock);
	if (log_held.n + prefix_n + n + 1 > sizeof(log_held.text))
		log_empty();
	log_put(prefix, prefix_n);
	log_put(line, n);
	log_put("\n", 1);
	if (!log_held.is_holding || level <= TCS_LOG_WARNING)
		log_empty();
	(void)pthread_mutex_unlock(&log_held.lock);
}

void
tcs_log_hold(void)
{
	(void)pthread_mutex_lock(&log_held.lock);
	log_held.is_holding = true;
	(void)pthread_mutex_unlock(&log_held.lock);
}

bool
tcs_log_is_held(void)
{
	(void)pthread_mutex_lock(&log_held.lock);
	bool is_held = log_held.n > 0;
	(void)pthread_mutex_unlock(&log_held.lock);
	return is_held;
}

void
tcs_log_flush(void)
{
	(void)pthread_mutex_lock(&log_held.lock);
	log_empty();
	(void)pthread_mutex_unlock(&log_held.lock);
}

void
tcs_log_release(void)
{
	(void)pthread_mutex_lock(&log_held.lock);
	log_held.is_holding = false;
	log_empty();
	(void)pthread_mutex_unlock(&log_held.lock);
}

static void
log_write(enum tcs_log_level level, const char *line)
{
	if (log_state.sink != NULL)
		log_state.sink(log_state.arg, level, line);
	else
		log_keep(level, line);
}

void
tcs_log(enum tcs_log_level level, const char *event, const char *fmt, ...)
{
	va_list ap;
	char line[LOG_LINE_MAX];

	if (level > log_state.level)
		return;
	size_t n = strnlen(event, sizeof(line) - 2);
	memcpy(line, event, n);
	line[n++] = ' ';
	va_start(ap, fmt);
	(void)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	for (char *p = line; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	}
	log_write(level, line);
}

int
tcs_complain(struct tcs_complaint *c, int64_t now_ms)
{
	const int64_t first_ms = 60000, last_ms = 3600000;

	if (c->count++ == 0) {
		c->since_ms = now_ms;
		c->wait_ms = first_ms;
		c->next_ms = now_ms + first_ms;
		return 1;
	}
	if (now_ms < c->next_ms)
		return 0;
	c->wait_ms = c->wait_ms * 2 > last_ms ? last_ms : c->wait_ms * 2;
	c->next_ms = now_ms + c->wait_ms;
	return 1;
}

int
tcs_complaint_over(struct tcs_complaint *c)
{
	int was = c->count > 0;

	memset(c, 0, sizeof(*c));
	return was;
}
