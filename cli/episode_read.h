/* episode_read.h - what the readers of an episode's parts share: findings, and
 * texts and times within bounds. Of episode.c and episode_event.c alone. */
#ifndef TOCSIN_CLI_EPISODE_READ_H
#define TOCSIN_CLI_EPISODE_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/episode.h"
#include "core/err.h"
#include "core/json.h"

/* What is being read, for findings. */
struct tcs_episode_reader {
	const char *file;
	struct tcs_diag *diag;
	struct tcs_episode *episode;
	const char *list; /* "documents"; NULL at the top */
	size_t i;
	bool is_object; /* `list` is one object, not one of several */
	size_t faults;
};

void tcs_episode_fault(
    struct tcs_episode_reader *r, const char *member, const char *text);
/* A text of a bounded length; NULL when absent and allowed to be. */
const char *tcs_episode_text(struct tcs_episode_reader *r, const json_t *object,
    const char *member, bool is_required);
/* 0, and a fault, when it is none. */
int64_t tcs_episode_time(
    struct tcs_episode_reader *r, const json_t *object, const char *member);
/* A fault for each member that is not one of the blank-separated `names`. */
void tcs_episode_members(
    struct tcs_episode_reader *r, const json_t *object, const char *names);
/* `text` is one of the blank-separated `words`. */
bool tcs_episode_is_one_of(const char *text, const char *words);

/* The lists of events: their names, what each member may be called beside `at`
 * and `note`, and who reads one. */
struct tcs_episode_list {
	const char *name;
	enum tcs_episode_kind kind;
	const char *members;
	void (*read)(struct tcs_episode_reader *r, const json_t *object,
	    struct tcs_episode_event *event);
};

extern const struct tcs_episode_list tcs_episode_lists[]; /* name NULL ends */

#endif
