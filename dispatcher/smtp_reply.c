#include "dispatcher/smtp_reply.h"

void
tcs_smtp_reader_init(struct tcs_smtp_reader *reader)
{
	*reader = (struct tcs_smtp_reader){0};
	tcs_lines_init(&reader->lines, TCS_SMTP_LINE_MAX);
	tcs_buf_init(&reader->text, TCS_SMTP_REPLY_MAX);
}

void
tcs_smtp_reader_fini(struct tcs_smtp_reader *reader)
{
	tcs_lines_fini(&reader->lines);
	tcs_buf_fini(&reader->text);
}

static bool
reply_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The code of a line, 0 when it does not begin with one. */
static int
reply_code(struct tcs_slice line)
{
	if (line.n < 3 || line.p[0] < '2' || line.p[0] > '5' ||
	    !reply_is_digit(line.p[1]) || !reply_is_digit(line.p[2]))
		return 0;
	if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
		return 0;
	return (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 +
	       (line.p[2] - '0');
}

/* One whole line: part of a reply, or its end. */
static enum tcs_err
reply_line(
    struct tcs_smtp_reader *reader, struct tcs_slice line, bool *ret_whole)
{
	int code = reply_code(line);

	if (code == 0 || (reader->code != 0 && reader->code != code))
		return TCS_EPARSE;
	reader->code = code;
	if (line.n > 4)
		tcs_buf_append(&reader->text, line.p + 4, line.n - 4);
	tcs_buf_char(&reader->text, '\n');
	*ret_whole = line.n == 3 || line.p[3] == ' ';
	return reader->text.err;
}

enum tcs_err
tcs_smtp_reader_next(struct tcs_smtp_reader *reader, struct tcs_slice *bytes,
    struct tcs_smtp_reply *ret_reply, bool *ret_whole)
{
	bool is_whole = false;

	if (reader->is_given) {
		tcs_buf_reset(&reader->text);
		reader->code = 0;
		reader->is_given = false;
	}
	while (!is_whole) {
		struct tcs_slice line;
		bool has_line;
		enum tcs_err err =
		    tcs_lines_next(&reader->lines, bytes, &line, &has_line);
		if (err == TCS_OK && has_line)
			err = reply_line(reader, line, &is_whole);
		if (err != TCS_OK)
			return err;
		if (!has_line)
			break;
	}
	if (is_whole) {
		*ret_reply = (struct tcs_smtp_reply){
		    reader->code, tcs_buf_view(&reader->text)};
		reader->is_given = true;
	}
	*ret_whole = is_whole;
	return TCS_OK;
}
