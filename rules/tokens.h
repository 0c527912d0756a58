/* tokens.h - a list of names as an attribute holds it: blanks between them. */
#ifndef TOCSIN_RULES_TOKENS_H
#define TOCSIN_RULES_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct tcs_arena;

struct tcs_tokens {
	const char **items; /* sorted bytewise, unique, in the arena */
	size_t n;
};

/* NULL text gives an empty list. TCS_ELIMIT: more than `max`. */
enum tcs_err tcs_tokens_read(struct tcs_arena *arena, const char *text,
    size_t max, struct tcs_tokens *ret_tokens) TCS_MUST_USE;
bool tcs_tokens_has(const struct tcs_tokens *tokens, const char *name);

#endif
