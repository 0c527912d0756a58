/* webservice.c - what the mobile applications were served: one domain, times in
 * epoch seconds, intervals without end. Its service went on for weeks with the
 * last thing it had: past its validity an answer of this dialect is refused. */
#include <string.h>

#include "collectors/feeds/meteofrance/mf.h"
#include "core/clock.h"

enum { WEBSERVICE_PHENOMENA_MAX = 40 };

static json_t *
webservice_maxima(json_t *root)
{
	json_t *items = json_object_get(root, "phenomenons_items");

	return items == NULL ? json_object_get(root, "phenomenons_max_colors")
	                     : items;
}

bool
tcs_mf_is_webservice(json_t *root)
{
	return json_object_get(root, "domain_id") != NULL &&
	       json_object_get(root, "product") == NULL &&
	       (webservice_maxima(root) != NULL ||
	           json_is_array(json_object_get(root, "timelaps")));
}

/* Each interval ends where the next one begins, the last with the validity. */
static enum tcs_err
webservice_spans(struct mf_map *map, json_t *list, struct mf_item *item)
{
	size_t n = tcs_mf_count(list);

	if (n > MF_SPANS_MAX)
		n = MF_SPANS_MAX;
	item->spans =
	    tcs_arena_alloc(map->arena, (n + 1) * sizeof(*item->spans));
	if (item->spans == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		json_t *from = tcs_mf_at(list, i);
		struct mf_span *span = &item->spans[i];
		span->level =
		    tcs_mf_level(map->arena, json_object_get(from, "color_id"));
		if (span->level == NULL)
			return TCS_ENOMEM;
		if (!tcs_mf_time(
		        json_object_get(from, "begin_time"), &span->begin_ms))
			span->begin_ms = item->begin_ms;
		if (i > 0)
			span[-1].end_ms = span->begin_ms;
		span->end_ms = item->end_ms;
	}
	item->spans_n = n;
	return TCS_OK;
}

/* The item of that phenomenon, made when it is not there yet. */
static struct mf_item *
webservice_item(struct mf_map *map, const char *domain, const char *phenomenon)
{
	for (size_t i = 0; i < map->n; i++) {
		if (strcmp(map->items[i].phenomenon, phenomenon) == 0)
			return &map->items[i];
	}
	struct mf_item *item = tcs_mf_map_add(map);
	if (item != NULL) {
		item->domain = domain;
		item->phenomenon = phenomenon;
		item->begin_ms = map->issued_ms;
		item->end_ms = map->expires_ms;
	}
	return item;
}

static enum tcs_err
webservice_list(
    struct mf_map *map, const char *domain, json_t *list, bool is_chronology)
{
	size_t n = tcs_mf_count(list);

	if (n > WEBSERVICE_PHENOMENA_MAX)
		n = WEBSERVICE_PHENOMENA_MAX;
	for (size_t i = 0; i < n; i++) {
		json_t *from = tcs_mf_at(list, i);
		enum tcs_err err = TCS_OK;
		const char *phenomenon = tcs_mf_phenomenon(
		    map->arena, json_object_get(from, "phenomenon_id"));
		if (phenomenon == NULL) {
			map->skipped++;
			continue;
		}
		struct mf_item *item = webservice_item(map, domain, phenomenon);
		if (item == NULL)
			return TCS_ENOMEM;
		if (is_chronology)
			err = webservice_spans(
			    map, json_object_get(from, "timelaps_items"), item);
		else
			item->level = tcs_mf_level(map->arena,
			    json_object_get(from, "phenomenon_max_color_id"));
		if (err != TCS_OK)
			return err;
	}
	return TCS_OK;
}

enum tcs_err
tcs_mf_webservice(json_t *root, int64_t fetched_ms, struct mf_map *map,
    const struct mf_refusal *refusal)
{
	const char *domain =
	    tcs_mf_text(map->arena, json_object_get(root, "domain_id"));
	char end[TCS_TIME_TEXT];

	map->is_partial = true;
	if (!tcs_mf_is_domain(domain))
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "\"domain_id\" names no domain");
	if (!tcs_mf_time(
	        json_object_get(root, "update_time"), &map->issued_ms) ||
	    !tcs_mf_time(
	        json_object_get(root, "end_validity_time"), &map->expires_ms))
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "no readable \"update_time\" and \"end_validity_time\"");
	if (map->expires_ms < fetched_ms)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_ERROR,
		    "no fresh data: what it says held until %s, and it was "
		    "fetched later",
		    tcs_time_iso(map->expires_ms, end));
	enum tcs_err err = webservice_list(
	    map, domain, json_object_get(root, "timelaps"), true);
	if (err == TCS_OK)
		err = webservice_list(
		    map, domain, webservice_maxima(root), false);
	if (err == TCS_OK && map->n == 0)
		err = tcs_mf_refuse(
		    refusal, TCS_REFUSAL_RESHAPED, "no phenomenon can be read");
	return err;
}
