#include "dispatcher/letter.h"

#include <stdlib.h>
#include <string.h>

enum { LETTER_SUBJECT_MAX = 4000, LETTER_TEXT_MAX = 1000000 };

struct tcs_letter *
tcs_letter_new(struct tcs_slice cap)
{
	struct tcs_letter *letter = calloc(1, sizeof(*letter));

	if (letter == NULL)
		return NULL;
	letter->refs = 1;
	letter->cap = tcs_slice_dup(cap);
	letter->cap_n = cap.n;
	if (letter->cap == NULL)
		tcs_letter_unref(&letter);
	return letter;
}

struct tcs_letter *
tcs_letter_ref(struct tcs_letter *letter)
{
	letter->refs++;
	return letter;
}

void
tcs_letter_unref(struct tcs_letter **letter)
{
	struct tcs_letter *l = *letter;

	*letter = NULL;
	if (l == NULL || --l->refs > 0)
		return;
	for (int i = 0; i < TCS_OUTBOUND_PART_COUNT; i++)
		free(l->parts[i]);
	free(l->status);
	free(l->cap);
	free(l);
}

static enum tcs_err
letter_keep(char **ret_text, const char *text)
{
	free(*ret_text);
	*ret_text = text == NULL ? NULL : strdup(text);
	return text == NULL || *ret_text != NULL ? TCS_OK : TCS_ENOMEM;
}

typedef void letter_writer(const struct tcs_alert *, struct tcs_buf *);

static enum tcs_err
letter_write(char **ret_text, size_t max, const struct tcs_alert *alert,
    letter_writer *write)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, max);
	write(alert, &buf);
	enum tcs_err err = buf.err;
	if (err == TCS_OK)
		err = letter_keep(ret_text, buf.p == NULL ? "" : buf.p);
	tcs_buf_fini(&buf);
	return err;
}

enum tcs_err
tcs_letter_render_from(struct tcs_letter *letter, const struct tcs_cap *cap,
    const struct tcs_alert *alert)
{
	char **parts = letter->parts;
	const struct tcs_cap_info *info = cap->infos;

	letter->sent_ms = cap->sent_ms;
	enum tcs_err err = letter_write(&parts[TCS_OUTBOUND_SUBJECT],
	    LETTER_SUBJECT_MAX, alert, tcs_alert_subject);
	if (err == TCS_OK)
		err = letter_write(&parts[TCS_OUTBOUND_TEXT], LETTER_TEXT_MAX,
		    alert, tcs_alert_body);
	if (err == TCS_OK)
		err =
		    letter_keep(&parts[TCS_OUTBOUND_HEADLINE], info->headline);
	if (err == TCS_OK)
		err = letter_keep(
		    &parts[TCS_OUTBOUND_DESCRIPTION], info->description);
	if (err == TCS_OK)
		err = letter_keep(
		    &parts[TCS_OUTBOUND_INSTRUCTION], info->instruction);
	/* Last: it says that all of it is there. */
	if (err == TCS_OK)
		err = letter_keep(&letter->status, cap->status);
	return err;
}

enum tcs_err
tcs_letter_render(struct tcs_letter *letter, struct tcs_diag *diag)
{
	struct tcs_cap *cap = NULL;
	struct tcs_alert alert;

	if (letter->status != NULL)
		return TCS_OK;
	enum tcs_err err =
	    tcs_cap_read(tcs_slice(letter->cap, letter->cap_n), &cap, diag);
	if (err == TCS_OK)
		err = tcs_alert_from_cap(cap, &alert, diag);
	if (err == TCS_OK)
		err = tcs_letter_render_from(letter, cap, &alert);
	tcs_cap_free(&cap);
	return err;
}
