/* carte.c - the map of the public API and of its archive, CDP_CARTE_EXTERNE,
 * and what overseas publishes in its shape. */
#include <stdlib.h>
#include <string.h>

#include "collectors/feeds/meteofrance/mf.h"
#include "core/clock.h"
#include "core/html.h"

enum {
	CARTE_DOMAINS_MAX = 1000, /* 122 in 2026 */
	CARTE_PHENOMENA_MAX = 40, /* of one domain */
	CARTE_COMMENT_MAX = 4000,
};

struct mf_item *
tcs_mf_map_add(struct mf_map *map)
{
	if (map->n == map->cap) {
		size_t cap = map->cap == 0 ? 256 : map->cap * 2;
		struct mf_item *items =
		    cap > (size_t)MF_ITEMS_MAX * 2
		        ? NULL
		        : realloc(map->items, cap * sizeof(*items));
		if (items == NULL)
			return NULL;
		map->items = items;
		map->cap = cap;
	}
	if (map->n >= MF_ITEMS_MAX)
		return NULL;
	map->items[map->n] = (struct mf_item){.order = map->n};
	return &map->items[map->n++];
}

void
tcs_mf_map_fini(struct mf_map *map)
{
	free(map->items);
	map->items = NULL;
	map->n = map->cap = 0;
}

/* The product, whether it is wrapped or the body itself. */
static json_t *
carte_product(json_t *root)
{
	json_t *product = json_object_get(root, "product");

	return json_is_object(product) ? product : root;
}

bool
tcs_mf_is_carte(json_t *root)
{
	return json_object_get(carte_product(root), "periods") != NULL;
}

/* ---- one period ---- */

/* A period under way of being read. */
struct carte_period {
	struct mf_map *map;
	int64_t begin_ms, end_ms;
};

/* From one instant to another; hours that cannot be are the whole period. */
static void
carte_hours(const struct carte_period *p, json_t *from, struct mf_span *span)
{
	json_t *begin = json_object_get(from, "begin_time");
	json_t *end = json_object_get(from, "end_time");

	if (!tcs_mf_time(begin, &span->begin_ms))
		span->begin_ms = p->begin_ms;
	if (!tcs_mf_time(end, &span->end_ms))
		span->end_ms = p->end_ms;
	if (span->begin_ms >= span->end_ms) {
		span->begin_ms = p->begin_ms;
		span->end_ms = p->end_ms;
	}
}

static enum tcs_err
carte_spans(struct carte_period *p, json_t *list, struct mf_item *item)
{
	size_t n = tcs_mf_count(list);

	if (n > MF_SPANS_MAX)
		n = MF_SPANS_MAX; /* the declared maximum says the rest */
	item->spans =
	    tcs_arena_alloc(p->map->arena, (n + 1) * sizeof(*item->spans));
	if (item->spans == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		json_t *from = tcs_mf_at(list, i);
		struct mf_span *span = &item->spans[item->spans_n++];
		span->level = tcs_mf_level(
		    p->map->arena, json_object_get(from, "color_id"));
		if (span->level == NULL)
			return TCS_ENOMEM;
		carte_hours(p, from, span);
	}
	return TCS_OK;
}

/* The period's maximum; what is not there at all is not declared. */
static enum tcs_err
carte_maximum(struct carte_period *p, const json_t *color, struct mf_item *item)
{
	if (color == NULL || json_is_null(color))
		return TCS_OK;
	item->level = tcs_mf_level(p->map->arena, color);
	return item->level == NULL ? TCS_ENOMEM : TCS_OK;
}

static enum tcs_err
carte_phenomenon(struct carte_period *p, const struct mf_item *domain,
    json_t *from, const struct mf_refusal *refusal)
{
	const char *phenomenon = tcs_mf_phenomenon(
	    p->map->arena, json_object_get(from, "phenomenon_id"));

	if (phenomenon == NULL) {
		p->map->skipped++;
		return TCS_OK;
	}
	struct mf_item *item = tcs_mf_map_add(p->map);
	if (item == NULL)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "more than %d phenomena in its domains", MF_ITEMS_MAX);
	item->domain = domain->domain;
	item->name = domain->name;
	item->phenomenon = phenomenon;
	item->begin_ms = p->begin_ms;
	item->end_ms = p->end_ms;
	enum tcs_err err = carte_maximum(
	    p, json_object_get(from, "phenomenon_max_color_id"), item);
	return err == TCS_OK
	           ? carte_spans(
	                 p, json_object_get(from, "timelaps_items"), item)
	           : err;
}

/* A colour without any phenomenon: still told, as one that is not named. */
static enum tcs_err
carte_nameless(
    struct carte_period *p, const struct mf_item *domain, json_t *from)
{
	const char *level =
	    tcs_mf_level(p->map->arena, json_object_get(from, "max_color_id"));

	if (level == NULL)
		return TCS_ENOMEM;
	if (!tcs_mf_is_above_green(level)) {
		p->map->skipped++;
		return TCS_OK;
	}
	struct mf_item *item = tcs_mf_map_add(p->map);
	if (item == NULL)
		return TCS_ENOMEM;
	size_t order = item->order;
	*item = *domain;
	item->order = order;
	item->phenomenon = "phenomene-non-precise";
	item->level = level;
	item->begin_ms = p->begin_ms;
	item->end_ms = p->end_ms;
	return TCS_OK;
}

static enum tcs_err
carte_domain(
    struct carte_period *p, json_t *from, const struct mf_refusal *refusal)
{
	struct mf_item domain = {
	    .domain =
	        tcs_mf_text(p->map->arena, json_object_get(from, "domain_id")),
	    .name = tcs_mf_text(
	        p->map->arena, json_object_get(from, "domain_name")),
	};
	json_t *phenomena = json_object_get(from, "phenomenon_items");
	size_t n = tcs_mf_count(phenomena);

	if (!tcs_mf_is_domain(domain.domain)) {
		p->map->skipped++;
		return TCS_OK;
	}
	if (n == 0)
		return carte_nameless(p, &domain, from);
	if (n > CARTE_PHENOMENA_MAX)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "domain %s has more than %d phenomena", domain.domain,
		    CARTE_PHENOMENA_MAX);
	for (size_t i = 0; i < n; i++) {
		enum tcs_err err = carte_phenomenon(
		    p, &domain, tcs_mf_at(phenomena, i), refusal);
		if (err != TCS_OK)
			return err;
	}
	return TCS_OK;
}

/* ---- the comment of the map ---- */

/* Its lines, under the period's heading when it has one. */
static void
carte_comment(json_t *period, struct tcs_arena *arena, struct tcs_buf *buf)
{
	json_t *items = json_object_get(period, "text_items");

	for (size_t i = 0; i < tcs_mf_count(items) && i < 8; i++) {
		json_t *item = tcs_mf_at(items, i);
		json_t *lines =
		    json_is_object(item) ? json_object_get(item, "text") : item;
		for (size_t k = 0; k < tcs_mf_count(lines) && k < 50; k++) {
			const char *line =
			    tcs_mf_text(arena, tcs_mf_at(lines, k));
			if (line == NULL || buf->n > CARTE_COMMENT_MAX)
				continue;
			if (buf->n > 0)
				tcs_buf_char(buf, '\n');
			tcs_html_text(tcs_slice_str(line), buf);
		}
	}
}

/* ---- the product ---- */

static enum tcs_err
carte_period(struct mf_map *map, json_t *from, struct tcs_buf *comment,
    const struct mf_refusal *refusal)
{
	struct carte_period p = {.map = map};
	json_t *timelaps = json_object_get(from, "timelaps");
	json_t *domains = json_object_get(timelaps, "domain_ids");

	if (domains == NULL) /* without the wrapper */
		domains = json_is_array(timelaps)
		              ? timelaps
		              : json_object_get(from, "domain_ids");
	size_t n = tcs_mf_count(domains);
	if (!tcs_mf_time(json_object_get(from, "end_validity_time"), &p.end_ms))
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "a period has no readable \"end_validity_time\"");
	if (!tcs_mf_time(
	        json_object_get(from, "begin_validity_time"), &p.begin_ms))
		p.begin_ms = map->issued_ms;
	if (n > CARTE_DOMAINS_MAX)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "a period has more than %d domains", CARTE_DOMAINS_MAX);
	if (map->expires_ms < p.end_ms)
		map->expires_ms = p.end_ms;
	carte_comment(from, map->arena, comment);
	for (size_t i = 0; i < n; i++) {
		enum tcs_err err =
		    carte_domain(&p, tcs_mf_at(domains, i), refusal);
		if (err != TCS_OK)
			return err;
	}
	return TCS_OK;
}

static enum tcs_err
carte_periods(struct mf_map *map, json_t *periods, struct tcs_buf *comment,
    const struct mf_refusal *refusal)
{
	size_t n = tcs_mf_count(periods);
	enum tcs_err err = TCS_OK;

	if (n == 0)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "\"periods\" is empty: a map without any period");
	if (n > MF_PERIODS_MAX)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "\"periods\" has more than %d", MF_PERIODS_MAX);
	for (size_t i = 0; i < n && err == TCS_OK; i++)
		err =
		    carte_period(map, tcs_mf_at(periods, i), comment, refusal);
	if (err == TCS_OK && map->n == 0)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "no domain has a readable phenomenon");
	return err;
}

/* When it was issued; reduced copies have no `meta`. */
static bool
carte_issued(json_t *root, int64_t *ret_ms)
{
	json_t *meta = json_object_get(root, "meta");

	return tcs_mf_time(json_object_get(carte_product(root), "update_time"),
	           ret_ms) ||
	       tcs_mf_time(json_object_get(meta, "product_datetime"), ret_ms);
}

enum tcs_err
tcs_mf_carte(json_t *root, struct mf_map *map, const struct mf_refusal *refusal)
{
	struct tcs_buf comment;

	if (!carte_issued(root, &map->issued_ms))
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "no readable \"update_time\": the issue time is missing");
	map->expires_ms = TCS_NO_TIME;
	tcs_buf_init(&comment, MF_BUFFER_MAX);
	enum tcs_err err = carte_periods(map,
	    json_object_get(carte_product(root), "periods"), &comment, refusal);
	/* A comment beyond the limit is left out: it names no zone. */
	if (err == TCS_OK && comment.err == TCS_OK && comment.n > 0) {
		map->comment =
		    tcs_arena_dup(map->arena, tcs_buf_view(&comment));
		err = map->comment == NULL ? TCS_ENOMEM : TCS_OK;
	}
	tcs_buf_fini(&comment);
	return err;
}
