/* json.h - JSON (RFC 8259) behind our limits. jansson's values are used
 * directly by includers; parsing and writing pass through here only. */
#ifndef TOCSIN_CORE_JSON_H
#define TOCSIN_CORE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

enum {
	TCS_JSON_MAX = 16 * 1024 * 1024,
	/* Memory of one parsed value: "[[],[],…" takes thirty times its text.
	 */
	TCS_JSON_MEMORY_MAX = 28 * 1024 * 1024,
};

/* Parse one whole value; the caller owns *ret_value (json_decref).
 * TCS_ELIMIT: larger than TCS_JSON_MAX, or than TCS_JSON_MEMORY_MAX once it is
 * parsed; deeper than jansson's 2048 is TCS_EPARSE.
 * TCS_EPARSE: `diag` has line and reason; *ret_truncated (may be NULL) is true
 * when the text ended before the value did. */
enum tcs_err tcs_json_parse(struct tcs_slice text, json_t **ret_value,
    bool *ret_truncated, struct tcs_diag *diag) TCS_MUST_USE;

/* The same, but each array that is the value of a member `name` is passed over
 * and read as null. For what is most of a body and of no use, as the outlines
 * of a map: it takes a tenth of the time and of the memory. */
enum tcs_err tcs_json_parse_without(struct tcs_slice text, const char *name,
    json_t **ret_value, bool *ret_truncated,
    struct tcs_diag *diag) TCS_MUST_USE;

/* Compact, keys in the order they were set. */
void tcs_json_write(struct tcs_buf *buf, const json_t *value);

/* What is written often is written without an object, member by member, into a
 * buffer that holds nothing else: the same bytes as tcs_json_write() makes of
 * the same members. `name` needs no escape; NULL: an item of a list, or the
 * whole value. A text that is not UTF-8 sets `buf->err` to TCS_EINVAL. */
void tcs_json_open(struct tcs_buf *buf, const char *name, char bracket);
void tcs_json_close(struct tcs_buf *buf, char bracket);
/* Text that is absent (NULL, a slice without `p`) and a flag that is not set
 * are left out. */
void tcs_json_put_str(struct tcs_buf *buf, const char *name, const char *text);
void tcs_json_put_slice(
    struct tcs_buf *buf, const char *name, struct tcs_slice text);
void tcs_json_put_i64(struct tcs_buf *buf, const char *name, int64_t value);
void tcs_json_put_flag(struct tcs_buf *buf, const char *name, bool is_set);

/* Members of an object; the fallback when absent or of another type. Borrowed
 * from `object`. */
const char *tcs_json_str(
    const json_t *object, const char *key, const char *fallback);
int64_t tcs_json_i64(const json_t *object, const char *key, int64_t fallback);
bool tcs_json_bool(const json_t *object, const char *key, bool fallback);
/* Set a member; NULL text sets nothing. Returns false when out of memory or
 * the text is not UTF-8. */
bool tcs_json_set_str(json_t *object, const char *key, const char *text);
bool tcs_json_set_slice(json_t *object, const char *key, struct tcs_slice text);
bool tcs_json_set_i64(json_t *object, const char *key, int64_t value);

#endif
