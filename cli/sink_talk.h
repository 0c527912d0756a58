/* sink_talk.h - the server's side of ESMTP without a socket: takes any mail for
 * any recipient, line by line, and says what is to be answered. */
#ifndef TOCSIN_CLI_SINK_TALK_H
#define TOCSIN_CLI_SINK_TALK_H

#include <stdbool.h>

#include "cli/sink_auth.h"
#include "core/buf.h"
#include "core/slice.h"

struct tcs_sink;

enum { TCS_SINK_RECIPIENTS = 100 };

enum tcs_talk_state {
	TCS_TALK_COMMANDS,
	TCS_TALK_DATA,
	TCS_TALK_AUTH, /* the next line is an answer to AUTH's question */
	TCS_TALK_TLS,  /* secured() is due, when `out` is written */
	TCS_TALK_SLOW, /* go_on() is due after TCS_SINK_SLOW_MS */
	TCS_TALK_MUTE, /* never answers again */
	TCS_TALK_BYE,  /* close when `out` is written */
};

struct tcs_sink_talk {
	struct tcs_sink *sink;
	enum tcs_talk_state state;
	struct tcs_buf out;       /* to be written; the caller empties it */
	bool is_secure, is_known; /* TLS stands; who it is */
	struct tcs_sink_auth auth;
	bool has_sender;
	char *recipients[TCS_SINK_RECIPIENTS];
	size_t recipients_n;
	struct tcs_buf message;
};

void tcs_sink_talk_init(struct tcs_sink_talk *talk, struct tcs_sink *sink);
void tcs_sink_talk_fini(struct tcs_sink_talk *talk);
void tcs_sink_talk_greet(struct tcs_sink_talk *talk);
/* Only in TLS, or before greet(): the handshake is done. */
void tcs_sink_talk_secured(struct tcs_sink_talk *talk);
/* One line without its end; only in COMMANDS, DATA and AUTH. */
void tcs_sink_talk_line(struct tcs_sink_talk *talk, struct tcs_slice line);
/* Only in SLOW: say what was due. */
void tcs_sink_talk_go_on(struct tcs_sink_talk *talk);
/* Say `line` and end. */
void tcs_sink_talk_bye(struct tcs_sink_talk *talk, const char *line);

#endif
