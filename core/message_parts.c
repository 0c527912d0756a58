#include "core/message_parts.h"

#include <string.h>
#include <strings.h>

enum {
	PARTS_NAME_MAX = 80,          /* of a header */
	PARTS_BOUNDARIES_MAX = 1000,  /* lines that look like one */
	PARTS_HEADERS_MAX = 10000,    /* the same */
	PARTS_HEADER_MAX = 32 * 1024, /* one, with its folded lines */
	PARTS_HEAD_LINES_MAX = 400,   /* of those that we look at */
	PARTS_HEAD_HEADER_MAX = 8 * 1024,
};

static bool
parts_is_name_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* "Name:" at the start of a line: the length of the name, or 0. RFC 5322 would
 * have more characters in it, mails have not. */
static size_t
parts_name(struct tcs_slice line)
{
	size_t max = line.n <= PARTS_NAME_MAX ? line.n : PARTS_NAME_MAX + 1;
	const char *colon = max == 0 ? NULL : memchr(line.p, ':', max);
	size_t n = 0;

	/* Most lines have none: they are those of attachments. */
	while (colon != NULL && line.p + n < colon &&
	       parts_is_name_char(line.p[n]))
		n++;
	return colon != NULL && colon == line.p + n ? n : 0;
}

static bool
parts_is_folded(struct tcs_slice line)
{
	return line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
}

static bool
parts_is_empty(struct tcs_slice line)
{
	return line.n == 0 || (line.n == 1 && line.p[0] == '\r');
}

static struct tcs_slice
parts_skip_from(struct tcs_slice bytes)
{
	struct tcs_slice rest;

	if (!tcs_slice_starts(bytes, "From "))
		return bytes;
	(void)tcs_slice_cut(bytes, '\n', &rest);
	return rest;
}

bool
tcs_message_is(struct tcs_slice bytes)
{
	struct tcs_slice rest;

	return parts_name(tcs_slice_cut(parts_skip_from(bytes), '\n', &rest)) >
	       0;
}

size_t
tcs_message_head(struct tcs_slice bytes)
{
	struct tcs_slice rest = bytes;

	while (rest.n > 0) {
		struct tcs_slice line = tcs_slice_cut(rest, '\n', &rest);
		if (rest.p == NULL)
			break;
		if (parts_is_empty(line))
			return (size_t)(rest.p - bytes.p);
	}
	return 0;
}

bool
tcs_message_is_modest(struct tcs_slice bytes)
{
	size_t boundaries = 0, headers = 0, header_n = 0;

	while (bytes.n > 0) {
		struct tcs_slice line = tcs_slice_cut(bytes, '\n', &bytes);
		if (parts_name(line) > 0) {
			headers++;
			header_n = line.n;
		} else if (parts_is_folded(line) && header_n > 0) {
			header_n += line.n;
		} else {
			header_n = 0;
		}
		if (tcs_slice_starts(line, "--"))
			boundaries++;
		if (boundaries > PARTS_BOUNDARIES_MAX ||
		    headers > PARTS_HEADERS_MAX || header_n > PARTS_HEADER_MAX)
			return false;
	}
	return true;
}

static bool
parts_is_wanted(struct tcs_slice line)
{
	static const char *const names[] = {"From", "Subject", "Date",
	    "Message-ID", "Received", "Authentication-Results"};
	size_t n = parts_name(line);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (n == strlen(names[i]) &&
		    strncasecmp(line.p, names[i], n) == 0)
			return true;
	}
	return false;
}

void
tcs_message_copy_head(struct tcs_slice head, struct tcs_buf *buf)
{
	bool is_wanted = false;
	size_t lines = 0, n = 0;

	while (head.n > 0 && lines < PARTS_HEAD_LINES_MAX) {
		struct tcs_slice line = tcs_slice_cut(head, '\n', &head);
		if (!parts_is_folded(line)) {
			is_wanted = parts_is_wanted(line);
			n = 0;
		}
		if (!is_wanted || n + line.n > PARTS_HEAD_HEADER_MAX)
			continue;
		tcs_buf_slice(buf, line);
		tcs_buf_char(buf, '\n');
		n += line.n;
		lines++;
	}
	tcs_buf_str(buf, "\r\n");
}

/* One line of flowed text, without its quote marks and stuffed blank. */
static size_t
parts_unquote(struct tcs_slice *line)
{
	size_t depth = 0;

	while (depth < line->n && line->p[depth] == '>')
		depth++;
	size_t skip = depth < line->n && line->p[depth] == ' ' ? 1 : 0;
	*line = tcs_slice(line->p + depth + skip, line->n - depth - skip);
	return depth;
}

void
tcs_message_unflow(struct tcs_slice text, bool is_delsp, struct tcs_buf *buf)
{
	bool is_flowing = false;
	size_t depth = 0;

	while (text.p != NULL) {
		struct tcs_slice line = tcs_slice_cut(text, '\n', &text);
		if (text.p == NULL && line.n == 0)
			break;
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		size_t quoted = parts_unquote(&line);
		bool is_signature = tcs_slice_is(line, "-- ");
		if (is_flowing && (quoted != depth || is_signature)) {
			tcs_buf_char(buf, '\n');
			is_flowing = false;
		}
		if (!is_flowing && quoted > 0)
			tcs_buf_str(buf, "> ");
		depth = quoted;
		is_flowing =
		    line.n > 0 && line.p[line.n - 1] == ' ' && !is_signature;
		if (is_flowing && is_delsp)
			line.n--;
		tcs_buf_slice(buf, line);
		if (!is_flowing)
			tcs_buf_char(buf, '\n');
	}
	if (is_flowing)
		tcs_buf_char(buf, '\n');
}
