/* message.h - a mail as it is found (GMime behind our limits): who, when, what,
 * its text as people read it, its attachments as bytes that nobody opens.
 * Broken MIME is read as far as it is sound, and said to be broken. */
#ifndef TOCSIN_CORE_MESSAGE_H
#define TOCSIN_CORE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_arena;

enum {
	TCS_MESSAGE_MAX = 26 << 20, /* bytes; of a larger one the headers */
	TCS_MESSAGE_TEXT_MAX = 64 * 1024,
	TCS_MESSAGE_FILES_MAX = 20,
	TCS_MESSAGE_FILES_BYTES = 16 << 20, /* all attachments of one mail */
	TCS_MESSAGE_AUTH_MAX = 8,
};

/* What is wrong with it, or was left out. */
enum {
	TCS_MESSAGE_IS_OPEN = 1,     /* it ends inside a part: cut, or broken */
	TCS_MESSAGE_IS_HUGE = 2,     /* more than is read: headers alone */
	TCS_MESSAGE_IS_DEEP = 4,     /* some parts lie too deep */
	TCS_MESSAGE_IS_LONG = 8,     /* its text goes on */
	TCS_MESSAGE_FILES_LEFT = 16, /* some attachments were left out */
	TCS_MESSAGE_IS_SEALED = 32,  /* encrypted, or signed as a whole */
};

struct tcs_message_file {
	const char *name; /* "" when it has none */
	const char *type; /* "application/pdf" */
	struct tcs_slice content;
};

/* Everything lives in the arena. Strings are UTF-8, never NULL; "" when it is
 * not said. */
struct tcs_message {
	const char *from;    /* as it is written: name and address */
	const char *sender;  /* the first address of it, alone, lower case */
	const char *subject; /* one line */
	const char *id;      /* Message-ID, without < > */
	int64_t date_ms;     /* TCS_NO_TIME: not said, or not a date */
	int64_t received_ms; /* by the last server on its way; the same */
	const char *auth[TCS_MESSAGE_AUTH_MAX]; /* Authentication-Results, the
	                                         * last server's first */
	size_t auth_n;
	const char *text; /* lines end in \n */
	struct tcs_message_file files[TCS_MESSAGE_FILES_MAX];
	size_t files_n;
	unsigned faults;
};

/* `bytes` are borrowed during the call. TCS_EPARSE: not a mail, or one that
 * ends in its headers (*ret_is_cut); TCS_ENOMEM: no room in the arena. */
enum tcs_err tcs_message_read(struct tcs_slice bytes, struct tcs_arena *arena,
    struct tcs_message *ret_message, bool *ret_is_cut,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif
