/* store_reply.c - answers of the store, seen without hiredis. */
#include <stdlib.h>

#include "core/store_wire.h"

const redisReply *
tcs_store_raw(const struct tcs_reply *reply)
{
	return (const redisReply *)(const void *)reply;
}

const struct tcs_reply *
tcs_store_reply(const redisReply *reply)
{
	return (const struct tcs_reply *)(const void *)reply;
}

enum tcs_reply_kind
tcs_reply_kind(const struct tcs_reply *reply)
{
	if (reply == NULL)
		return TCS_REPLY_NIL;
	switch (tcs_store_raw(reply)->type) {
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
	case REDIS_REPLY_ERROR:
		return TCS_REPLY_STRING;
	case REDIS_REPLY_INTEGER:
		return TCS_REPLY_INTEGER;
	case REDIS_REPLY_ARRAY:
		return TCS_REPLY_ARRAY;
	default:
		return TCS_REPLY_NIL;
	}
}

struct tcs_slice
tcs_reply_slice(const struct tcs_reply *reply)
{
	if (tcs_reply_kind(reply) != TCS_REPLY_STRING)
		return tcs_slice(NULL, 0);
	return tcs_slice(
	    tcs_store_raw(reply)->str, (size_t)tcs_store_raw(reply)->len);
}

int64_t
tcs_reply_int(const struct tcs_reply *reply)
{
	if (tcs_reply_kind(reply) != TCS_REPLY_INTEGER)
		return 0;
	return tcs_store_raw(reply)->integer;
}

size_t
tcs_reply_count(const struct tcs_reply *reply)
{
	if (tcs_reply_kind(reply) != TCS_REPLY_ARRAY)
		return 0;
	return tcs_store_raw(reply)->elements;
}

const struct tcs_reply *
tcs_reply_at(const struct tcs_reply *reply, size_t i)
{
	if (i >= tcs_reply_count(reply))
		return NULL;
	return tcs_store_reply(tcs_store_raw(reply)->element[i]);
}

static redisReply *
reply_copy(const redisReply *from)
{
	redisReply *to = calloc(1, sizeof(*to));

	if (to == NULL)
		return NULL;
	to->type = from->type;
	to->integer = from->integer;
	if (from->str != NULL) {
		to->str =
		    tcs_slice_dup(tcs_slice(from->str, (size_t)from->len));
		to->len = to->str == NULL ? 0 : from->len;
	}
	if (from->type == REDIS_REPLY_ARRAY && from->elements > 0) {
		to->element = calloc(from->elements, sizeof(redisReply *));
		to->elements = to->element == NULL ? 0 : from->elements;
		for (size_t i = 0; i < to->elements; i++)
			to->element[i] = reply_copy(from->element[i]);
	}
	return to;
}

struct tcs_reply *
tcs_store_reply_copy(const struct tcs_reply *reply)
{
	return (struct tcs_reply *)(void *)reply_copy(tcs_store_raw(reply));
}

void
tcs_reply_free(struct tcs_reply **reply)
{
	if (reply == NULL || *reply == NULL)
		return;
	freeReplyObject(*reply);
	*reply = NULL;
}
