/* message_parts.h - what core/message.c looks at before and after GMime, which
 * itself takes many times the memory of what it is given. */
#ifndef TOCSIN_CORE_MESSAGE_PARTS_H
#define TOCSIN_CORE_MESSAGE_PARTS_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/slice.h"

/* Bytes of the headers and the empty line after them; 0: there is none. */
size_t tcs_message_head(struct tcs_slice bytes);
/* It begins with a header, after a line "From …" of a mailbox file. */
bool tcs_message_is(struct tcs_slice bytes);
/* Few parts, few headers, none of them long: it may be read whole. */
bool tcs_message_is_modest(struct tcs_slice bytes);
/* Append the headers that we look at, each bounded, and an empty line. */
void tcs_message_copy_head(struct tcs_slice head, struct tcs_buf *buf);
/* Append text that is format=flowed (RFC 3676) with its lines joined. */
void tcs_message_unflow(
    struct tcs_slice text, bool is_delsp, struct tcs_buf *buf);

#endif
