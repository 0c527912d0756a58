/* block.h - the driver's block, for its own files. */
#ifndef TOCSIN_COLLECTORS_FEEDS_MAILBOX_BLOCK_H
#define TOCSIN_COLLECTORS_FEEDS_MAILBOX_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "config/option.h"

struct tcs_recognisers;

struct tcs_mailbox {
	/* Options: the server. */
	char *server, *security, *user, *password_file, *folder;
	bool is_idle;
	int64_t batch, lookback_ms;
	/* Options: its mails. */
	struct tcs_strings senders, departements;
	char *recognisers_path, *authserv;
	int64_t lasts_ms;

	struct tcs_recognisers *recognisers; /* NULL: none */
	const char **codes; /* of the départements, NULL-ended; owned array */
};

#endif
