#include "collectors/signals.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"

enum {
	SIGNALS_ARENA_MAX = 64 << 20,
	SIGNALS_MAX = 60000,
	SIGNALS_INCIDENTS_MAX = 128 * TCS_ID_MAX,
};

enum tcs_err
tcs_signals_init(struct tcs_signals *signals)
{
	*signals = (struct tcs_signals){0};
	signals->arena = tcs_arena_new(SIGNALS_ARENA_MAX);
	return signals->arena == NULL ? TCS_ENOMEM : TCS_OK;
}

void
tcs_signals_fini(struct tcs_signals *signals)
{
	tcs_arena_free(&signals->arena);
	free(signals->items);
	*signals = (struct tcs_signals){0};
}

static struct tcs_new_signal *
signals_append(struct tcs_signals *signals)
{
	size_t n = signals->n;

	if (n >= SIGNALS_MAX)
		return NULL;
	if ((n & (n - 1)) == 0) { /* 0 and the powers of two: full */
		struct tcs_new_signal *items = realloc(
		    signals->items, (n == 0 ? 1 : 2 * n) * sizeof(*items));
		if (items == NULL)
			return NULL;
		signals->items = items;
	}
	signals->items[n] = (struct tcs_new_signal){0};
	signals->n++;
	return &signals->items[n];
}

enum tcs_err
tcs_signals_add(struct tcs_signals *signals, const struct tcs_origin *origin,
    const struct tcs_signal *draft, const struct tcs_last *follows,
    struct tcs_new_signal **ret_added)
{
	struct tcs_new_signal *added = signals_append(signals);
	char id[TCS_ID_MAX];

	if (added == NULL)
		return TCS_ENOMEM;
	added->signal = *draft;
	struct tcs_signal *s = &added->signal;
	s->observatory = origin->observatory;
	s->sender = origin->sender;
	s->feed = origin->feed;
	s->sent_ms = s->fetched_ms;
	s->msg_type = follows == NULL ? "Alert"
	              : s->is_cancel  ? "Cancel"
	                              : "Update";
	s->references = follows == NULL
	                    ? NULL
	                    : tcs_arena_dup(signals->arena,
	                          tcs_slice_str(follows->reference));
	tcs_signal_identify(
	    s, follows == NULL ? NULL : follows->identifier, id);
	s->identifier = tcs_arena_dup(signals->arena, tcs_slice_str(id));
	if (s->identifier == NULL ||
	    (follows != NULL && s->references == NULL)) {
		signals->n--;
		return TCS_ENOMEM;
	}
	if (follows == NULL)
		tcs_trace_of(id, added->trace);
	else
		memcpy(added->trace, follows->trace, sizeof(added->trace));
	if (ret_added != NULL)
		*ret_added = added;
	return TCS_OK;
}

enum tcs_err
tcs_signals_link(struct tcs_signals *signals, size_t from)
{
	for (size_t i = from; i < signals->n; i++) {
		struct tcs_buf others;
		tcs_buf_init(&others, SIGNALS_INCIDENTS_MAX);
		for (size_t k = from; k < signals->n; k++) {
			if (k != i)
				tcs_buf_printf(&others, "%s%s",
				    others.n == 0 ? "" : " ",
				    signals->items[k].signal.identifier);
		}
		const char *incidents =
		    others.n == 0
		        ? NULL
		        : tcs_arena_dup(signals->arena, tcs_buf_view(&others));
		bool is_lost = others.n > 0 && incidents == NULL;
		signals->items[i].signal.incidents = incidents;
		tcs_buf_fini(&others);
		if (is_lost)
			return TCS_ENOMEM;
	}
	return TCS_OK;
}

enum tcs_err
tcs_signals_add_system(struct tcs_signals *signals,
    const struct tcs_origin *origin, const struct tcs_system_text *text,
    const struct tcs_last *follows, struct tcs_new_signal **ret_added)
{
	const struct tcs_signal draft = {
	    .status = "System",
	    .source = TCS_SOURCE_SELF,
	    .source_name = "Tocsin",
	    .zone = origin->feed,
	    .zone_name = origin->feed,
	    .zone_scheme = "TOCSIN:FEED",
	    .phenomenon = text->phenomenon,
	    .level = text->level,
	    .previous_level = text->previous_level,
	    .issued_ms = text->issued_ms,
	    .fetched_ms = text->fetched_ms,
	    .expires_ms = text->expires_ms,
	    .departement = text->departement == NULL ? "FR" : text->departement,
	    .is_end = text->is_end,
	    .headline = text->headline,
	    .description = text->description,
	};

	return tcs_signals_add(signals, origin, &draft, follows, ret_added);
}

static enum tcs_err
signals_pack_one(struct tcs_signals *signals, struct tcs_new_signal *added,
    struct tcs_diag *diag)
{
	struct tcs_cap *cap = NULL;
	struct tcs_buf buf;
	enum tcs_err err = tcs_signal_to_cap(&added->signal, &cap, diag);

	tcs_buf_init(&buf, TCS_CAP_MAX);
	if (err == TCS_OK)
		err = tcs_cap_write(cap, &buf, diag);
	if (err == TCS_OK) {
		const char *copy =
		    tcs_arena_dup(signals->arena, tcs_buf_view(&buf));
		added->cap = tcs_slice(copy, buf.n);
		err = copy == NULL ? TCS_ENOMEM : TCS_OK;
	}
	tcs_buf_fini(&buf);
	tcs_cap_free(&cap);
	return err;
}

enum tcs_err
tcs_signals_pack(struct tcs_signals *signals, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; err == TCS_OK && i < signals->n; i++)
		err = signals_pack_one(signals, &signals->items[i], diag);
	return err;
}

enum tcs_err
tcs_signal_to_last(struct tcs_arena *arena, const struct tcs_new_signal *from,
    struct tcs_last *ret_last)
{
	const struct tcs_signal *s = &from->signal;
	char sent[TCS_TIME_TEXT];
	const struct tcs_last last = {
	    .departement = tcs_arena_dup(arena, tcs_slice_str(s->departement)),
	    .identifier = tcs_arena_dup(arena, tcs_slice_str(s->identifier)),
	    .reference = tcs_arena_printf(arena, "%s,%s,%s", s->sender,
	        s->identifier, tcs_time_iso(s->sent_ms, sent)),
	    .trace = tcs_arena_dup(arena, tcs_slice_str(from->trace)),
	    .expires_ms = s->expires_ms,
	    .is_end = s->is_end,
	};

	if (last.departement == NULL || last.identifier == NULL ||
	    last.reference == NULL || last.trace == NULL)
		return TCS_ENOMEM;
	*ret_last = last;
	return TCS_OK;
}
