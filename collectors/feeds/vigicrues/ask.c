/* ask.c - what a poll of Vigicrues asks for, by what the feed watches. All of
 * it is below the services of the feed's own URL, so that a mirror or an
 * exercise serves all of it; the services redirect, some with a final slash and
 * some without. What is only beside the point may fail. */
#include <string.h>

#include "collectors/feeds/vigicrues/vigicrues.h"
#include "core/arena.h"

enum { ASK_URL_MAX = 8000, ASK_ARENA_MAX = 4 << 20 };

/* One call of ask(). */
struct asking {
	const struct vigicrues *v;
	const struct tcs_asking *asking;
	struct tcs_slice base; /* "https://www.vigicrues.gouv.fr" */
	struct tcs_ask_sink *out;
};

/* What precedes "/services/" or "/territoire/", else the host. */
static struct tcs_slice
ask_base(const char *url)
{
	const char *at = strstr(url, "/services/");

	if (at == NULL)
		at = strstr(url, "/territoire/");
	if (at != NULL)
		return tcs_slice(url, (size_t)(at - url));
	const char *host = strstr(url, "://");
	host = host == NULL ? url : host + 3;
	return tcs_slice(url, (size_t)(host - url) + strcspn(host, "/?#"));
}

/* `path` and its query below the base; the query is the tag too. */
static enum tcs_err
ask_path(const struct asking *a, const char *path, const char *query,
    const struct tcs_ask *how)
{
	struct tcs_ask ask = *how;
	struct tcs_buf url;

	tcs_buf_init(&url, ASK_URL_MAX);
	tcs_buf_slice(&url, a->base);
	tcs_buf_printf(
	    &url, "%s%s%s", path, query[0] == '\0' ? "" : "?", query);
	ask.url = url.p;
	ask.tag = query;
	enum tcs_err err = url.err;
	if (err == TCS_OK)
		err = a->out->ask(a->out->arg, &ask);
	tcs_buf_fini(&url);
	return err;
}

static enum tcs_err
ask_query(const struct asking *a, const char *path, struct tcs_buf *query,
    const struct tcs_ask *how)
{
	enum tcs_err err = query->err;

	if (err == TCS_OK)
		err = ask_path(a, path, query->p, how);
	tcs_buf_fini(query);
	return err;
}

/* The map, and beside it what is joined to it. Bulletins are corrected without
 * the map: it stands for itself only when it is alone. */
static enum tcs_err
ask_map(const struct asking *a)
{
	static const struct tcs_ask beside = {.is_optional = true};
	const struct vigicrues *v = a->v;
	const struct tcs_ask map = {.url = a->asking->url,
	    .is_head = v->bulletins.n == 0 && !v->has_departements};
	enum tcs_err err = a->out->ask(a->out->arg, &map);

	for (size_t i = 0; i < v->bulletins.n && err == TCS_OK; i++) {
		struct tcs_buf query;
		tcs_buf_init(&query, ASK_URL_MAX);
		tcs_buf_printf(&query, "CdEntVigiCru=%s&TypEntVigiCru=5",
		    v->bulletins.items[i]);
		err = ask_query(
		    a, "/services/1/InfoVigiCru.jsonld", &query, &beside);
	}
	if (err == TCS_OK && v->has_departements)
		err = ask_path(a, "/services/1/InfoVigiCru.jsonld",
		    "TypEntVigiCru=4", &beside);
	return err;
}

static enum tcs_err
ask_rss(const struct asking *a)
{
	static const struct tcs_ask head = {.is_head = true};
	const struct tcs_strings *codes = &a->v->troncons_suivis;
	struct tcs_buf query;

	tcs_buf_init(&query, ASK_URL_MAX);
	tcs_buf_str(&query, "CdEntVigiCru=");
	for (size_t i = 0; i < codes->n; i++)
		tcs_buf_printf(
		    &query, "%s%s", i == 0 ? "" : ",", codes->items[i]);
	return ask_query(a, "/territoire/rss", &query, &head);
}

/* Name, commune and historic floods of each station. */
static enum tcs_err
ask_stations(const struct asking *a)
{
	static const struct tcs_ask fixed = {
	    .is_fixed = true, .is_optional = true};
	const struct tcs_strings *stations = &a->v->stations;
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < stations->n && err == TCS_OK; i++) {
		struct tcs_buf query;
		tcs_buf_init(&query, ASK_URL_MAX);
		tcs_buf_printf(&query, "CdStationHydro=%s", stations->items[i]);
		err = ask_query(
		    a, "/services/station.json/index.php", &query, &fixed);
	}
	return err;
}

/* One of several stations may fail; of one alone it is the poll that does. */
static enum tcs_err
ask_observations(const struct asking *a)
{
	const struct vigicrues *v = a->v;
	const struct tcs_ask how = {
	    .is_optional = v->stations.n * v->grandeurs.n > 1};
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < v->stations.n; i++) {
		for (size_t k = 0; k < v->grandeurs.n && err == TCS_OK; k++) {
			struct tcs_buf query;
			tcs_buf_init(&query, ASK_URL_MAX);
			tcs_buf_printf(&query,
			    "CdStationHydro=%s&GrdSerie=%s&FormatDate=iso",
			    v->stations.items[i], v->grandeurs.items[k]);
			err = ask_query(a,
			    "/services/observations.json/index.php", &query,
			    &how);
		}
	}
	return err == TCS_OK ? ask_stations(a) : err;
}

static enum tcs_err
ask_lists(const struct asking *a)
{
	static const struct tcs_ask list = {.is_optional = false};
	enum tcs_err err = TCS_OK;

	for (size_t k = 0; k < a->v->grandeurs.n && err == TCS_OK; k++) {
		struct tcs_buf query;
		tcs_buf_init(&query, ASK_URL_MAX);
		tcs_buf_printf(&query, "FormatDate=iso&GrdSimul=%s",
		    a->v->grandeurs.items[k]);
		err = ask_query(
		    a, "/services/v1.1/prevision.json", &query, &list);
	}
	return err == TCS_OK ? ask_stations(a) : err;
}

static enum tcs_err
ask_forecast(const struct asking *a, const char *station, char quantity,
    bool is_optional)
{
	const struct tcs_ask how = {.is_optional = is_optional};
	struct tcs_buf query;

	tcs_buf_init(&query, ASK_URL_MAX);
	tcs_buf_printf(&query,
	    "CdEntVigiCru=%s&TypEntVigiCru=7&FormatDate=iso&GrdSimul=%c",
	    station, quantity);
	return ask_query(a, "/services/v1.1/prevision.json", &query, &how);
}

/* The followed stations that the lists name. The first may not fail: that it
 * was asked is known by its answer. */
static enum tcs_err
ask_listed(const struct asking *a, struct vigicrues_run *run)
{
	const struct vigicrues *v = a->v;
	enum tcs_err err = TCS_OK;
	size_t n = 0;

	for (size_t i = 0; i < v->stations.n; i++) {
		for (size_t k = 0; k < v->grandeurs.n && err == TCS_OK; k++) {
			const char *station = v->stations.items[i];
			char quantity = v->grandeurs.items[k][0];
			if (tcs_vigicrues_is_listed(run, station, quantity))
				err =
				    ask_forecast(a, station, quantity, n++ > 0);
		}
	}
	return err;
}

/* After the lists; what was asked of the stations ends it. */
static enum tcs_err
ask_forecasts(const struct asking *a, struct tcs_diag *diag)
{
	struct tcs_document document = {0};
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct vigicrues_run run = {.v = a->v,
	    .document = &document,
	    .ret_refusal = &refusal,
	    .diag = diag};
	const struct tcs_answers *got = &a->asking->got;

	if (got->n == 0)
		return ask_lists(a);
	for (size_t i = 0; i < got->n; i++) {
		if (got->items[i].tag != NULL &&
		    strstr(got->items[i].tag, "CdEntVigiCru=") != NULL)
			return TCS_OK;
	}
	run.arena = tcs_arena_new(ASK_ARENA_MAX);
	if (run.arena == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_vigicrues_bodies(&run, got);
	if (err == TCS_OK)
		err = ask_listed(a, &run);
	tcs_vigicrues_bodies_fini(&run);
	tcs_arena_free(&run.arena);
	return err;
}

enum tcs_err
tcs_vigicrues_ask(void *st, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag)
{
	const struct asking a = {.v = st,
	    .asking = asking,
	    .base = ask_base(asking->url),
	    .out = out};

	if (a.v->what == VIGICRUES_WATCH_FORECASTS)
		return ask_forecasts(&a, diag);
	if (asking->got.n > 0)
		return TCS_OK;
	if (a.v->what == VIGICRUES_WATCH_RSS)
		return ask_rss(&a);
	if (a.v->what == VIGICRUES_WATCH_OBSERVATIONS)
		return ask_observations(&a);
	return ask_map(&a);
}
