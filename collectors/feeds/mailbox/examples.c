/* examples.c - the examples of a recogniser, read as the mails that they are.
 */
#include <string.h>

#include "collectors/feeds/mailbox/recogniser.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/message.h"

enum { EXAMPLE_ARENA_MAX = 4 << 20, EXAMPLE_LIST_MAX = 4096 };

static void
example_join(const char *const *items, size_t n, struct tcs_buf *buf)
{
	tcs_buf_str(buf, "");
	for (size_t i = 0; i < n; i++)
		tcs_buf_printf(buf, "%s%s", i == 0 ? "" : " ", items[i]);
}

/* A finding when `got` is not what the example says. */
static enum tcs_err
example_check(const struct tcs_recogniser_example *e, const char *path,
    const char *what, const char *got, struct tcs_diag *diag)
{
	const char *want = strcmp(what, "level") == 0        ? e->level
	                   : strcmp(what, "phenomenon") == 0 ? e->phenomenon
	                   : strcmp(what, "communes") == 0   ? e->communes
	                   : strcmp(what, "place") == 0      ? e->place
	                                                     : e->departements;

	if (want == NULL || strcmp(want, got) == 0)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_ECONFIG, path, e->line,
	    "this example says %s=\"%.60s\" and is read as \"%.60s\": correct "
	    "the one or the other",
	    what, want, got);
}

static enum tcs_err
example_values(const struct tcs_recogniser_example *e, const char *path,
    const struct tcs_recognised *got, struct tcs_diag *diag)
{
	struct tcs_buf communes, departements;
	enum tcs_err errs[5], first = TCS_OK;

	tcs_buf_init(&communes, EXAMPLE_LIST_MAX);
	tcs_buf_init(&departements, EXAMPLE_LIST_MAX);
	example_join(got->communes, got->communes_n, &communes);
	example_join(got->departements, got->departements_n, &departements);
	errs[0] = example_check(e, path, "level", got->level, diag);
	errs[1] = example_check(e, path, "phenomenon", got->phenomenon, diag);
	errs[2] = example_check(
	    e, path, "communes", communes.p == NULL ? "" : communes.p, diag);
	errs[3] = example_check(e, path, "departements",
	    departements.p == NULL ? "" : departements.p, diag);
	errs[4] = example_check(
	    e, path, "place", got->place == NULL ? "" : got->place, diag);
	for (size_t i = 0; i < 5 && first == TCS_OK; i++)
		first = errs[i];
	tcs_buf_fini(&communes);
	tcs_buf_fini(&departements);
	return first;
}

static enum tcs_err
example_run(const struct tcs_recognisers *all, const struct tcs_recogniser *r,
    const struct tcs_recogniser_example *e, const char *path,
    struct tcs_diag *diag)
{
	static const char *const names[] = {"no", "yes", "unknown"};
	struct tcs_arena *arena = tcs_arena_new(EXAMPLE_ARENA_MAX);
	struct tcs_message mail;
	struct tcs_recognised got;
	struct tcs_diag why = {0};
	enum tcs_match answer = TCS_NO;
	bool is_cut;
	/* What surrounds it in the file was taken off. */
	const char *bytes =
	    arena == NULL ? NULL : tcs_arena_printf(arena, "%s\n\n", e->mail);

	if (bytes == NULL) {
		tcs_arena_free(&arena);
		return TCS_ENOMEM;
	}
	enum tcs_err err =
	    tcs_message_read(tcs_slice_str(bytes), arena, &mail, &is_cut, &why);
	if (err == TCS_EPARSE)
		err = tcs_diag_add(diag, TCS_ECONFIG, path, e->line,
		    "this example is no mail: %s", tcs_diag_text(&why));
	else if (err == TCS_OK && tcs_recogniser_is_for(r, mail.sender))
		answer = tcs_recogniser_read(all, r, &mail, arena, &got);
	if (err == TCS_OK && answer != (e->is_match ? TCS_YES : TCS_NO))
		err = tcs_diag_add(diag, TCS_ECONFIG, path, e->line,
		    "the recogniser %s answers %s to this example, which says "
		    "match=\"%s\": correct the one or the other",
		    r->name, names[answer], e->is_match ? "yes" : "no");
	else if (err == TCS_OK && answer == TCS_YES)
		err = example_values(e, path, &got, diag);
	tcs_diag_fini(&why);
	tcs_arena_free(&arena);
	return err;
}

enum tcs_err
tcs_recogniser_run_examples(const struct tcs_recognisers *all,
    const struct tcs_recogniser *r, const char *path, struct tcs_diag *diag)
{
	enum tcs_err first = TCS_OK;

	for (const struct tcs_recogniser_example *e = r->examples; e != NULL;
	     e = e->next) {
		enum tcs_err err = example_run(all, r, e, path, diag);
		if (first == TCS_OK)
			first = err;
	}
	return first;
}
