/* fuzz_smtp_reply.c - a relay's bytes. The first says how they are cut, the
 * second how we are configured; then whatever comes, each mail has one fate,
 * and ACCEPTED or UNKNOWN only when its final dot had left. No credential
 * leaves in the clear when TLS was asked for. */
#include <stddef.h>

#include "core/err.h"
#include "dispatcher/smtp.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const struct tcs_smtp_mail fuzz_mail = {"tocsin@prefecture.example",
    "maire@mairie.example", {"Subject: x\r\n\r\n.\r\ny\r\n", 19}};

static const struct tcs_smtp_conf fuzz_conf[] = {
    {.helo = "tocsin.prefecture.example"},
    {.helo = "tocsin.prefecture.example",
        .has_starttls = true,
        .user = "tocsin",
        .password = "mot de passe"},
    {.helo = "tocsin.prefecture.example",
        .is_secure = true,
        .user = "tocsin",
        .password = "mot de passe"},
};

struct fuzz_talk {
	struct tcs_smtp smtp;
	bool is_sent, has_dot; /* of the mail on its way */
};

static void
fuzz_outcome(struct fuzz_talk *talk)
{
	struct tcs_smtp *smtp = &talk->smtp;

	if (!smtp->has_outcome)
		return;
	if (smtp->verdict == TCS_VERDICT_ACCEPTED ||
	    smtp->verdict == TCS_VERDICT_UNKNOWN)
		tcs_assert(talk->is_sent && talk->has_dot);
	tcs_assert(smtp->reason.n > 0);
	for (size_t i = 0; i < smtp->reason.n; i++)
		tcs_assert(
		    smtp->reason.p[i] >= ' ' && smtp->reason.p[i] <= '~');
	tcs_smtp_clear(smtp);
	talk->is_sent = talk->has_dot = false;
}

/* What the relay's bytes let us do next. */
static void
fuzz_go_on(struct fuzz_talk *talk)
{
	struct tcs_smtp *smtp = &talk->smtp;

	fuzz_outcome(talk);
	if (smtp->conf->user != NULL && !smtp->is_secure && smtp->out.n > 0)
		tcs_assert(smtp->out.p[0] == 'E' || smtp->out.p[0] == 'S');
	tcs_buf_reset(&smtp->out);
	if (smtp->state == TCS_SMTP_TLS) {
		tcs_smtp_secured(smtp);
		tcs_buf_reset(&smtp->out);
	} else if (smtp->state == TCS_SMTP_READY) {
		tcs_smtp_send(smtp, &fuzz_mail);
		talk->is_sent = true;
		fuzz_outcome(talk);
	} else if (smtp->state == TCS_SMTP_CONTENT) {
		tcs_smtp_commit(smtp);
		talk->has_dot = true;
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct fuzz_talk talk = {0};
	size_t step = size > 0 && data[0] > 0 ? data[0] : 1;

	tcs_smtp_init(&talk.smtp, &fuzz_conf[size > 1 ? data[1] % 3 : 0]);
	for (size_t at = 2; at < size; at += step) {
		size_t n = size - at < step ? size - at : step;
		tcs_smtp_receive(&talk.smtp, tcs_slice(data + at, n));
		fuzz_go_on(&talk);
	}
	tcs_smtp_lost(&talk.smtp, "the end");
	fuzz_outcome(&talk);
	tcs_assert(talk.smtp.state == TCS_SMTP_CLOSED && !talk.is_sent);
	tcs_smtp_fini(&talk.smtp);
	return 0;
}
