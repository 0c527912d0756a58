#include "collectors/imap_reply.h"

#include <string.h>
#include <strings.h>

enum {
	REPLY_KEEP_MAX = 64 * 1024, /* memory kept between two responses */
	REPLY_DEPTH_MAX = 16,
};

/* ---- whole responses ---- */

void
tcs_imap_reader_init(struct tcs_imap_reader *reader, size_t literal_max)
{
	*reader = (struct tcs_imap_reader){.literal_max = literal_max};
	tcs_lines_init(&reader->lines, TCS_IMAP_LINE_MAX);
	tcs_buf_init(&reader->response, literal_max + TCS_IMAP_LINE_MAX);
}

void
tcs_imap_reader_fini(struct tcs_imap_reader *reader)
{
	tcs_lines_fini(&reader->lines);
	tcs_buf_fini(&reader->response);
}

/* "…{123}" at the end of a line: as many octets follow it. */
static bool
reader_literal(struct tcs_slice line, uint64_t *ret_n)
{
	size_t digits = line.n;

	if (line.n < 3 || line.p[line.n - 1] != '}')
		return false;
	digits--;
	while (digits > 0 && line.p[digits - 1] >= '0' &&
	       line.p[digits - 1] <= '9')
		digits--;
	if (digits == 0 || line.p[digits - 1] != '{' || digits == line.n - 1)
		return false;
	if (tcs_slice_u64(tcs_slice(line.p + digits, line.n - 1 - digits),
	        UINT64_MAX, ret_n) != TCS_OK)
		*ret_n = UINT64_MAX;
	return true;
}

static void
reader_begin(struct tcs_imap_reader *reader)
{
	size_t max = reader->response.max;

	if (!reader->is_given)
		return;
	reader->is_given = false;
	tcs_buf_reset(&reader->response);
	if (reader->response.cap > REPLY_KEEP_MAX) {
		tcs_buf_fini(&reader->response);
		tcs_buf_init(&reader->response, max);
	}
}

/* A line is there: the end of a response, or before a literal. */
static enum tcs_err
reader_line(
    struct tcs_imap_reader *reader, struct tcs_slice line, bool *ret_whole)
{
	uint64_t n = 0;

	tcs_buf_slice(&reader->response, line);
	*ret_whole = !reader_literal(line, &n);
	if (n > reader->literal_max)
		return TCS_ELIMIT;
	if (!*ret_whole) {
		tcs_buf_str(&reader->response, "\r\n");
		reader->literal_left = (size_t)n;
	}
	return reader->response.err;
}

enum tcs_err
tcs_imap_reader_next(struct tcs_imap_reader *reader, struct tcs_slice *bytes,
    struct tcs_slice *ret_response, bool *ret_whole)
{
	bool is_whole = false;

	reader_begin(reader);
	while (!is_whole && bytes->n > 0) {
		struct tcs_slice line;
		bool has_line;
		enum tcs_err err = tcs_lines_octets(&reader->lines,
		    &reader->literal_left, bytes, &reader->response);
		if (err == TCS_OK && reader->literal_left > 0)
			break;
		if (err == TCS_OK)
			err = tcs_lines_next(
			    &reader->lines, bytes, &line, &has_line);
		if (err == TCS_OK && has_line)
			err = reader_line(reader, line, &is_whole);
		if (err != TCS_OK)
			return err;
	}
	if (is_whole) {
		*ret_response = tcs_buf_view(&reader->response);
		reader->is_given = true;
	}
	*ret_whole = is_whole;
	return TCS_OK;
}

/* ---- words ---- */

bool
tcs_imap_is(struct tcs_slice word, const char *name)
{
	return word.n == strlen(name) && strncasecmp(word.p, name, word.n) == 0;
}

static void
reply_skip(struct tcs_slice *rest, size_t n)
{
	if (n > 0)
		*rest = tcs_slice(rest->p + n, rest->n - n);
}

static void
reply_skip_blanks(struct tcs_slice *rest)
{
	while (rest->n > 0 && rest->p[0] == ' ')
		reply_skip(rest, 1);
}

struct tcs_slice
tcs_imap_word(struct tcs_slice *rest)
{
	size_t n = 0;

	reply_skip_blanks(rest);
	while (n < rest->n && rest->p[n] != ' ')
		n++;
	struct tcs_slice word = tcs_slice(rest->p, n);
	reply_skip(rest, n);
	return word;
}

uint32_t
tcs_imap_number(struct tcs_slice word)
{
	uint64_t value;

	return tcs_slice_u64(word, UINT32_MAX, &value) == TCS_OK
	           ? (uint32_t)value
	           : 0;
}

/* ---- values of FETCH ---- */

static bool
reply_quoted(struct tcs_slice *rest, struct tcs_slice *ret_value)
{
	size_t n = 1;

	while (n < rest->n && rest->p[n] != '"')
		n += rest->p[n] == '\\' ? 2 : 1;
	if (n >= rest->n)
		return false;
	*ret_value = tcs_slice(rest->p + 1, n - 1);
	reply_skip(rest, n + 1);
	return true;
}

/* The reader has seen to it that the octets are there. */
static bool
reply_literal(struct tcs_slice *rest, struct tcs_slice *ret_value)
{
	struct tcs_slice octets, line = tcs_slice_cut(*rest, '\n', &octets);
	uint64_t n;

	if (octets.p == NULL || line.n < 4 ||
	    tcs_slice_u64(tcs_slice(line.p + 1, line.n - 3), octets.n, &n) !=
	        TCS_OK)
		return false;
	*ret_value = tcs_slice(octets.p, (size_t)n);
	*rest = octets;
	reply_skip(rest, (size_t)n);
	return true;
}

/* An atom, with what stands between [ ] in it: BODY[HEADER]<0>. */
static bool
reply_atom(struct tcs_slice *rest, struct tcs_slice *ret_value)
{
	bool is_section = false;
	size_t n = 0;

	for (; n < rest->n; n++) {
		char c = rest->p[n];
		if (c == '\r' || c == '\n' ||
		    (!is_section && (c == ' ' || c == '(' || c == ')')))
			break;
		if (c == '[' || c == ']')
			is_section = c == '[';
	}
	*ret_value = tcs_slice(rest->p, n);
	reply_skip(rest, n);
	return n > 0;
}

static bool reply_value(
    struct tcs_slice *rest, unsigned depth, struct tcs_slice *ret_value);

/* What a list holds is of no interest, only where it ends. */
static bool
reply_list(struct tcs_slice *rest, unsigned depth)
{
	struct tcs_slice value;

	if (depth == 0)
		return false;
	reply_skip(rest, 1);
	for (;;) {
		reply_skip_blanks(rest);
		if (rest->n == 0)
			return false;
		if (rest->p[0] == ')')
			break;
		if (!reply_value(rest, depth - 1, &value))
			return false;
	}
	reply_skip(rest, 1);
	return true;
}

/* String, literal, list or atom; NIL and lists have p NULL. */
static bool
reply_value(struct tcs_slice *rest, unsigned depth, struct tcs_slice *ret_value)
{
	*ret_value = tcs_slice(NULL, 0);
	reply_skip_blanks(rest);
	if (rest->n == 0)
		return false;
	if (rest->p[0] == '"')
		return reply_quoted(rest, ret_value);
	if (rest->p[0] == '{')
		return reply_literal(rest, ret_value);
	if (rest->p[0] == '(')
		return reply_list(rest, depth);
	if (!reply_atom(rest, ret_value))
		return false;
	if (tcs_imap_is(*ret_value, "NIL"))
		*ret_value = tcs_slice(NULL, 0);
	return true;
}

static bool
reply_is_body(struct tcs_slice name)
{
	return name.n >= 6 && strncasecmp(name.p, "BODY[", 5) == 0;
}

/* "(UID 5 RFC822.SIZE 200 BODY[] {200}…)" */
static enum tcs_err
reply_fetch(struct tcs_slice rest, struct tcs_imap_fetch *fetch)
{
	struct tcs_slice name, value;

	reply_skip_blanks(&rest);
	if (rest.n == 0 || rest.p[0] != '(')
		return TCS_EPARSE;
	reply_skip(&rest, 1);
	for (;;) {
		reply_skip_blanks(&rest);
		if (rest.n > 0 && rest.p[0] == ')')
			return TCS_OK;
		if (!reply_atom(&rest, &name) ||
		    !reply_value(&rest, REPLY_DEPTH_MAX, &value))
			return TCS_EPARSE;
		if (tcs_imap_is(name, "UID")) {
			fetch->uid = tcs_imap_number(value);
		} else if (tcs_imap_is(name, "RFC822.SIZE")) {
			fetch->has_size = tcs_slice_u64(value, UINT64_MAX,
			                      &fetch->size) == TCS_OK;
		} else if (tcs_imap_is(name, "INTERNALDATE")) {
			fetch->date = value;
		} else if (reply_is_body(name)) {
			fetch->has_body = true;
			fetch->body = value;
		}
	}
}

/* ---- responses ---- */

static enum tcs_imap_kind
reply_condition(struct tcs_slice word)
{
	static const struct {
		const char *word;
		enum tcs_imap_kind kind;
	} words[] = {
	    {"OK", TCS_IMAP_OK},
	    {"NO", TCS_IMAP_NO},
	    {"BAD", TCS_IMAP_BAD},
	    {"BYE", TCS_IMAP_BYE},
	    {"PREAUTH", TCS_IMAP_PREAUTH},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (tcs_imap_is(word, words[i].word))
			return words[i].kind;
	}
	return TCS_IMAP_OTHER;
}

/* "[UIDNEXT 5] text", or text alone. */
static void
reply_text(struct tcs_slice rest, struct tcs_imap_reply *reply)
{
	struct tcs_slice after;

	reply_skip_blanks(&rest);
	if (rest.n > 0 && rest.p[0] == '[') {
		struct tcs_slice code = tcs_slice_cut(
		    tcs_slice(rest.p + 1, rest.n - 1), ']', &after);
		if (after.p != NULL) {
			reply->code = code;
			rest = after;
		}
	}
	reply->text = tcs_slice_trim(rest);
}

/* "12 EXISTS", "12 FETCH (…)". */
static enum tcs_err
reply_numbered(
    uint32_t number, struct tcs_slice rest, struct tcs_imap_reply *reply)
{
	struct tcs_slice word = tcs_imap_word(&rest);

	reply->number = number;
	if (tcs_imap_is(word, "EXISTS"))
		reply->kind = TCS_IMAP_EXISTS;
	if (!tcs_imap_is(word, "FETCH"))
		return TCS_OK;
	reply->kind = TCS_IMAP_FETCH;
	return reply_fetch(rest, &reply->fetch);
}

static enum tcs_err
reply_untagged(struct tcs_slice rest, struct tcs_imap_reply *reply)
{
	struct tcs_slice word = tcs_imap_word(&rest);

	reply->kind = reply_condition(word);
	if (reply->kind != TCS_IMAP_OTHER) {
		reply_text(rest, reply);
	} else if (tcs_imap_is(word, "CAPABILITY")) {
		reply->kind = TCS_IMAP_CAPABILITY;
		reply->list = rest;
	} else if (tcs_imap_is(word, "SEARCH")) {
		reply->kind = TCS_IMAP_SEARCH;
		reply->list = rest;
	} else if (word.n > 0 && word.p[0] >= '0' && word.p[0] <= '9') {
		return reply_numbered(tcs_imap_number(word), rest, reply);
	}
	return word.n > 0 ? TCS_OK : TCS_EPARSE;
}

enum tcs_err
tcs_imap_reply_parse(
    struct tcs_slice response, struct tcs_imap_reply *ret_reply)
{
	struct tcs_imap_reply reply = {0};
	struct tcs_slice rest = response;
	struct tcs_slice word = tcs_imap_word(&rest);
	enum tcs_err err = TCS_OK;

	if (tcs_slice_is(word, "+")) {
		reply.kind = TCS_IMAP_CONTINUE;
	} else if (tcs_slice_is(word, "*")) {
		err = reply_untagged(rest, &reply);
	} else {
		reply.tag = word;
		reply.kind = reply_condition(tcs_imap_word(&rest));
		reply_text(rest, &reply);
		if (word.n == 0 ||
		    (reply.kind != TCS_IMAP_OK && reply.kind != TCS_IMAP_NO &&
		        reply.kind != TCS_IMAP_BAD))
			err = TCS_EPARSE;
	}
	if (err == TCS_OK)
		*ret_reply = reply;
	return err;
}
