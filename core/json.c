#include "core/json.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* No text makes jansson take as many bytes for one of it: "{}," takes eighty.
 */
enum { JSON_MEMORY_PER_BYTE = 128 };

/* What jansson may still take while a text is parsed that could take more. */
static struct {
	bool is_over;
	size_t left;
} json_budget;

/* With what the allocator keeps beside it. */
static size_t
json_taken(void *p)
{
	return p == NULL ? 0 : malloc_usable_size(p) + sizeof(size_t);
}

static void *
json_malloc(size_t n)
{
	if (n > json_budget.left) {
		json_budget.is_over = true;
		return NULL;
	}
	void *p = malloc(n);
	size_t taken = json_taken(p);
	json_budget.left -= taken < json_budget.left ? taken : json_budget.left;
	return p;
}

static void
json_free(void *p)
{
	json_budget.left += json_taken(p);
	free(p);
}

static json_t *
json_load(struct tcs_slice text, json_error_t *error)
{
	json_budget.left = TCS_JSON_MEMORY_MAX;
	json_budget.is_over = false;
	if (text.n > TCS_JSON_MEMORY_MAX / JSON_MEMORY_PER_BYTE)
		json_set_alloc_funcs(json_malloc, json_free);
	json_t *value = json_loadb(text.n == 0 ? "" : text.p, text.n,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
	json_set_alloc_funcs(malloc, free);
	return value;
}

static bool
json_is_truncated(const json_error_t *error, struct tcs_slice text)
{
	enum json_error_code code = json_error_code(error);

	return code == json_error_premature_end_of_input ||
	       ((size_t)error->position >= text.n &&
	           code != json_error_end_of_input_expected);
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
	json_t *value = json_load(text, &error);
	if (value != NULL) {
		*ret_value = value;
		return TCS_OK;
	}
	if (json_budget.is_over)
		return tcs_diag_add(diag, TCS_ELIMIT, NULL, 0,
		    "JSON that takes more than %d bytes of memory",
		    TCS_JSON_MEMORY_MAX);
	bool is_truncated = json_is_truncated(&error, text);
	if (ret_truncated != NULL)
		*ret_truncated = is_truncated;
	return tcs_diag_add(diag, TCS_EPARSE, NULL,
	    error.line > 0 ? (unsigned)error.line : 0, "JSON%s: %s",
	    is_truncated ? " truncated" : "", error.text);
}

/* Past the end of the string that begins at `at`, or `n` when it has none. */
static size_t
json_string_end(struct tcs_slice text, size_t at)
{
	for (at++; at < text.n; at++) {
		if (text.p[at] == '\\')
			at++;
		else if (text.p[at] == '"')
			return at + 1;
	}
	return text.n;
}

/* Past the end of the array that begins at `at`, or `n` when it has none. */
static size_t
json_array_end(struct tcs_slice text, size_t at)
{
	size_t depth = 0;

	while (at < text.n) {
		char c = text.p[at];
		if (c == '"') {
			at = json_string_end(text, at);
			continue;
		}
		at++;
		if (c == '[')
			depth++;
		else if (c == ']' && --depth == 0)
			return at;
	}
	return text.n;
}

static size_t
json_skip_blanks(struct tcs_slice text, size_t at)
{
	while (at < text.n && strchr(" \t\r\n", text.p[at]) != NULL &&
	       text.p[at] != '\0')
		at++;
	return at;
}

/* When a member `name` whose value is an array begins at `at`: where that
 * array begins; else 0. */
static size_t
json_member_array(
    struct tcs_slice text, size_t at, size_t end, const char *name)
{
	if (!tcs_slice_is(tcs_slice(text.p + at + 1, end - at - 2), name))
		return 0;
	size_t colon = json_skip_blanks(text, end);
	if (colon >= text.n || text.p[colon] != ':')
		return 0;
	size_t value = json_skip_blanks(text, colon + 1);
	return value < text.n && text.p[value] == '[' ? value : 0;
}

/* Nothing is copied of a text that has none. */
static void
json_copy_without(struct tcs_buf *buf, struct tcs_slice text, const char *name)
{
	size_t at = 0, from = 0;

	while (at < text.n) {
		const char *quote = memchr(text.p + at, '"', text.n - at);
		if (quote == NULL)
			break;
		at = (size_t)(quote - text.p);
		size_t end = json_string_end(text, at);
		size_t value = end < text.n && end - at >= 2
		                   ? json_member_array(text, at, end, name)
		                   : 0;
		at = end;
		if (value == 0)
			continue;
		at = json_array_end(text, value);
		tcs_buf_append(buf, text.p + from, value - from);
		/* An array that does not end leaves the text as unfinished as
		 * it was. */
		tcs_buf_str(buf, at < text.n ? "null" : "");
		from = at;
	}
	if (from > 0)
		tcs_buf_append(buf, text.p + from, text.n - from);
}

enum tcs_err
tcs_json_parse_without(struct tcs_slice text, const char *name,
    json_t **ret_value, bool *ret_truncated, struct tcs_diag *diag)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, TCS_JSON_MAX);
	if (text.n > 0 && text.n <= TCS_JSON_MAX &&
	    memmem(text.p, text.n, name, strlen(name)) != NULL) {
		json_copy_without(&buf, text, name);
		if (buf.err == TCS_OK && buf.n > 0)
			text = tcs_buf_view(&buf);
	}
	enum tcs_err err = buf.err;
	if (err == TCS_OK)
		err = tcs_json_parse(text, ret_value, ret_truncated, diag);
	tcs_buf_fini(&buf);
	return err;
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
