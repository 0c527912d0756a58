#include "cli/sources.h"

#include <stdio.h>

#include "core/store.h"

enum { SOURCES_NAME_MAX = 256 };

enum tcs_err
tcs_source_load(struct tcs_cli *cli, const char *feed, json_t **ret_value,
    struct tcs_diag *diag)
{
	char key[SOURCES_NAME_MAX], field[SOURCES_NAME_MAX];
	struct tcs_store *store = cli->program.store;
	struct tcs_reply *reply = NULL;

	(void)snprintf(key, sizeof(key), "%ssrc:feeds", tcs_store_realm(store));
	(void)snprintf(field, sizeof(field), "%s|state", feed);
	enum tcs_err err =
	    tcs_store_call(store, &reply, "HGET", key, field, NULL);
	if (err == TCS_OK && tcs_reply_kind(reply) == TCS_REPLY_STRING)
		err = tcs_json_parse(
		    tcs_reply_slice(reply), ret_value, NULL, diag);
	tcs_reply_free(&reply);
	return err;
}
