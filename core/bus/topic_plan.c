#include "core/bus/topic_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/slice.h"

enum { PLAN_TEXT_MAX = 2000, PLAN_COPIES = 3 };

static void
plan_set(struct tcs_topic_plan *plan, const char *name, int64_t value)
{
	struct tcs_topic_setting *s = &plan->settings[plan->settings_n++];

	s->name = name;
	(void)snprintf(s->value, sizeof(s->value), "%" PRId64, value);
}

static void
plan_set_word(struct tcs_topic_plan *plan, const char *name, const char *word)
{
	struct tcs_topic_setting *s = &plan->settings[plan->settings_n++];

	s->name = name;
	(void)snprintf(s->value, sizeof(s->value), "%s", word);
}

/* One copy may be away while records are published. */
static int
plan_insync(const struct tcs_topic_wish *wish, int copies)
{
	if (wish->min_insync > 0)
		return wish->min_insync;
	return copies > 1 ? copies - 1 : 1;
}

static void
plan_refuse(struct tcs_topic_plan *plan)
{
	plan->verdict = TCS_TOPIC_REFUSE;
	plan->settings_n = 0;
	plan->grow_to = 0;
	tcs_buf_reset(&plan->said);
}

/* A record would never have enough copies. */
static bool
plan_refuses_insync(
    const struct tcs_topic_wish *wish, int copies, struct tcs_topic_plan *plan)
{
	if (wish->min_insync <= copies)
		return false;
	plan_refuse(plan);
	tcs_buf_printf(&plan->said,
	    "%d cop%s cannot have %d in step, and nothing could be published; "
	    "write: --min-insync %d, or less",
	    copies, copies == 1 ? "y" : "ies", wish->min_insync, copies);
	return true;
}

static void
plan_make(const struct tcs_topic_wish *wish, struct tcs_topic_plan *plan)
{
	int copies = wish->replication;

	if (copies == 0)
		copies =
		    wish->servers < PLAN_COPIES ? wish->servers : PLAN_COPIES;
	if (copies > wish->servers) {
		plan_refuse(plan);
		tcs_buf_printf(&plan->said,
		    "%d copies need as many servers, there are %d; write: "
		    "--replication %d",
		    copies, wish->servers, wish->servers);
		return;
	}
	if (plan_refuses_insync(wish, copies, plan))
		return;
	plan->verdict = TCS_TOPIC_MAKE;
	plan->partitions = wish->partitions;
	plan->replication = copies;
	plan_set_word(plan, "cleanup.policy", "delete");
	plan_set(plan, "retention.ms", wish->retention_ms);
	plan_set(plan, "min.insync.replicas", plan_insync(wish, copies));
	plan_set(plan, "max.message.bytes", TCS_TOPIC_MESSAGE_MAX);
	tcs_buf_printf(&plan->said,
	    "%d partition%s, %d cop%s of which %d in step, kept %" PRId64 " d",
	    wish->partitions, wish->partitions == 1 ? "" : "s", copies,
	    copies == 1 ? "y" : "ies", plan_insync(wish, copies),
	    wish->retention_ms / TCS_DAYS(1));
}

/* What is there */

static const struct tcs_topic_override *
plan_find(const struct tcs_topic_found *found, const char *name)
{
	for (size_t i = 0; i < found->overrides_n; i++) {
		if (strcmp(found->overrides[i].name, name) == 0)
			return &found->overrides[i];
	}
	return NULL;
}

static void
plan_say(struct tcs_topic_plan *plan, const char *name, const char *from,
    const char *to)
{
	tcs_buf_printf(&plan->said, "%s%s %s -> %s",
	    plan->said.n == 0 ? "" : ", ", name,
	    from == NULL ? "(the servers')" : from, to);
}

/* The last setting stays in the plan only if the topic has another one. */
static void
plan_settle(struct tcs_topic_plan *plan, const struct tcs_topic_override *is,
    bool is_good)
{
	const struct tcs_topic_setting *s =
	    &plan->settings[plan->settings_n - 1];

	if (is_good)
		plan->settings_n--;
	else
		plan_say(
		    plan, s->name, is == NULL ? NULL : is->value, s->value);
}

/* At least `least`; -1 is for ever where `has_ever`. */
static void
plan_compare_least(const struct tcs_topic_found *found, const char *name,
    int64_t least, struct tcs_topic_plan *plan)
{
	const struct tcs_topic_override *is = plan_find(found, name);
	int64_t value = 0;
	bool is_good = is != NULL && is->value != NULL &&
	               tcs_slice_i64(tcs_slice_str(is->value), -1, INT64_MAX,
	                   &value) == TCS_OK &&
	               (value >= least || value == -1);

	plan_set(plan, name, least);
	plan_settle(plan, is, is_good);
}

static void
plan_compare_settings(const struct tcs_topic_wish *wish,
    const struct tcs_topic_found *found, struct tcs_topic_plan *plan)
{
	const struct tcs_topic_override *policy =
	    plan_find(found, "cleanup.policy");
	const struct tcs_topic_override *insync =
	    plan_find(found, "min.insync.replicas");

	plan_set_word(plan, "cleanup.policy", "delete");
	plan_settle(plan, policy,
	    policy != NULL && policy->value != NULL &&
	        strcmp(policy->value, "delete") == 0);
	plan_compare_least(found, "retention.ms", wish->retention_ms, plan);
	plan_set(
	    plan, "min.insync.replicas", plan_insync(wish, found->replication));
	plan_settle(plan, insync,
	    insync != NULL && insync->value != NULL &&
	        (wish->min_insync == 0 ||
	            strcmp(insync->value,
	                plan->settings[plan->settings_n - 1].value) == 0));
	plan_compare_least(
	    found, "max.message.bytes", TCS_TOPIC_MESSAGE_MAX, plan);
}

/* Another number gives most keys another partition: what of a key is still to
 * be read in the old one could then come after what follows it. */
static void
plan_compare_partitions(const struct tcs_topic_wish *wish,
    const struct tcs_topic_found *found, struct tcs_topic_plan *plan)
{
	char from[16], to[16];

	if (wish->partitions == found->partitions)
		return;
	if (wish->partitions < found->partitions) {
		plan_refuse(plan);
		tcs_buf_printf(&plan->said,
		    "has %d partitions, and a topic never gets fewer; write: "
		    "bus { partitions = %d }",
		    found->partitions, found->partitions);
		return;
	}
	if (!wish->is_forced) {
		plan_refuse(plan);
		tcs_buf_printf(&plan->said,
		    "has %d partition%s, wanted are %d: keys would change "
		    "theirs, and their order be lost; stop every daemon once "
		    "`tocsin bus lag` shows 0, then write: --force",
		    found->partitions, found->partitions == 1 ? "" : "s",
		    wish->partitions);
		return;
	}
	plan->grow_to = wish->partitions;
	(void)snprintf(from, sizeof(from), "%d", found->partitions);
	(void)snprintf(to, sizeof(to), "%d", wish->partitions);
	plan_say(plan, "partitions", from, to);
}

/* All of a topic's settings are written at once: each must be known. */
static void
plan_check_known(
    const struct tcs_topic_found *found, struct tcs_topic_plan *plan)
{
	if (plan->verdict == TCS_TOPIC_REFUSE || plan->settings_n == 0)
		return;
	for (size_t i = 0; i < found->overrides_n; i++) {
		if (found->overrides[i].value != NULL)
			continue;
		plan_refuse(plan);
		tcs_buf_printf(&plan->said,
		    "has a setting %s that its servers do not tell, and it "
		    "would be lost; change it there",
		    found->overrides[i].name);
		return;
	}
}

static void
plan_compare(const struct tcs_topic_wish *wish,
    const struct tcs_topic_found *found, struct tcs_topic_plan *plan)
{
	if (plan_refuses_insync(wish, found->replication, plan))
		return;
	plan_compare_settings(wish, found, plan);
	plan_compare_partitions(wish, found, plan);
	plan_check_known(found, plan);
	if (plan->verdict == TCS_TOPIC_REFUSE)
		return;
	plan->verdict = plan->settings_n > 0 || plan->grow_to > 0
	                    ? TCS_TOPIC_CHANGE
	                    : TCS_TOPIC_LEAVE;
	if (wish->replication > 0 && wish->replication != found->replication)
		tcs_buf_printf(&plan->said,
		    "%shas %d cop%s, not %d: moving them is done with the "
		    "servers' own kafka-reassign-partitions.sh",
		    plan->said.n == 0 ? "" : "; ", found->replication,
		    found->replication == 1 ? "y" : "ies", wish->replication);
}

void
tcs_topic_plan(const struct tcs_topic_wish *wish,
    const struct tcs_topic_found *found, struct tcs_topic_plan *plan)
{
	tcs_buf_init(&plan->said, PLAN_TEXT_MAX);
	if (found->partitions == 0)
		plan_make(wish, plan);
	else
		plan_compare(wish, found, plan);
}

void
tcs_topic_plan_fini(struct tcs_topic_plan *plan)
{
	tcs_buf_fini(&plan->said);
}
