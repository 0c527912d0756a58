/* words.c - <words any="évacuation;mise à l'abri" all="crue"/>: whole words
 * and phrases of headline and description, whatever their case, accents,
 * ligatures, apostrophes, hyphens and blanks. */
#include <string.h>

#include "core/arena.h"
#include "core/fold.h"
#include "core/xml.h"
#include "rules/matcher.h"

enum {
	WORDS_MAX = 200,
	WORDS_BYTES_MAX = 16 * 1024,
	WORDS_FOLDED_MAX = 32 * 1024, /* a ligature becomes two letters */
};

struct words_list {
	const char **items; /* folded, with a blank at each end */
	size_t n;
};

struct words {
	struct words_list any, all;
};

static enum tcs_err
words_refuse(const struct tcs_xml_node *node, struct tcs_compile *compile,
    enum tcs_err err, const char *reason)
{
	return tcs_diag_add(compile->diag, err, compile->file,
	    tcs_xml_line(node), "%s", reason);
}

static enum tcs_err
words_add(
    struct words_list *list, struct tcs_slice phrase, struct tcs_arena *arena)
{
	struct tcs_buf folded;

	tcs_buf_init(&folded, WORDS_FOLDED_MAX);
	tcs_fold(phrase, &folded);
	enum tcs_err err = folded.err;
	if (err == TCS_OK && folded.n <= 1)
		err = TCS_EINVAL;
	if (err == TCS_OK) {
		const char *item = tcs_arena_dup(arena, tcs_buf_view(&folded));
		if (item == NULL)
			err = TCS_ENOMEM;
		else
			list->items[list->n++] = item;
	}
	tcs_buf_fini(&folded);
	return err;
}

static enum tcs_err
words_read(struct words_list *list, const struct tcs_xml_node *node,
    const char *attribute, struct tcs_compile *compile)
{
	struct tcs_slice rest = tcs_slice_str(tcs_xml_attr(node, attribute));
	enum tcs_err err = TCS_OK;

	if (rest.p == NULL)
		return TCS_OK;
	if (rest.n > WORDS_BYTES_MAX)
		return words_refuse(
		    node, compile, TCS_ELIMIT, "more than 16 kB of words");
	list->items =
	    tcs_arena_alloc(compile->arena, WORDS_MAX * sizeof(*list->items));
	if (list->items == NULL)
		return TCS_ENOMEM;
	while (rest.p != NULL && err == TCS_OK) {
		struct tcs_slice phrase = tcs_slice_cut(rest, ';', &rest);
		if (list->n == WORDS_MAX)
			return words_refuse(
			    node, compile, TCS_ELIMIT, "more than 200 phrases");
		err = words_add(list, phrase, compile->arena);
	}
	if (err == TCS_EINVAL)
		return words_refuse(node, compile, err,
		    "a phrase without letter or digit: separate phrases with "
		    "one ';'");
	return err;
}

static enum tcs_err
words_compile(
    void *st, const struct tcs_xml_node *node, struct tcs_compile *compile)
{
	struct words *words = st;
	enum tcs_err err = words_read(&words->any, node, "any", compile);

	return err != TCS_OK ? err
	                     : words_read(&words->all, node, "all", compile);
}

static enum tcs_err
words_check(const struct tcs_cond *cond, struct tcs_compile *compile)
{
	const struct words *words = cond->state;

	if (words->any.n > 0 || words->all.n > 0)
		return TCS_OK;
	return tcs_diag_add(compile->diag, TCS_EINVAL, compile->file,
	    cond->line, "no word: write any=\"…;…\" or all=\"…;…\"");
}

static size_t
words_found(const struct words_list *list, const char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += strstr(text, list->items[i]) != NULL;
	return n;
}

static enum tcs_match
words_match(const void *st, const struct tcs_subject *subject)
{
	const struct words *words = st;

	if (subject->text == NULL)
		return TCS_UNKNOWN;
	if (words_found(&words->all, subject->text) < words->all.n)
		return TCS_NO;
	if (words->any.n > 0 && words_found(&words->any, subject->text) == 0)
		return TCS_NO;
	return TCS_YES;
}

const struct tcs_matcher_ops tcs_matcher_words = {
    .name = "words",
    .about = "words or phrases of the text: any=\"…;…\", all=\"…;…\"",
    .state_size = sizeof(struct words),
    .is_text = true,
    .compile = words_compile,
    .check = words_check,
    .match = words_match,
};
