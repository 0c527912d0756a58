#include "core/bus/kafka_admin.h"

#include <stdlib.h>
#include <string.h>

enum { ADMIN_WAIT_MS = 30000, ADMIN_GRACE_MS = 5000 };

/* The answer to a request, or NULL with a finding. */
static rd_kafka_event_t *
admin_answer(struct tcs_kafka_admin *a, const char *what, const char *name)
{
	rd_kafka_event_t *event =
	    rd_kafka_queue_poll(a->queue, ADMIN_WAIT_MS + ADMIN_GRACE_MS);
	const char *why =
	    event == NULL ? "no answer" : rd_kafka_event_error_string(event);

	if (event != NULL && rd_kafka_event_error(event) == 0)
		return event;
	(void)tcs_diag_add(
	    a->diag, TCS_EIO, NULL, 0, "%s: cannot %s: %s", name, what, why);
	if (event != NULL)
		rd_kafka_event_destroy(event);
	return NULL;
}

static rd_kafka_AdminOptions_t *
admin_options(struct tcs_kafka_admin *a, rd_kafka_admin_op_t op)
{
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(a->rk, op);
	char reason[256];

	tcs_assert(options != NULL);
	(void)rd_kafka_AdminOptions_set_request_timeout(
	    options, ADMIN_WAIT_MS, reason, sizeof(reason));
	if (op == RD_KAFKA_ADMIN_OP_CREATETOPICS ||
	    op == RD_KAFKA_ADMIN_OP_CREATEPARTITIONS ||
	    op == RD_KAFKA_ADMIN_OP_DELETETOPICS)
		(void)rd_kafka_AdminOptions_set_operation_timeout(
		    options, ADMIN_WAIT_MS, reason, sizeof(reason));
	return options;
}

/* What the server says of the one topic that was asked about. */
static enum tcs_err
admin_conclude(struct tcs_kafka_admin *a, const char *what, const char *name,
    rd_kafka_resp_err_t code, const char *reason)
{
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return TCS_OK;
	return tcs_diag_add(a->diag, TCS_EIO, NULL, 0, "%s: cannot %s: %s",
	    name, what, reason == NULL ? rd_kafka_err2str(code) : reason);
}

static enum tcs_err
admin_conclude_topic(struct tcs_kafka_admin *a, const char *what,
    const char *name, const rd_kafka_topic_result_t **results)
{
	return admin_conclude(a, what, name,
	    rd_kafka_topic_result_error(results[0]),
	    rd_kafka_topic_result_error_string(results[0]));
}

static enum tcs_err
admin_conclude_resource(struct tcs_kafka_admin *a, const char *what,
    const char *name, const rd_kafka_ConfigResource_t **resources)
{
	return admin_conclude(a, what, name,
	    rd_kafka_ConfigResource_error(resources[0]),
	    rd_kafka_ConfigResource_error_string(resources[0]));
}

enum tcs_err
tcs_kafka_topic_make(
    struct tcs_kafka_admin *a, const struct tcs_kafka_topic *one)
{
	const struct tcs_topic_plan *plan = &one->plan;
	char reason[256] = "";
	size_t n = 0;
	rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(one->name,
	    plan->partitions, plan->replication, reason, sizeof(reason));

	if (topic == NULL)
		return tcs_diag_add(
		    a->diag, TCS_EINVAL, NULL, 0, "%s: %s", one->name, reason);
	for (size_t i = 0; i < plan->settings_n; i++)
		(void)rd_kafka_NewTopic_set_config(
		    topic, plan->settings[i].name, plan->settings[i].value);
	rd_kafka_AdminOptions_t *options =
	    admin_options(a, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_CreateTopics(a->rk, &topic, 1, options, a->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_NewTopic_destroy(topic);
	rd_kafka_event_t *event = admin_answer(a, "be made", one->name);
	if (event == NULL)
		return TCS_EIO;
	const rd_kafka_topic_result_t **results =
	    rd_kafka_CreateTopics_result_topics(
	        rd_kafka_event_CreateTopics_result(event), &n);
	enum tcs_err err = TCS_OK;
	/* librdkafka asks again when the answer is late, and then the topic is
	 * there. */
	if (rd_kafka_topic_result_error(results[0]) !=
	    RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		err = admin_conclude_topic(a, "be made", one->name, results);
	rd_kafka_event_destroy(event);
	return err;
}

enum tcs_err
tcs_kafka_topic_grow(
    struct tcs_kafka_admin *a, const struct tcs_kafka_topic *one)
{
	char reason[256] = "";
	size_t n = 0;
	rd_kafka_NewPartitions_t *more = rd_kafka_NewPartitions_new(
	    one->name, (size_t)one->plan.grow_to, reason, sizeof(reason));

	if (more == NULL)
		return tcs_diag_add(
		    a->diag, TCS_EINVAL, NULL, 0, "%s: %s", one->name, reason);
	rd_kafka_AdminOptions_t *options =
	    admin_options(a, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
	rd_kafka_CreatePartitions(a->rk, &more, 1, options, a->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_NewPartitions_destroy(more);
	rd_kafka_event_t *event = admin_answer(a, "grow", one->name);
	if (event == NULL)
		return TCS_EIO;
	enum tcs_err err = admin_conclude_topic(a, "grow", one->name,
	    rd_kafka_CreatePartitions_result_topics(
	        rd_kafka_event_CreatePartitions_result(event), &n));
	rd_kafka_event_destroy(event);
	return err;
}

static bool
admin_is_changed(const struct tcs_topic_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->settings_n; i++) {
		if (strcmp(plan->settings[i].name, name) == 0)
			return true;
	}
	return false;
}

enum tcs_err
tcs_kafka_topic_alter(
    struct tcs_kafka_admin *a, const struct tcs_kafka_topic *one)
{
	const struct tcs_topic_plan *plan = &one->plan;
	size_t n = 0;
	rd_kafka_ConfigResource_t *resource =
	    rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, one->name);

	tcs_assert(resource != NULL);
	for (size_t i = 0; i < one->found.overrides_n; i++) {
		const struct tcs_topic_override *o = &one->found.overrides[i];
		if (!admin_is_changed(plan, o->name))
			(void)rd_kafka_ConfigResource_set_config(
			    resource, o->name, o->value);
	}
	for (size_t i = 0; i < plan->settings_n; i++)
		(void)rd_kafka_ConfigResource_set_config(
		    resource, plan->settings[i].name, plan->settings[i].value);
	rd_kafka_AdminOptions_t *options =
	    admin_options(a, RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
	rd_kafka_AlterConfigs(a->rk, &resource, 1, options, a->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_ConfigResource_destroy(resource);
	rd_kafka_event_t *event = admin_answer(a, "be changed", one->name);
	if (event == NULL)
		return TCS_EIO;
	enum tcs_err err = admin_conclude_resource(a, "be changed", one->name,
	    rd_kafka_AlterConfigs_result_resources(
	        rd_kafka_event_AlterConfigs_result(event), &n));
	rd_kafka_event_destroy(event);
	return err;
}

static enum tcs_err
admin_keep_overrides(struct tcs_topic_found *found,
    const rd_kafka_ConfigEntry_t **entries, size_t n)
{
	found->overrides = calloc(n + 1, sizeof(*found->overrides));
	if (found->overrides == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct tcs_topic_override *o =
		    &found->overrides[found->overrides_n];
		const char *value = rd_kafka_ConfigEntry_value(entries[i]);
		if (rd_kafka_ConfigEntry_source(entries[i]) !=
		    RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
			continue;
		found->overrides_n++;
		o->name = strdup(rd_kafka_ConfigEntry_name(entries[i]));
		o->value = value == NULL ? NULL : strdup(value);
		if (o->name == NULL || (value != NULL && o->value == NULL))
			return TCS_ENOMEM;
	}
	return TCS_OK;
}

enum tcs_err
tcs_kafka_topic_describe(struct tcs_kafka_admin *a, struct tcs_kafka_topic *one)
{
	size_t n = 0, entries_n = 0;
	rd_kafka_ConfigResource_t *resource =
	    rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, one->name);

	tcs_assert(resource != NULL);
	rd_kafka_AdminOptions_t *options =
	    admin_options(a, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	rd_kafka_DescribeConfigs(a->rk, &resource, 1, options, a->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_ConfigResource_destroy(resource);
	rd_kafka_event_t *event = admin_answer(a, "be looked at", one->name);
	if (event == NULL)
		return TCS_EIO;
	const rd_kafka_ConfigResource_t **resources =
	    rd_kafka_DescribeConfigs_result_resources(
	        rd_kafka_event_DescribeConfigs_result(event), &n);
	enum tcs_err err =
	    admin_conclude_resource(a, "be looked at", one->name, resources);
	if (err == TCS_OK) {
		const rd_kafka_ConfigEntry_t **entries =
		    rd_kafka_ConfigResource_configs(resources[0], &entries_n);
		err = admin_keep_overrides(&one->found, entries, entries_n);
	}
	rd_kafka_event_destroy(event);
	return err;
}

enum tcs_err
tcs_kafka_topic_drop(
    struct tcs_kafka_admin *a, const struct tcs_kafka_topic *one)
{
	size_t n = 0;
	rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(one->name);

	tcs_assert(topic != NULL);
	rd_kafka_AdminOptions_t *options =
	    admin_options(a, RD_KAFKA_ADMIN_OP_DELETETOPICS);
	rd_kafka_DeleteTopics(a->rk, &topic, 1, options, a->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_DeleteTopic_destroy(topic);
	rd_kafka_event_t *event = admin_answer(a, "be removed", one->name);
	if (event == NULL)
		return TCS_EIO;
	const rd_kafka_topic_result_t **results =
	    rd_kafka_DeleteTopics_result_topics(
	        rd_kafka_event_DeleteTopics_result(event), &n);
	enum tcs_err err = TCS_OK;
	if (rd_kafka_topic_result_error(results[0]) !=
	    RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
		err = admin_conclude_topic(a, "be removed", one->name, results);
	rd_kafka_event_destroy(event);
	return err;
}

void
tcs_kafka_topic_fini(struct tcs_kafka_topic *one)
{
	for (size_t i = 0; i < one->found.overrides_n; i++) {
		free(one->found.overrides[i].name);
		free(one->found.overrides[i].value);
	}
	free(one->found.overrides);
	tcs_topic_plan_fini(&one->plan);
}
