/* emit.c - one state of one place as a reading. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/feeds/cap/cap.h"
#include "core/clock.h"
#include "core/level.h"
#include "core/xml.h"

enum {
	EMIT_PARAMS_MAX = 100,
	EMIT_GEOCODES_MAX = 900,
	EMIT_POLYGONS_MAX = 100,
	EMIT_POLYGON_MAX = 60 * 1024, /* longer is left out, never cut */
	EMIT_NAME_MAX = 150,
	EMIT_WEB_MAX = 990, /* what a reading holds whole */
	EMIT_TEXT_MAX = 20000,
	EMIT_PATH_MAX = 2000,
};

/* An end is to be read for a day, whatever expiry it bears. */
#define EMIT_END_MS TCS_HOURS(24)

struct emit {
	struct cap_run *run;
	const struct cap_state *state;
	const struct cap_state *const *periods;
	size_t periods_n;
	struct tcs_pair params[EMIT_PARAMS_MAX];
	struct tcs_pair geocodes[EMIT_GEOCODES_MAX];
	const char *polygons[EMIT_POLYGONS_MAX + 1];
	size_t params_n, geocodes_n, polygons_n;
	bool has_shape; /* a polygon or a circle */
	bool is_short;  /* out of room */
};

static const char *
emit_steal(struct emit *e, struct tcs_buf *buf)
{
	const char *copy = tcs_arena_dup(
	    e->run->arena, tcs_slice(buf->n == 0 ? "" : buf->p, buf->n));

	e->is_short = e->is_short || copy == NULL;
	tcs_buf_fini(buf);
	return copy;
}

/* ---- names and texts ---- */

static bool
emit_has_before(const struct cap_state *state, const struct cap_state *at)
{
	for (; state != at; state = state->also) {
		if (strcasecmp(state->place.name, at->place.name) == 0)
			return true;
	}
	return false;
}

/* The names of its areas there. */
static const char *
emit_name(struct emit *e)
{
	const struct cap_state *state = e->state;
	const char *own =
	    tcs_cf_value(state->info->parameters, "tocsin:zone-name");
	struct tcs_buf name;

	if (own != NULL)
		return own;
	if (state->place.name == NULL)
		return "zone non précisée";
	tcs_buf_init(&name, EMIT_NAME_MAX);
	for (const struct cap_state *at = state; at != NULL; at = at->also) {
		size_t room = EMIT_NAME_MAX - name.n;
		if (emit_has_before(state, at))
			continue;
		if (name.n > 0 && strlen(at->place.name) + 7 > room) {
			tcs_buf_str(&name, room >= 5 ? ", …" : "");
			break;
		}
		tcs_buf_str(&name, name.n == 0 ? "" : ", ");
		tcs_buf_append(&name, at->place.name,
		    strnlen(at->place.name, EMIT_NAME_MAX / 2));
	}
	return emit_steal(e, &name);
}

static const char *
emit_headline(struct emit *e, const char *name)
{
	const struct cap_state *s = e->state;
	const char *text =
	    s->info->headline == NULL ? s->info->event : s->info->headline;
	bool is_own =
	    tcs_cf_value(s->info->parameters, "tocsin:source") != NULL;
	const char *before = !s->is_end     ? ""
	                     : s->is_cancel ? "Annulation : "
	                     : is_own       ? ""
	                                    : "Fin : ";
	bool has_name = is_own || strcasestr(text, name) != NULL;
	const char *headline = tcs_arena_printf(e->run->arena, "%s%.300s%s%s",
	    before, text, has_name ? "" : " : ", has_name ? "" : name);

	e->is_short = e->is_short || headline == NULL;
	return headline;
}

/* "Du 12/08/2026 16:01 au 13/08/2026 06:00 : jaune." */
static void
emit_period(struct tcs_buf *buf, const struct cap_state *s)
{
	char from[TCS_TIME_TEXT], to[TCS_TIME_TEXT];

	if (s->from_ms != TCS_NO_TIME)
		tcs_buf_printf(
		    buf, "Du %s ", tcs_time_french(s->from_ms, from));
	if (s->to_ms != TCS_NO_TIME)
		tcs_buf_printf(buf, "%s %s ",
		    s->from_ms == TCS_NO_TIME ? "Jusqu'au" : "au",
		    tcs_time_french(s->to_ms, to));
	tcs_buf_printf(buf, ": %s.\n", tcs_level_words(s->level));
}

static const char *
emit_text(struct emit *e)
{
	const char *description = e->state->info->description;
	struct tcs_buf text;

	tcs_buf_init(&text, EMIT_TEXT_MAX);
	for (size_t i = 0; e->periods_n > 1 && i < e->periods_n; i++)
		emit_period(&text, e->periods[i]);
	if (description != NULL)
		tcs_buf_append(&text, description,
		    strnlen(description, EMIT_TEXT_MAX - text.n));
	if (text.n == 0) {
		tcs_buf_fini(&text);
		return NULL;
	}
	return emit_steal(e, &text);
}

/* ---- what goes along ---- */

static void
emit_param(struct emit *e, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0' || e->params_n == EMIT_PARAMS_MAX)
		return;
	e->params[e->params_n++] =
	    (struct tcs_pair){.name = name, .value = value};
}

/* Whom it came through: where it has been it is not taken again. */
static void
emit_path(struct emit *e)
{
	const struct tcs_cap_value *params = e->state->info->parameters;
	const char *path = tcs_cf_value(params, "tocsin:path");
	const char *observatory = tcs_cf_value(params, "tocsin:observatory");

	if (path == NULL || observatory == NULL) {
		emit_param(e, "tocsin:path", path == NULL ? observatory : path);
		return;
	}
	const char *both = tcs_arena_printf(e->run->arena, "%.*s %.*s",
	    EMIT_PATH_MAX, path, EMIT_PATH_MAX, observatory);
	e->is_short = e->is_short || both == NULL;
	emit_param(e, "tocsin:path", both);
}

/* Another Tocsin's own parameters are not ours: they are of the origin. */
static void
emit_params(struct emit *e)
{
	static const char own[] = "tocsin:";
	const struct tcs_cap *cap = e->state->alert->cap;

	emit_path(e);
	emit_param(e, "cap:identifier", cap->identifier);
	emit_param(e, "cap:sender", cap->sender);
	emit_param(e, "cap:sender-name", e->state->info->sender_name);
	if (strcmp(cap->status, "Actual") != 0)
		emit_param(e, "tocsin:foreign-status", cap->status);
	if (strcmp(cap->scope, "Public") != 0)
		emit_param(e, "cap:scope", cap->scope);
	for (const struct tcs_cap_value *v = e->state->info->parameters;
	     v != NULL; v = v->next) {
		if (strncasecmp(v->name, own, sizeof(own) - 1) != 0) {
			emit_param(e, v->name, v->value);
			continue;
		}
		if (strcasecmp(v->name, "tocsin:path") == 0)
			continue;
		const char *name = tcs_arena_printf(
		    e->run->arena, "origin:%s", v->name + sizeof(own) - 1);
		e->is_short = e->is_short || name == NULL;
		emit_param(e, name, v->value);
	}
}

static void
emit_geocodes(struct emit *e, const struct tcs_cap_area *area)
{
	const char *here = e->state->place.departement;

	for (const struct tcs_cap_value *g = area->geocodes; g != NULL;
	     g = g->next) {
		const char *departement = tcs_cf_geocode_departement(g);
		bool is_elsewhere = departement != NULL && here != NULL &&
		                    strcmp(departement, here) != 0;
		if (is_elsewhere || strcasecmp(g->name, "INSEE:DEP") == 0 ||
		    e->geocodes_n == EMIT_GEOCODES_MAX)
			continue;
		e->geocodes[e->geocodes_n++] =
		    (struct tcs_pair){.name = g->name, .value = g->value};
	}
}

static void
emit_areas(struct emit *e)
{
	for (const struct cap_state *at = e->state; at != NULL; at = at->also) {
		if (at->area == NULL)
			continue;
		emit_geocodes(e, at->area);
		e->has_shape = e->has_shape || at->area->polygons != NULL ||
		               at->area->circles != NULL;
		for (const struct tcs_cap_text *p = at->area->polygons;
		     p != NULL && e->polygons_n < EMIT_POLYGONS_MAX;
		     p = p->next) {
			if (strlen(p->text) <= EMIT_POLYGON_MAX)
				e->polygons[e->polygons_n++] = p->text;
		}
		for (const struct tcs_cap_text *c = at->area->circles;
		     c != NULL; c = c->next)
			emit_param(e, "cap:circle", c->text);
	}
}

/* ---- times ---- */

static void
emit_times(const struct emit *e, struct tcs_reading *reading)
{
	const struct cap_state *s = e->state;
	int64_t from_ms = s->from_ms, to_ms = s->to_ms;

	reading->issued_ms = s->alert->cap->sent_ms;
	if (s->is_end) {
		reading->lasts_ms = EMIT_END_MS;
		return;
	}
	for (size_t i = 0; i < e->periods_n; i++) {
		const struct cap_state *p = e->periods[i];
		if (from_ms == TCS_NO_TIME || p->from_ms < from_ms)
			from_ms = p->from_ms;
		if (to_ms != TCS_NO_TIME &&
		    (p->to_ms == TCS_NO_TIME || p->to_ms > to_ms))
			to_ms = p->to_ms;
	}
	if (to_ms == TCS_NO_TIME)
		reading->lasts_ms = e->run->options->lasts_ms;
	else
		reading->expires_ms = to_ms;
	if (from_ms != TCS_NO_TIME && (to_ms == TCS_NO_TIME || from_ms < to_ms))
		reading->onset_ms = from_ms;
}

/* An address is whole or none. */
static const char *
emit_web(const char *web)
{
	return web != NULL && strlen(web) <= EMIT_WEB_MAX && tcs_xml_is_uri(web)
	           ? web
	           : NULL;
}

enum tcs_err
tcs_cf_emit(struct cap_run *run, const struct cap_state *state,
    const struct cap_state *const *periods, size_t periods_n)
{
	struct emit *e = calloc(1, sizeof(*e));
	const struct tcs_cap_info *info = state->info;
	const char *departements[] = {state->place.departement, NULL};

	if (e == NULL)
		return TCS_ENOMEM;
	e->run = run;
	e->state = state;
	e->periods = periods;
	e->periods_n = periods_n;
	const char *name = emit_name(e);
	if (name == NULL) {
		free(e);
		return TCS_ENOMEM;
	}
	emit_params(e);
	emit_areas(e);
	struct tcs_reading reading = {
	    .kind = TCS_READING_ITEM,
	    .zone = state->zone,
	    .zone_name = name,
	    .phenomenon = state->phenomenon,
	    .level = state->level,
	    .headline = emit_headline(e, name),
	    .text = emit_text(e),
	    .instruction = info->instruction,
	    .web = emit_web(info->web),
	    .departements = departements,
	    /* A shape is a place, though no département. */
	    .is_national = state->place.is_national || e->has_shape,
	    .is_end = state->is_end,
	    .is_cancel = state->is_cancel,
	    .category = info->categories == NULL
	                    ? NULL
	                    : tcs_cf_category(info->categories->text),
	    .event = info->event,
	    .severity =
	        state->is_severity ? tcs_cf_severity(info->severity) : NULL,
	    .urgency = tcs_cf_urgency(info->urgency),
	    .certainty = tcs_cf_certainty(info->certainty),
	    .params = e->params,
	    .params_n = e->params_n,
	    .geocodes = e->geocodes,
	    .geocodes_n = e->geocodes_n,
	    .polygons = e->polygons_n == 0 ? NULL : e->polygons,
	};
	emit_times(e, &reading);
	enum tcs_err err =
	    e->is_short ? TCS_ENOMEM : run->out->emit(run->out->arg, &reading);
	free(e);
	return err;
}
