/* ask.c - the requests of one poll: observations and station list of each
 * hundred codes, then page after page. */
#include <string.h>
#include <strings.h>

#include "collectors/feeds/hubeau/hubeau.h"
#include "core/json.h"

enum { HUBEAU_URL_MAX = 4000 };

#define HUBEAU_FIELDS                                                          \
	"code_station,grandeur_hydro,date_obs,resultat_obs,code_statut,"       \
	"code_qualification_obs"

size_t
tcs_hubeau_chunks(const struct hubeau *h)
{
	return (h->stations.n + HUBEAU_CODES_MAX - 1) / HUBEAU_CODES_MAX;
}

/* Part of an URL up to the path's last name: ".../hydrometrie". */
static struct tcs_slice
hubeau_base(const char *url)
{
	size_t n = strcspn(url, "?#");

	while (n > 0 && url[n - 1] != '/')
		n--;
	return tcs_slice(url, n);
}

static void
hubeau_url_list(
    struct tcs_buf *url, const struct tcs_strings *list, size_t from, size_t to)
{
	for (size_t i = from; i < to && i < list->n; i++)
		tcs_buf_printf(
		    url, "%s%s", i == from ? "" : ",", list->items[i]);
}

/* 2026-11-23T13:05:00Z, whole minutes. */
static void
hubeau_url_time(struct tcs_buf *url, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	(void)tcs_time_compact(ms - ms % TCS_MINUTES(1), text);
	tcs_buf_printf(url, "%.4s-%.2s-%.2sT%.2s:%.2s:00Z", text, text + 4,
	    text + 6, text + 9, text + 11);
}

static enum tcs_err
hubeau_ask_one(struct tcs_ask_sink *out, struct tcs_buf *url, const char *what,
    const size_t at[2])
{
	char tag[32];
	struct tcs_buf text;
	enum tcs_err err = url->err;

	tcs_buf_init(&text, sizeof(tag) - 1);
	tcs_buf_printf(&text, "%s.%zu.%zu", what, at[0], at[1]);
	if (err == TCS_OK)
		err = text.err;
	if (err == TCS_OK) {
		bool is_list = what[0] == 's';
		const struct tcs_ask ask = {.url = url->p,
		    .tag = text.p,
		    .is_optional = is_list,
		    .is_fixed = is_list};
		err = out->ask(out->arg, &ask);
	}
	tcs_buf_fini(&text);
	return err;
}

/* The codes of one request, and the list that names them. */
static enum tcs_err
hubeau_ask_chunk(const struct hubeau *h, const struct tcs_asking *asking,
    size_t chunk, struct tcs_ask_sink *out)
{
	struct tcs_slice base = hubeau_base(asking->url);
	size_t from = chunk * HUBEAU_CODES_MAX, to = from + HUBEAU_CODES_MAX;
	const size_t at[2] = {chunk, 0};
	struct tcs_buf url;

	tcs_buf_init(&url, HUBEAU_URL_MAX);
	tcs_buf_printf(
	    &url, "%.*sobservations_tr?code_entite=", TCS_SLICE_ARG(base));
	hubeau_url_list(&url, &h->stations, from, to);
	tcs_buf_str(&url, "&grandeur_hydro=");
	hubeau_url_list(&url, &h->grandeurs, 0, h->grandeurs.n);
	tcs_buf_str(&url, "&date_debut_obs=");
	hubeau_url_time(&url, asking->now_ms - HUBEAU_WINDOW_MS);
	tcs_buf_str(&url, "&fields=" HUBEAU_FIELDS "&sort=desc&size=5000");
	enum tcs_err err = hubeau_ask_one(out, &url, "observations", at);
	tcs_buf_reset(&url);
	tcs_buf_printf(&url,
	    "%.*sreferentiel/stations?code_station=", TCS_SLICE_ARG(base));
	hubeau_url_list(&url, &h->stations, from, to);
	tcs_buf_str(&url, "&fields=code_station,libelle_station,"
	                  "code_departement&format=json&size=5000");
	if (err == TCS_OK)
		err = hubeau_ask_one(out, &url, "stations", at);
	tcs_buf_fini(&url);
	return err;
}

/* "https://host:port" of an URL, and what follows. */
static struct tcs_slice
hubeau_origin(const char *url, const char **ret_path)
{
	const char *host = strstr(url, "://");
	size_t n = host == NULL ? 0 : (size_t)(host + 3 - url);

	n += strcspn(url + n, "/?#");
	*ret_path = url + n;
	return tcs_slice(url, n);
}

/* The next page: of the same host, never from https to http, whatever the
 * source writes. NULL: there is none that is followed. */
static const char *
hubeau_next(const char *feed_url, json_t *body)
{
	const char *next = tcs_json_str(body, "next", NULL);
	const char *path, *next_path;

	if (next == NULL || strlen(next) > HUBEAU_URL_MAX ||
	    strpbrk(next, " \t\r\n\"<>\\") != NULL)
		return NULL;
	struct tcs_slice ours = hubeau_origin(feed_url, &path);
	struct tcs_slice theirs = hubeau_origin(next, &next_path);
	return ours.n > 0 && ours.n == theirs.n &&
	               strncasecmp(ours.p, theirs.p, ours.n) == 0 &&
	               next_path[0] == '/'
	           ? next
	           : NULL;
}

/* The newest page of a request, by its tag. */
static const struct tcs_fetch *
hubeau_last_page(const struct tcs_answers *got, size_t chunk, size_t *ret_page)
{
	const struct tcs_fetch *last = NULL;

	for (size_t i = 0; i < got->n; i++) {
		struct tcs_slice tag = tcs_slice_str(got->items[i].tag), rest;
		uint64_t of, page;
		if (!tcs_slice_is(
		        tcs_slice_cut(tag, '.', &rest), "observations") ||
		    tcs_slice_u64(tcs_slice_cut(rest, '.', &rest),
		        HUBEAU_CHUNKS_MAX, &of) != TCS_OK ||
		    tcs_slice_u64(rest, HUBEAU_PAGES_MAX, &page) != TCS_OK ||
		    of != chunk || (last != NULL && page <= *ret_page))
			continue;
		last = &got->items[i];
		*ret_page = page;
	}
	return last;
}

static enum tcs_err
hubeau_ask_page(const struct tcs_asking *asking, size_t chunk,
    struct tcs_ask_sink *out, struct tcs_diag *diag)
{
	size_t page = 0;
	const struct tcs_fetch *last =
	    hubeau_last_page(&asking->got, chunk, &page);
	json_t *body = NULL;
	struct tcs_buf url;

	if (last == NULL || page + 1 >= HUBEAU_PAGES_MAX)
		return TCS_OK;
	enum tcs_err err =
	    tcs_json_parse_without(last->body, "data", &body, NULL, diag);
	if (err != TCS_OK)
		return err == TCS_ELIMIT ? TCS_EPARSE : err;
	const char *next = hubeau_next(asking->url, body);
	const size_t at[2] = {chunk, page + 1};
	tcs_buf_init(&url, HUBEAU_URL_MAX);
	tcs_buf_str(&url, next == NULL ? "" : next);
	if (next != NULL)
		err = hubeau_ask_one(out, &url, "observations", at);
	tcs_buf_fini(&url);
	json_decref(body);
	return err;
}

enum tcs_err
tcs_hubeau_ask(void *st, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag)
{
	const struct hubeau *h = st;
	size_t chunks = tcs_hubeau_chunks(h);
	enum tcs_err err = TCS_OK;

	if (chunks == 0)
		return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
		    "no station is chosen: write stations = {\"E351122001\"}");
	for (size_t i = 0; err == TCS_OK && i < chunks; i++)
		err = asking->got.n == 0
		          ? hubeau_ask_chunk(h, asking, i, out)
		          : hubeau_ask_page(asking, i, out, diag);
	return err;
}
