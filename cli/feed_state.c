#include "cli/feed_state.h"

#include <string.h>

#include "core/file.h"
#include "core/json.h"

enum { FEED_STATE_VERSION = 1 };

static enum tcs_err
feed_state_refuse(const char *path, struct tcs_diag *diag)
{
	return tcs_diag_add(diag, TCS_EPARSE, path, 0,
	    "not a state that `tocsin feeds read --state` wrote for this "
	    "driver; name another file to begin anew");
}

static enum tcs_err
feed_state_zones(
    struct tcs_picture *picture, const json_t *zones, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; err == TCS_OK && i < json_array_size(zones); i++)
		err =
		    tcs_zone_from_json(picture, json_array_get(zones, i), diag);
	tcs_picture_sort(picture);
	return err;
}

static enum tcs_err
feed_state_read(const char *path, const char *driver, json_t *json,
    struct tcs_picture *picture, struct tcs_pending *ret_pending,
    struct tcs_diag *diag)
{
	if (tcs_json_i64(json, "v", 0) != FEED_STATE_VERSION ||
	    strcmp(tcs_json_str(json, "driver", ""), driver) != 0)
		return feed_state_refuse(path, diag);
	tcs_picture_head_from_json(picture, json);
	*ret_pending = (struct tcs_pending){
	    .is_set = json_object_get(json, "pending_ms") != NULL,
	    .issued_ms = tcs_json_i64(json, "pending_ms", 0)};
	return feed_state_zones(
	           picture, json_object_get(json, "zones"), diag) == TCS_OK
	           ? TCS_OK
	           : feed_state_refuse(path, diag);
}

enum tcs_err
tcs_feed_state_load(const char *path, const char *driver,
    struct tcs_picture **ret_picture, struct tcs_pending *ret_pending,
    struct tcs_diag *diag)
{
	struct tcs_picture *picture = tcs_picture_new();
	struct tcs_diag missing = {0};
	json_t *json = NULL;
	struct tcs_buf buf;

	if (picture == NULL)
		return TCS_ENOMEM;
	*ret_pending = (struct tcs_pending){0};
	tcs_buf_init(&buf, TCS_JSON_MAX);
	enum tcs_err err =
	    path == NULL ? TCS_ENOTFOUND : tcs_file_read(path, &buf, &missing);
	if (err == TCS_ENOTFOUND)
		err = TCS_OK;
	else if (err != TCS_OK)
		err = tcs_diag_add(
		    diag, err, path, 0, "%s", tcs_diag_text(&missing));
	else if (tcs_json_parse(tcs_buf_view(&buf), &json, NULL, NULL) !=
	         TCS_OK)
		err = feed_state_refuse(path, diag);
	else
		err = feed_state_read(
		    path, driver, json, picture, ret_pending, diag);
	json_decref(json);
	tcs_buf_fini(&buf);
	tcs_diag_fini(&missing);
	if (err == TCS_OK) {
		*ret_picture = picture;
		picture = NULL;
	}
	tcs_picture_free(&picture);
	return err;
}

static json_t *
feed_state_json(const char *driver, const struct tcs_picture *picture,
    const struct tcs_pending *pending)
{
	json_t *json = json_object(), *zones = json_array();
	bool is_done =
	    json != NULL && tcs_json_set_i64(json, "v", FEED_STATE_VERSION) &&
	    tcs_json_set_str(json, "driver", driver) &&
	    tcs_picture_head_to_json(picture, json) &&
	    (!pending->is_set ||
	        tcs_json_set_i64(json, "pending_ms", pending->issued_ms));

	for (size_t i = 0; is_done && i < picture->n; i++)
		is_done = json_array_append_new(
		              zones, tcs_zone_to_json(&picture->zones[i])) == 0;
	/* "Set new" takes its value also when it fails. */
	if (json_object_set_new(json, "zones", zones) != 0 || !is_done) {
		json_decref(json);
		return NULL;
	}
	return json;
}

enum tcs_err
tcs_feed_state_save(const char *path, const char *driver,
    const struct tcs_picture *picture, const struct tcs_pending *pending,
    struct tcs_diag *diag)
{
	json_t *json = feed_state_json(driver, picture, pending);
	struct tcs_buf buf;

	if (json == NULL)
		return TCS_ENOMEM;
	tcs_buf_init(&buf, TCS_JSON_MAX);
	tcs_json_write(&buf, json);
	tcs_buf_char(&buf, '\n');
	enum tcs_err err = buf.err;
	if (err == TCS_OK)
		err = tcs_file_write(path, tcs_buf_view(&buf), 0640, diag);
	tcs_buf_fini(&buf);
	json_decref(json);
	return err;
}
