#include "core/json.h"

#include <string.h>

static bool
json_is_truncated(const json_error_t *error, struct tcs_slice text)
{
	enum json_error_code code = json_error_code(error);

	return code == json_error_premature_end_of_input ||
	       (size_t)error->position >= text.n;
}

enum tcs_err
tcs_json_parse(struct tcs_slice text, json_t **ret_value, bool *ret_truncated,
    struct tcs_diag *diag)
{
	json_error_t error;

	if (text.n > TCS_JSON_MAX) {
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "JSON of %zu bytes, more than the %d allowed", text.n,
		    TCS_JSON_MAX);
	}
	json_t *value = json_loadb(text.n == 0 ? "" : text.p, text.n,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (value != NULL) {
		*ret_value = value;
		return TCS_OK;
	}
	bool is_truncated = json_is_truncated(&error, text);
	if (ret_truncated != NULL)
		*ret_truncated = is_truncated;
	return tcs_diag_add(diag, TCS_EPARSE, NULL,
	    error.line > 0 ? (unsigned)error.line : 0, "JSON%s: %s",
	    is_truncated ? " truncated" : "", error.text);
}

static int
json_append(const char *p, size_t n, void *arg)
{
	struct tcs_buf *buf = arg;

	tcs_buf_append(buf, p, n);
	return buf->err == TCS_OK ? 0 : -1;
}

void
tcs_json_write(struct tcs_buf *buf, const json_t *value)
{
	int rc = json_dump_callback(value, json_append, buf,
	    JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);

	if (rc != 0 && buf->err == TCS_OK)
		buf->err = TCS_ENOMEM;
}

const char *
tcs_json_str(const json_t *object, const char *key, const char *fallback)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? fallback : text;
}

int64_t
tcs_json_i64(const json_t *object, const char *key, int64_t fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool
tcs_json_bool(const json_t *object, const char *key, bool fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

bool
tcs_json_set_str(json_t *object, const char *key, const char *text)
{
	return text == NULL ||
	       json_object_set_new(object, key, json_string(text)) == 0;
}

bool
tcs_json_set_slice(json_t *object, const char *key, struct tcs_slice text)
{
	return text.p == NULL || json_object_set_new(object, key,
	                             json_stringn(text.p, text.n)) == 0;
}

bool
tcs_json_set_i64(json_t *object, const char *key, int64_t value)
{
	return json_object_set_new(object, key, json_integer(value)) == 0;
}
