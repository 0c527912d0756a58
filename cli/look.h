/* look.h - the records of a topic as a person looks at them: some of them, and
 * fit for a terminal. */
#ifndef TOCSIN_CLI_LOOK_H
#define TOCSIN_CLI_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/bus.h"
#include "core/err.h"
#include "core/program.h"

enum tcs_look_format {
	TCS_LOOK_TABLE, /* a line a record, its value cut */
	TCS_LOOK_JSON,  /* an object a line, all of it */
	TCS_LOOK_VALUE, /* the value alone */
};

struct tcs_look {
	const char *topic;
	int64_t since_ms; /* or TCS_NO_TIME; a record without time is shown */
	const char *key;  /* NULL: any */
	uint64_t limit;
	enum tcs_look_format format;
};

enum { TCS_LOOK_LIMIT = 1000, TCS_LOOK_LIMIT_MAX = 100000 };

/* "90 s", "30min", "2 h", "7 d": so long before `now_ms`; or a time, as
 * tcs_typed_read_time() takes it. TCS_EPARSE. */
enum tcs_err tcs_look_read_since(
    const char *text, int64_t now_ms, int64_t *ret_ms) TCS_MUST_USE;
/* "table", "json", "value". */
bool tcs_look_read_format(const char *text, enum tcs_look_format *ret_format);
bool tcs_look_wants(
    const struct tcs_look *look, const struct tcs_record *record);
/* With its line end. */
void tcs_look_append(struct tcs_buf *buf, const struct tcs_record *record,
    enum tcs_look_format format);
/* Those that are wanted, oldest first by partition, on stdout; *ret_more: the
 * limit left some out. Runs the loop. TCS_EIO: stdout takes no more. */
enum tcs_err tcs_look_print(struct tcs_program *program,
    const struct tcs_look *look, bool *ret_more,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif
