/* fuzz_imap.c - an IMAP server's bytes. The first says how they are cut, the
 * second how we are configured; then whatever comes: nothing but reading is
 * ever asked for, no password leaves in the clear when TLS was asked for, the
 * position only grows, and each mail is given once. */
#include <stddef.h>
#include <string.h>

#include "collectors/imap.h"
#include "core/err.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct fuzz_talk {
	struct tcs_imap imap;
	uint32_t last; /* UID of the last mail */
	unsigned rounds;
};

static bool
fuzz_mail(void *arg, const struct tcs_imap_mail *mail)
{
	struct fuzz_talk *talk = arg;

	tcs_assert(mail->uid > talk->last);
	talk->last = mail->uid;
	for (size_t i = 0; i < mail->bytes.n; i++)
		tcs_assert(mail->bytes.p[i] == mail->bytes.p[i]);
	return true;
}

/* What leaves is of a few kinds. */
static void
fuzz_check_out(const struct tcs_imap *imap)
{
	struct tcs_slice rest = tcs_buf_view(&imap->out);
	bool is_clear = imap->conf->has_starttls && !imap->is_secure;

	while (rest.n > 0) {
		struct tcs_slice line = tcs_slice_cut(rest, '\n', &rest);
		struct tcs_slice word;
		(void)tcs_imap_word(&line);
		word = tcs_imap_word(&line);
		tcs_assert(!tcs_slice_is(word, "SELECT") &&
		           !tcs_slice_is(word, "STORE"));
		if (is_clear)
			tcs_assert(tcs_slice_is(word, "CAPABILITY\r") ||
			           tcs_slice_is(word, "STARTTLS\r"));
	}
}

/* What the server's bytes let us do next. */
static void
fuzz_go_on(struct fuzz_talk *talk)
{
	struct tcs_imap *imap = &talk->imap;
	const struct tcs_imap_position since = {
	    imap->uidvalidity, talk->last == 0 ? 1 : talk->last};

	fuzz_check_out(imap);
	tcs_buf_reset(&imap->out);
	if (imap->state == TCS_IMAP_STATE_TLS) {
		tcs_imap_secured(imap);
	} else if (imap->state == TCS_IMAP_STATE_READY) {
		talk->rounds++;
		if (talk->rounds % 3 == 1)
			tcs_imap_fetch(imap, &since, "27-Nov-2026");
		else if (talk->rounds % 3 == 2 && imap->has_idle)
			tcs_imap_idle(imap);
		else
			tcs_imap_logout(imap);
	} else if (imap->state == TCS_IMAP_STATE_IDLING && imap->has_news) {
		imap->has_news = false;
		tcs_imap_stop_idle(imap);
	}
	fuzz_check_out(imap);
	tcs_buf_reset(&imap->out);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct fuzz_talk talk = {0};
	size_t step = size > 0 && data[0] > 0 ? data[0] : 1;
	const struct tcs_imap_conf conf = {
	    .has_starttls = size > 1 && data[1] % 2 == 1,
	    .user = "tocsin",
	    .password = "mot de passe",
	    .folder = "INBOX",
	    .size_max = 1000,
	    .mails_max = 4,
	    .bytes_max = 3000,
	    .mail = fuzz_mail,
	    .arg = &talk};

	tcs_imap_init(&talk.imap, &conf);
	for (size_t at = 2; at < size; at += step) {
		size_t n = size - at < step ? size - at : step;
		tcs_imap_receive(&talk.imap, tcs_slice(data + at, n));
		fuzz_go_on(&talk);
	}
	tcs_imap_lost(&talk.imap, TCS_EUNAVAIL, "the end");
	tcs_assert(talk.imap.state == TCS_IMAP_STATE_CLOSED);
	tcs_imap_fini(&talk.imap);
	return 0;
}
