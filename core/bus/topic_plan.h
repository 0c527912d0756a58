/* topic_plan.h - what is to be done about one topic of a Kafka: pure, so that
 * it is tested without one. */
#ifndef TOCSIN_CORE_BUS_TOPIC_PLAN_H
#define TOCSIN_CORE_BUS_TOPIC_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

enum { TCS_TOPIC_SETTINGS = 4, TCS_TOPIC_MESSAGE_MAX = 1048588 };

struct tcs_topic_wish {
	const char *name; /* with the realm */
	int partitions;
	int servers;
	int replication, min_insync; /* 0: not asked for */
	int64_t retention_ms;
	bool is_forced;
};

/* A setting of the topic itself, not of its servers. */
struct tcs_topic_override {
	char *name;
	char *value; /* NULL: not told */
};

struct tcs_topic_found {
	int partitions; /* 0: there is no such topic */
	int replication;
	struct tcs_topic_override *overrides;
	size_t overrides_n;
};

enum tcs_topic_verdict {
	TCS_TOPIC_LEAVE,
	TCS_TOPIC_MAKE,
	TCS_TOPIC_CHANGE,
	TCS_TOPIC_REFUSE,
};

struct tcs_topic_setting {
	const char *name; /* static */
	char value[24];
};

/* All zero is empty. */
struct tcs_topic_plan {
	enum tcs_topic_verdict verdict;
	int partitions, replication; /* to make it with */
	int grow_to;                 /* partitions; 0: as they are */
	/* To make it with, or those that change. */
	struct tcs_topic_setting settings[TCS_TOPIC_SETTINGS];
	size_t settings_n;
	struct tcs_buf said; /* what, or why not */
};

/* Fill *plan, which is all zero. */
void tcs_topic_plan(const struct tcs_topic_wish *wish,
    const struct tcs_topic_found *found, struct tcs_topic_plan *plan);
void tcs_topic_plan_fini(struct tcs_topic_plan *plan);

#endif
