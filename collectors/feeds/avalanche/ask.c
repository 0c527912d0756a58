#include <string.h>

#include "collectors/feeds/avalanche/avalanche.h"
#include "core/arena.h"

enum { AVALANCHE_URL_MAX = 2000 };

/* "https://…/DPBRA/v1", without a slash. */
static struct tcs_slice
avalanche_base(const struct avalanche *a, const char *url)
{
	struct tcs_slice base = tcs_slice_str(a->api == NULL ? url : a->api);
	size_t list_n = strlen(AVALANCHE_LIST);

	base.n = strcspn(base.p, "?#");
	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	if (base.n > list_n &&
	    memcmp(base.p + base.n - list_n, AVALANCHE_LIST, list_n) == 0)
		base.n -= list_n;
	return base;
}

static enum tcs_err
avalanche_ask_list(struct tcs_slice base, struct tcs_ask_sink *out)
{
	struct tcs_buf url;

	tcs_buf_init(&url, AVALANCHE_URL_MAX);
	tcs_buf_printf(&url, "%.*s%s", TCS_SLICE_ARG(base), AVALANCHE_LIST);
	const struct tcs_ask ask = {
	    .url = url.p, .tag = "liste-massifs", .is_fixed = true};
	enum tcs_err err =
	    url.err == TCS_OK ? out->ask(out->arg, &ask) : url.err;
	tcs_buf_fini(&url);
	return err;
}

static enum tcs_err
avalanche_ask_massif(
    struct tcs_slice base, const char *code, struct tcs_ask_sink *out)
{
	struct tcs_buf url;

	tcs_buf_init(&url, AVALANCHE_URL_MAX);
	tcs_buf_printf(&url, "%.*s/massif/BRA?id-massif=%s&format=xml",
	    TCS_SLICE_ARG(base), code);
	const struct tcs_ask ask = {
	    .url = url.p, .tag = code, .accepts_404 = true};
	enum tcs_err err =
	    url.err == TCS_OK ? out->ask(out->arg, &ask) : url.err;
	tcs_buf_fini(&url);
	return err;
}

static enum tcs_err
avalanche_ask_massifs(const struct avalanche *a, struct tcs_slice base,
    const struct tcs_fetch *list, struct tcs_ask_sink *out,
    struct tcs_diag *diag)
{
	struct tcs_arena *arena = tcs_arena_new(AVALANCHE_ARENA_MAX);
	struct avalanche_massifs massifs = {0};
	json_t *body = NULL;
	enum tcs_err err = arena == NULL
	                       ? TCS_ENOMEM
	                       : tcs_json_parse_without(list->body,
	                             "coordinates", &body, NULL, diag);

	if (err == TCS_OK)
		err = tcs_avalanche_massifs_read(arena, body, &massifs, diag);
	for (size_t i = 0; err == TCS_OK && i < massifs.n; i++) {
		if (tcs_avalanche_massif_is_chosen(
		        &massifs.items[i], &a->massifs, &a->departements))
			err = avalanche_ask_massif(
			    base, massifs.items[i].code, out);
	}
	json_decref(body);
	tcs_arena_free(&arena);
	return err == TCS_ELIMIT ? TCS_EPARSE : err;
}

enum tcs_err
tcs_avalanche_ask(void *st, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag)
{
	const struct avalanche *a = st;
	struct tcs_slice base = avalanche_base(a, asking->url);

	if (asking->got.n == 0)
		return avalanche_ask_list(base, out);
	return asking->got.n > 1 ? TCS_OK
	                         : avalanche_ask_massifs(a, base,
	                               &asking->got.items[0], out, diag);
}
