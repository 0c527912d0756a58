/* topics.h - the topics of a realm: what each is named, and how long what it
 * holds is kept. One table for the drivers and for who administers them. */
#ifndef TOCSIN_CORE_TOPICS_H
#define TOCSIN_CORE_TOPICS_H

#include <stdint.h>

struct tcs_topic {
	const char *name;     /* without the realm; NULL ends the table */
	int64_t retention_ms; /* at least, unless a group has still to read */
};

extern const struct tcs_topic tcs_topics[];

/* NULL: there is no such topic. */
const struct tcs_topic *tcs_topic_find(const char *name);

#endif
