#include "dispatcher/delivery.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "dispatcher/retry.h"

enum {
	DELIVERY_RETRY_AFTER_MAX_HOURS = 1,
	DELIVERY_OURS_MS = 1000, /* after an attempt that we gave up */
};

#define BIT(name) (1U << TCS_DELIVERY_##name)

/* Where each state may go. */
static const unsigned delivery_arrows[TCS_DELIVERY_STATE_COUNT] = {
    [TCS_DELIVERY_QUEUED] =
        BIT(HELD) | BIT(SENDING) | BIT(FAILED) | BIT(EXPIRED) | BIT(SUPERSEDED),
    [TCS_DELIVERY_HELD] = BIT(QUEUED) | BIT(EXPIRED) | BIT(SUPERSEDED),
    [TCS_DELIVERY_SENDING] = BIT(WAITING) | BIT(ACCEPTED) | BIT(FAILED) |
                             BIT(EXPIRED) | BIT(SUPERSEDED),
    [TCS_DELIVERY_WAITING] =
        BIT(SENDING) | BIT(FAILED) | BIT(EXPIRED) | BIT(SUPERSEDED),
    [TCS_DELIVERY_ACCEPTED] = BIT(DELIVERED) | BIT(FAILED),
};

const char *
tcs_delivery_state_name(enum tcs_delivery_state state)
{
#define DELIVERY_NAME(name) #name,
	static const char *const names[] = {TCS_DELIVERY_STATES(DELIVERY_NAME)};
#undef DELIVERY_NAME

	return (unsigned)state < TCS_DELIVERY_STATE_COUNT ? names[state] : "?";
}

bool
tcs_delivery_is_final(enum tcs_delivery_state state)
{
	return (1U << state & (BIT(ACCEPTED) | BIT(DELIVERED) | BIT(FAILED) |
	                          BIT(EXPIRED) | BIT(SUPERSEDED))) != 0;
}

static enum tcs_log_level
delivery_log_level(enum tcs_delivery_state to)
{
	if (to == TCS_DELIVERY_FAILED || to == TCS_DELIVERY_EXPIRED)
		return TCS_LOG_WARNING;
	return tcs_delivery_is_final(to) ? TCS_LOG_INFO : TCS_LOG_DEBUG;
}

/* The longest prefix of at most TCS_DELIVERY_REASON_MAX bytes that does not
 * cut a character; what is no UTF-8 at all is not kept. */
static char *
delivery_dup_reason(const char *reason)
{
	struct tcs_slice s = tcs_slice_str(reason);

	if (reason == NULL || !tcs_slice_is_utf8(s))
		return NULL;
	if (s.n > TCS_DELIVERY_REASON_MAX) {
		s.n = TCS_DELIVERY_REASON_MAX;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
			s.n--;
	}
	return tcs_slice_dup(s);
}

void
tcs_delivery_move(struct tcs_delivery *delivery,
    const struct tcs_delivery_about *about, enum tcs_delivery_state to,
    const char *reason)
{
	enum tcs_delivery_state from = delivery->state;

	tcs_assert((delivery_arrows[from] & 1U << to) != 0);
	char *copy = delivery_dup_reason(reason);
	free(delivery->reason);
	delivery->reason = copy;
	delivery->state = to;
	if (to != TCS_DELIVERY_WAITING)
		delivery->next_ms = 0;
	tcs_log(delivery_log_level(to), "delivery.state",
	    "from=%s to=%s key=%s contact=%s channel=%s alert=%s attempt=%u "
	    "reason=\"%s\" trace=%s",
	    tcs_delivery_state_name(from), tcs_delivery_state_name(to),
	    delivery->key, about->contact, about->channel, about->alert,
	    delivery->attempt, copy == NULL ? "" : copy, about->trace);
}

void
tcs_delivery_fini(struct tcs_delivery *delivery)
{
	if (delivery == NULL)
		return;
	free(delivery->reason);
	delivery->reason = NULL;
}

static int64_t
delivery_next_ms(const struct tcs_delivery *delivery,
    const struct tcs_attempt_end *end, const struct tcs_retry_policy *policy)
{
	if (end->is_ours)
		return end->now_ms + DELIVERY_OURS_MS;
	if (end->verdict == TCS_VERDICT_DOWN)
		return end->probe_ms;
	int64_t wait = tcs_retry_wait_ms(delivery->attempt - delivery->excused,
	    policy->base_ms, policy->cap_ms, policy->random);
	int64_t asked = end->retry_after_ms;
	if (asked > TCS_HOURS(DELIVERY_RETRY_AFTER_MAX_HOURS))
		asked = TCS_HOURS(DELIVERY_RETRY_AFTER_MAX_HOURS);
	return end->now_ms + (asked > wait ? asked : wait);
}

/* The attempt was not taken, or nobody knows. */
static void
delivery_conclude_untaken(struct tcs_delivery *delivery,
    const struct tcs_delivery_about *about, const struct tcs_attempt_end *end,
    const struct tcs_retry_policy *policy)
{
	if (end->verdict == TCS_VERDICT_UNKNOWN)
		delivery->may_have_had = true;
	else if (end->verdict == TCS_VERDICT_DOWN || end->is_ours)
		delivery->excused++;
	if (end->is_superseded) {
		tcs_delivery_move(delivery, about, TCS_DELIVERY_SUPERSEDED,
		    "a newer version");
		return;
	}
	if (!end->is_expiry_halted && end->now_ms >= delivery->expires_ms) {
		tcs_delivery_move(
		    delivery, about, TCS_DELIVERY_EXPIRED, "not sent: expired");
		return;
	}
	if (delivery->attempt - delivery->excused >= policy->attempts_max) {
		tcs_delivery_move(delivery, about, TCS_DELIVERY_FAILED,
		    end->reason == NULL ? "out of attempts" : end->reason);
		return;
	}
	int64_t next = delivery_next_ms(delivery, end, policy);
	tcs_delivery_move(delivery, about, TCS_DELIVERY_WAITING, end->reason);
	delivery->next_ms = next;
}

void
tcs_delivery_conclude(struct tcs_delivery *delivery,
    const struct tcs_delivery_about *about, const struct tcs_attempt_end *end,
    const struct tcs_retry_policy *policy)
{
	tcs_assert(delivery->state == TCS_DELIVERY_SENDING);
	delivery->unclean = 0;
	switch (end->verdict) {
	case TCS_VERDICT_ACCEPTED:
		tcs_delivery_move(
		    delivery, about, TCS_DELIVERY_ACCEPTED, end->reason);
		break;
	case TCS_VERDICT_REFUSED:
		tcs_delivery_move(
		    delivery, about, TCS_DELIVERY_FAILED, end->reason);
		break;
	case TCS_VERDICT_LATER:
	case TCS_VERDICT_UNKNOWN:
	case TCS_VERDICT_DOWN:
		delivery_conclude_untaken(delivery, about, end, policy);
		break;
	}
}

void
tcs_delivery_interrupted(struct tcs_delivery *delivery,
    const struct tcs_delivery_about *about, bool is_clean, int64_t now_ms)
{
	delivery->may_have_had = true;
	delivery->excused++;
	if (!is_clean)
		delivery->unclean++;
	if (delivery->unclean >= TCS_DELIVERY_UNCLEAN_MAX) {
		tcs_delivery_move(delivery, about, TCS_DELIVERY_FAILED,
		    "its attempts ended the process each time: set aside");
		return;
	}
	tcs_delivery_move(delivery, about, TCS_DELIVERY_WAITING,
	    "interrupted: unknown whether it was taken");
	delivery->next_ms = now_ms;
}

int64_t
tcs_delivery_due_ms(const struct tcs_delivery *delivery)
{
	return delivery->state == TCS_DELIVERY_WAITING &&
	               delivery->next_ms < delivery->expires_ms
	           ? delivery->next_ms
	           : TCS_NO_TIME;
}

static void
delivery_write_about(
    const struct tcs_delivery_about *about, struct tcs_buf *buf)
{
	tcs_json_put_str(buf, "alert", about->alert);
	tcs_json_put_str(buf, "thread", about->thread);
	tcs_json_put_str(buf, "code", about->code);
	tcs_json_put_str(buf, "raise", about->raise);
	tcs_json_put_str(buf, "nature", about->nature);
	tcs_json_put_i64(buf, "version", about->version);
	tcs_json_put_str(buf, "contact", about->contact);
	tcs_json_put_str(buf, "channel", about->channel);
	tcs_json_put_str(buf, "trace", about->trace);
}

static void
delivery_write_state(const struct tcs_delivery *delivery, struct tcs_buf *buf)
{
	const char *thread_key =
	    delivery->thread_key[0] == '\0' ? NULL : delivery->thread_key;

	tcs_json_put_str(
	    buf, "state", tcs_delivery_state_name(delivery->state));
	tcs_json_put_i64(buf, "attempt", delivery->attempt);
	tcs_json_put_i64(buf, "excused", delivery->excused);
	tcs_json_put_i64(buf, "unclean", delivery->unclean);
	tcs_json_put_flag(buf, "may_have_had", delivery->may_have_had);
	tcs_json_put_i64(buf, "urgency", delivery->urgency);
	tcs_json_put_i64(buf, "next_ms", delivery->next_ms);
	tcs_json_put_i64(buf, "expires_ms", delivery->expires_ms);
	tcs_json_put_str(buf, "thread_key", thread_key);
	tcs_json_put_str(buf, "reason", delivery->reason);
}

void
tcs_delivery_to_json(const struct tcs_delivery *delivery,
    const struct tcs_delivery_about *about, struct tcs_buf *buf)
{
	tcs_json_open(buf, NULL, '{');
	tcs_json_put_str(buf, "key", delivery->key);
	delivery_write_about(about, buf);
	delivery_write_state(delivery, buf);
	tcs_json_close(buf, '}');
}

static bool
delivery_parse_state(const char *name, enum tcs_delivery_state *ret_state)
{
	for (unsigned i = 0; i < TCS_DELIVERY_STATE_COUNT; i++) {
		enum tcs_delivery_state state = (enum tcs_delivery_state)i;
		if (strcmp(tcs_delivery_state_name(state), name) == 0) {
			*ret_state = state;
			return true;
		}
	}
	return false;
}

static unsigned
delivery_json_count(const json_t *value, const char *name)
{
	int64_t n = tcs_json_i64(value, name, 0);

	return n < 0 ? 0 : n > 1000000000 ? 1000000000U : (unsigned)n;
}

static bool
delivery_json_key(const json_t *value, const char *name, bool is_required,
    char key[TCS_DELIVERY_KEY])
{
	const char *text = tcs_json_str(value, name, "");

	if (text[0] == '\0' && !is_required) {
		key[0] = '\0';
		return true;
	}
	if (strlen(text) != TCS_DELIVERY_KEY - 1)
		return false;
	memcpy(key, text, TCS_DELIVERY_KEY);
	return true;
}

static bool
delivery_json_read_about(const json_t *value, struct tcs_delivery_about *about)
{
	*about = (struct tcs_delivery_about){
	    .alert = tcs_json_str(value, "alert", NULL),
	    .thread = tcs_json_str(value, "thread", NULL),
	    .code = tcs_json_str(value, "code", NULL),
	    .raise = tcs_json_str(value, "raise", NULL),
	    .nature = tcs_json_str(value, "nature", NULL),
	    .version = delivery_json_count(value, "version"),
	    .contact = tcs_json_str(value, "contact", NULL),
	    .channel = tcs_json_str(value, "channel", NULL),
	    .trace = tcs_json_str(value, "trace", NULL),
	};
	return about->alert != NULL && about->thread != NULL &&
	       about->code != NULL && about->raise != NULL &&
	       about->nature != NULL && about->contact != NULL &&
	       about->channel != NULL && about->trace != NULL;
}

enum tcs_err
tcs_delivery_from_json(const json_t *value, struct tcs_delivery *ret_delivery,
    struct tcs_delivery_about *ret_about, struct tcs_diag *diag)
{
	struct tcs_delivery delivery = {
	    .attempt = delivery_json_count(value, "attempt"),
	    .excused = delivery_json_count(value, "excused"),
	    .unclean = delivery_json_count(value, "unclean"),
	    .may_have_had = tcs_json_bool(value, "may_have_had", false),
	    .next_ms = tcs_json_i64(value, "next_ms", 0),
	    .expires_ms = tcs_json_i64(value, "expires_ms", 0),
	};
	unsigned urgency = delivery_json_count(value, "urgency");

	delivery.urgency = urgency < TCS_URGENCIES ? (enum tcs_urgency)urgency
	                                           : TCS_URGENCY_OTHERS;
	if (!delivery_json_key(value, "key", true, delivery.key) ||
	    !delivery_json_key(
	        value, "thread_key", false, delivery.thread_key) ||
	    !delivery_parse_state(
	        tcs_json_str(value, "state", ""), &delivery.state) ||
	    delivery.excused > delivery.attempt ||
	    !delivery_json_read_about(value, ret_about))
		return tcs_diag_add(
		    diag, TCS_EPARSE, NULL, 0, "not the row of a delivery");
	delivery.reason =
	    delivery_dup_reason(tcs_json_str(value, "reason", NULL));
	*ret_delivery = delivery;
	return TCS_OK;
}
