#include "cli/firsttime.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/reads.h"

/* Whoever owned a unit has registered what it reads. */
static enum tcs_err
firsttime_is_empty(struct tcs_program *program, bool *ret_empty)
{
	struct tcs_reply *reply = NULL;
	char key[128];

	(void)snprintf(
	    key, sizeof(key), "%sgroups", tcs_store_realm(program->store));
	enum tcs_err err =
	    tcs_store_call(program->store, &reply, "EXISTS", key, NULL);
	*ret_empty = tcs_reply_int(reply) == 0;
	tcs_reply_free(&reply);
	return err;
}

enum tcs_err
tcs_firsttime_check(struct tcs_program *program, struct tcs_diag *diag)
{
	bool is_empty = false;
	uint64_t records = 0;
	enum tcs_err err = firsttime_is_empty(program, &is_empty);

	/* The journal reads every topic. */
	for (const struct tcs_read *read = tcs_reads;
	     err == TCS_OK && is_empty && read->group != NULL; read++) {
		if (strcmp(read->group, "journal") != 0)
			continue;
		err = tcs_reads_lag(program, read, &records);
		if (err == TCS_OK && records > 0)
			return tcs_diag_add(diag, TCS_EGUARD, NULL, 0,
			    "the store is empty, and the bus holds %" PRIu64
			    " records of %s, which would be read as new: "
			    "restore the store, or start once with "
			    "--first-time",
			    records, read->topic);
	}
	return err;
}
