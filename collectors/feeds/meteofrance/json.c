#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "collectors/feeds/meteofrance/mf.h"
#include "core/clock.h"

/* Year 2200: an epoch beyond is no time of a product. */
#define JSON_EPOCH_MAX INT64_C(7258118400)

size_t
tcs_mf_count(const json_t *value)
{
	if (value == NULL || json_is_null(value))
		return 0;
	return json_is_array(value) ? json_array_size(value) : 1;
}

json_t *
tcs_mf_at(json_t *value, size_t i)
{
	return json_is_array(value) ? json_array_get(value, i) : value;
}

static struct tcs_slice
json_trimmed(const json_t *text)
{
	return tcs_slice_trim(
	    tcs_slice(json_string_value(text), json_string_length(text)));
}

bool
tcs_mf_integer(const json_t *value, int64_t *ret_number)
{
	if (json_is_integer(value)) {
		*ret_number = json_integer_value(value);
		return true;
	}
	if (json_is_real(value)) {
		double number = json_real_value(value);
		if (!(fabs(number) < 1e15) || floor(number) != number)
			return false;
		*ret_number = (int64_t)number;
		return true;
	}
	if (!json_is_string(value))
		return false;
	struct tcs_slice text = json_trimmed(value);
	return tcs_slice_i64(
	           text, -JSON_EPOCH_MAX, JSON_EPOCH_MAX, ret_number) == TCS_OK;
}

const char *
tcs_mf_text(struct tcs_arena *arena, const json_t *value)
{
	if (json_is_integer(value))
		return tcs_arena_printf(
		    arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (!json_is_string(value))
		return NULL;
	struct tcs_slice text = json_trimmed(value);
	/* A NUL would end the text early. */
	if (text.n == 0 || memchr(text.p, '\0', text.n) != NULL)
		return NULL;
	return tcs_arena_dup(arena, text);
}

bool
tcs_mf_time(const json_t *value, int64_t *ret_ms)
{
	char utc[32];
	int64_t seconds;

	if (json_is_string(value) &&
	    tcs_time_parse(json_trimmed(value), ret_ms) == TCS_OK)
		return true;
	if (tcs_mf_integer(value, &seconds)) {
		if (seconds <= 0 || seconds > JSON_EPOCH_MAX)
			return false;
		*ret_ms = TCS_SECONDS(seconds);
		return true;
	}
	if (!json_is_string(value))
		return false;
	struct tcs_slice text = json_trimmed(value);
	if (text.n == 0 || text.n + 2 > sizeof(utc))
		return false;
	memcpy(utc, text.p, text.n);
	utc[text.n] = 'Z';
	return tcs_time_parse(tcs_slice(utc, text.n + 1), ret_ms) == TCS_OK;
}

enum tcs_err
tcs_mf_refuse(const struct mf_refusal *refusal, enum tcs_refusal kind,
    const char *fmt, ...)
{
	char why[400];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	*refusal->kind = kind;
	return tcs_diag_add(refusal->diag, TCS_EPARSE, NULL, 0, "%s", why);
}
