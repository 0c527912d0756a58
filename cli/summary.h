/* summary.h - a source in one line, as `tocsin run` and `tocsin status` show
 * it. A source that is not fresh never shows green, one whose state is not
 * known any more shows no level at all. */
#ifndef TOCSIN_CLI_SUMMARY_H
#define TOCSIN_CLI_SUMMARY_H

#include <stdint.h>

#include "core/buf.h"
#include "core/json.h"

struct tcs_source {
	const char *feed;              /* name in tocsin.conf */
	const char *source;            /* "vigicrues" */
	const char *state;             /* "fresh", "late", "silent", … */
	const char *reason;            /* "" when there is none */
	int64_t issued_ms, fetched_ms; /* or TCS_NO_TIME */
	int64_t since_ms;              /* when `state` began; likewise */
	int64_t next_ms;               /* when it should speak again */
	json_t *levels;                /* {level: number of zones}, or NULL */
};

/* What became of messages about a source since `run` began. */
struct tcs_left {
	uint64_t accepted; /* remis à l'opérateur */
	uint64_t failed;
	uint64_t waiting; /* proposals that wait for a decision */
};

/* Fill *ret_source, which borrows from `value` and `feed`: `value` is what
 * src:feeds holds of the feed. NULL: no daemon has written of it yet. */
void tcs_source_read(
    const char *feed, const json_t *value, struct tcs_source *ret_source);
/* "vigicrues: fresh · émis … · lu … · 2 orange, 335 vert". */
void tcs_source_line(struct tcs_buf *buf, const struct tcs_source *source);
/* "2 orange, 335 vert", "niveau inconnu", … by the source's state. */
void tcs_source_levels(struct tcs_buf *buf, const struct tcs_source *source);
/* "3 messages partis, 1 proposition à décider" or "aucun message à envoyer". */
void tcs_left_line(struct tcs_buf *buf, const struct tcs_left *left);

#endif
