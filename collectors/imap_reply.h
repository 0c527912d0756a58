/* imap_reply.h - an IMAP server's responses (RFC 3501 7) from bytes that come
 * in any cut, literals within. Pure; bounded whatever the server sends. */
#ifndef TOCSIN_COLLECTORS_IMAP_REPLY_H
#define TOCSIN_COLLECTORS_IMAP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/lines.h"
#include "core/slice.h"

enum { TCS_IMAP_LINE_MAX = 1 << 20 }; /* SEARCH has one number a mail */

struct tcs_imap_reader {
	struct tcs_lines lines;
	struct tcs_buf response; /* whole lines and literals so far */
	size_t literal_left;
	size_t literal_max;
	bool is_given; /* `response` was handed over: begin anew */
};

/* Literals of more than `literal_max` octets are refused. */
void tcs_imap_reader_init(struct tcs_imap_reader *reader, size_t literal_max);
void tcs_imap_reader_fini(struct tcs_imap_reader *reader);
/* Take bytes from the front of *bytes until a response is whole: *ret_whole
 * says whether it is, and *ret_response has it, without the last line's end,
 * borrowed until the next call. TCS_ELIMIT, TCS_ENOMEM: the reader is of no
 * use any more. */
enum tcs_err tcs_imap_reader_next(struct tcs_imap_reader *reader,
    struct tcs_slice *bytes, struct tcs_slice *ret_response,
    bool *ret_whole) TCS_MUST_USE;

enum tcs_imap_kind {
	TCS_IMAP_OTHER,    /* of no interest */
	TCS_IMAP_CONTINUE, /* "+ …": the server waits for more */
	TCS_IMAP_OK,       /* tagged, or not */
	TCS_IMAP_NO,
	TCS_IMAP_BAD,
	TCS_IMAP_BYE,
	TCS_IMAP_PREAUTH,
	TCS_IMAP_CAPABILITY, /* `list` */
	TCS_IMAP_EXISTS,     /* `number` */
	TCS_IMAP_SEARCH,     /* `list` of numbers */
	TCS_IMAP_FETCH,      /* `fetch` */
};

/* What was asked of one mail; what is absent is 0 or has p NULL. */
struct tcs_imap_fetch {
	uint32_t uid;
	uint64_t size;
	bool has_size, has_body;
	struct tcs_slice date; /* INTERNALDATE, without quotes */
	struct tcs_slice body; /* BODY[…]; may be empty */
};

/* One response; all slices are borrowed from it. */
struct tcs_imap_reply {
	enum tcs_imap_kind kind;
	struct tcs_slice tag;  /* p NULL: untagged */
	struct tcs_slice code; /* of OK, NO, …: between [ ]; p NULL: none */
	struct tcs_slice text; /* of OK, NO, …: for people */
	uint32_t number;
	struct tcs_slice list;
	struct tcs_imap_fetch fetch;
};

/* TCS_EPARSE: it is not IMAP. */
enum tcs_err tcs_imap_reply_parse(
    struct tcs_slice response, struct tcs_imap_reply *ret_reply) TCS_MUST_USE;
/* The next word of a list that blanks part; n 0: there is none. */
struct tcs_slice tcs_imap_word(struct tcs_slice *rest);
/* Whatever its case. */
bool tcs_imap_is(struct tcs_slice word, const char *name);
/* 1 to 2^32-1; 0: it is not. */
uint32_t tcs_imap_number(struct tcs_slice word);

#endif
