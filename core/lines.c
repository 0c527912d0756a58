#include "core/lines.h"

void
tcs_lines_init(struct tcs_lines *lines, size_t line_max)
{
	*lines = (struct tcs_lines){0};
	tcs_buf_init(&lines->held, line_max);
}

void
tcs_lines_fini(struct tcs_lines *lines)
{
	tcs_buf_fini(&lines->held);
}

static void
lines_begin(struct tcs_lines *lines)
{
	if (lines->is_given)
		tcs_buf_reset(&lines->held);
	lines->is_given = false;
}

enum tcs_err
tcs_lines_next(struct tcs_lines *lines, struct tcs_slice *bytes,
    struct tcs_slice *ret_line, bool *ret_whole)
{
	struct tcs_slice rest;

	lines_begin(lines);
	tcs_buf_slice(&lines->held, tcs_slice_cut(*bytes, '\n', &rest));
	if (lines->held.err != TCS_OK)
		return lines->held.err;
	*bytes = rest;
	*ret_whole = lines->is_given = rest.p != NULL;
	if (*ret_whole) {
		struct tcs_slice line = tcs_buf_view(&lines->held);
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		*ret_line = line;
	}
	return TCS_OK;
}

enum tcs_err
tcs_lines_octets(struct tcs_lines *lines, size_t *left, struct tcs_slice *bytes,
    struct tcs_buf *buf)
{
	size_t n = bytes->n < *left ? bytes->n : *left;

	lines_begin(lines);
	if (n == 0)
		return TCS_OK;
	tcs_assert(lines->held.n == 0);
	tcs_buf_append(buf, bytes->p, n);
	if (buf->err != TCS_OK)
		return buf->err;
	*left -= n;
	*bytes = tcs_slice(bytes->p + n, bytes->n - n);
	return TCS_OK;
}
