/* player_line.h - what happens in an episode, in a line for whoever watches. */
#ifndef TOCSIN_CLI_PLAYER_LINE_H
#define TOCSIN_CLI_PLAYER_LINE_H

#include "cli/episode.h"
#include "core/buf.h"

/* Append it, with the event's note. */
void tcs_player_line(
    const struct tcs_episode_event *event, struct tcs_buf *buf);

#endif
