#include "rules/tokens.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

static const char tokens_blanks[] = " \t\r\n";

static int
tokens_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t
tokens_count(const char *text)
{
	size_t n = 0;

	for (;;) {
		text += strspn(text, tokens_blanks);
		if (*text == '\0')
			return n;
		text += strcspn(text, tokens_blanks);
		n++;
	}
}

static void
tokens_unique(struct tcs_tokens *tokens)
{
	size_t kept = 0;

	qsort(tokens->items, tokens->n, sizeof(*tokens->items), tokens_compare);
	for (size_t i = 1; i < tokens->n; i++) {
		if (strcmp(tokens->items[kept], tokens->items[i]) != 0)
			tokens->items[++kept] = tokens->items[i];
	}
	tokens->n = kept + 1;
}

enum tcs_err
tcs_tokens_read(struct tcs_arena *arena, const char *text, size_t max,
    struct tcs_tokens *ret_tokens)
{
	struct tcs_tokens tokens = {0};
	size_t n = text == NULL ? 0 : tokens_count(text);

	if (n > max)
		return TCS_ELIMIT;
	if (n == 0) {
		*ret_tokens = tokens;
		return TCS_OK;
	}
	tokens.items = tcs_arena_alloc(arena, n * sizeof(*tokens.items));
	if (tokens.items == NULL)
		return TCS_ENOMEM;
	while (tokens.n < n) {
		text += strspn(text, tokens_blanks);
		size_t length = strcspn(text, tokens_blanks);
		char *item = tcs_arena_dup(arena, tcs_slice(text, length));
		if (item == NULL)
			return TCS_ENOMEM;
		tokens.items[tokens.n++] = item;
		text += length;
	}
	tokens_unique(&tokens);
	*ret_tokens = tokens;
	return TCS_OK;
}

bool
tcs_tokens_has(const struct tcs_tokens *tokens, const char *name)
{
	if (name == NULL || tokens->n == 0)
		return false;
	return bsearch(&name, tokens->items, tokens->n, sizeof(*tokens->items),
	           tokens_compare) != NULL;
}
