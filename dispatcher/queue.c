#include "dispatcher/queue.h"

#include <stdlib.h>
#include <string.h>

struct tcs_target {
	char *name;
	struct tcs_queued_list ready[TCS_URGENCIES];
	size_t ready_n;
	size_t flying;
	bool is_suspect; /* its last attempt failed */
	/* In which of the queue's lists it is, if any. */
	struct tcs_target_list *list;
	TAILQ_ENTRY(tcs_target) next;
};

void
tcs_queue_init(struct tcs_queue *queue, size_t slots)
{
	memset(queue, 0, sizeof(*queue));
	queue->slots = slots == 0 ? 1 : slots;
	for (size_t i = 0; i < TCS_URGENCIES; i++) {
		TAILQ_INIT(&queue->healthy[i]);
		TAILQ_INIT(&queue->suspect[i]);
	}
}

void
tcs_queue_fini(struct tcs_queue *queue)
{
	tcs_assert(queue->targets.n == 0);
	tcs_map_fini(&queue->targets);
}

static struct tcs_target *
queue_target(struct tcs_queue *queue, const char *name)
{
	struct tcs_target *target = tcs_map_get(&queue->targets, name);

	if (target != NULL)
		return target;
	target = calloc(1, sizeof(*target));
	if (target == NULL)
		return NULL;
	target->name = strdup(name);
	if (target->name == NULL ||
	    tcs_map_put(&queue->targets, target->name, target) != TCS_OK) {
		free(target->name);
		free(target);
		return NULL;
	}
	for (size_t i = 0; i < TCS_URGENCIES; i++)
		TAILQ_INIT(&target->ready[i]);
	return target;
}

static struct tcs_queued *
queue_first(const struct tcs_target *target)
{
	for (size_t i = 0; i < TCS_URGENCIES; i++) {
		if (!TAILQ_EMPTY(&target->ready[i]))
			return TAILQ_FIRST(&target->ready[i]);
	}
	return NULL;
}

static size_t
queue_half(const struct tcs_queue *queue)
{
	return queue->slots < 2 ? 1 : queue->slots / 2;
}

/* Put the target into the list where it belongs now, or forget it. */
static void
queue_place(struct tcs_queue *queue, struct tcs_target *target)
{
	struct tcs_queued *first = queue_first(target);
	size_t width = target->is_suspect ? 1 : queue_half(queue);
	struct tcs_target_list *list = NULL;

	if (first != NULL && target->flying < width)
		list = target->is_suspect ? &queue->suspect[first->urgency]
		                          : &queue->healthy[first->urgency];
	if (list != target->list) {
		if (target->list != NULL)
			TAILQ_REMOVE(target->list, target, next);
		if (list != NULL)
			TAILQ_INSERT_TAIL(list, target, next);
		target->list = list;
	}
	if (target->ready_n == 0 && target->flying == 0) {
		(void)tcs_map_remove(&queue->targets, target->name);
		free(target->name);
		free(target);
	}
}

enum tcs_err
tcs_queue_push(struct tcs_queue *queue, const char *target_name,
    enum tcs_urgency urgency, struct tcs_queued *item)
{
	struct tcs_target *target = queue_target(queue, target_name);

	if (target == NULL)
		return TCS_ENOMEM;
	tcs_assert(!item->is_ready && !item->is_flying);
	item->target = target;
	item->urgency = urgency;
	item->is_ready = true;
	TAILQ_INSERT_TAIL(&target->ready[urgency], item, next);
	target->ready_n++;
	queue->ready++;
	queue_place(queue, target);
	return TCS_OK;
}

static void
queue_unready(struct tcs_queue *queue, struct tcs_queued *item)
{
	TAILQ_REMOVE(&item->target->ready[item->urgency], item, next);
	item->target->ready_n--;
	item->is_ready = false;
	queue->ready--;
}

void
tcs_queue_remove(struct tcs_queue *queue, struct tcs_queued *item)
{
	struct tcs_target *target = item->target;

	if (!item->is_ready)
		return;
	queue_unready(queue, item);
	item->target = NULL;
	queue_place(queue, target);
}

static struct tcs_target *
queue_next(const struct tcs_queue *queue)
{
	bool has_share = queue->flying_suspects < queue_half(queue);

	for (size_t i = 0; i < TCS_URGENCIES; i++) {
		if (!TAILQ_EMPTY(&queue->healthy[i]))
			return TAILQ_FIRST(&queue->healthy[i]);
		if (has_share && !TAILQ_EMPTY(&queue->suspect[i]))
			return TAILQ_FIRST(&queue->suspect[i]);
	}
	return NULL;
}

struct tcs_queued *
tcs_queue_take(struct tcs_queue *queue, int64_t now_ms)
{
	bool is_down = queue->downs > 0;

	if (queue->flying >= queue->slots ||
	    (is_down && (queue->flying > 0 || now_ms < queue->probe_ms)))
		return NULL;
	struct tcs_target *target = queue_next(queue);
	if (target == NULL)
		return NULL;
	struct tcs_queued *item = queue_first(target);
	queue_unready(queue, item);
	item->is_flying = true;
	target->flying++;
	queue->flying++;
	if (target->is_suspect)
		queue->flying_suspects++;
	/* Behind the others of its list: each target gets its turn. */
	TAILQ_REMOVE(target->list, target, next);
	target->list = NULL;
	queue_place(queue, target);
	return item;
}

void
tcs_queue_release(struct tcs_queue *queue, struct tcs_queued *item,
    enum tcs_flight_end end, int64_t probe_ms)
{
	struct tcs_target *target = item->target;

	tcs_assert(item->is_flying);
	item->is_flying = false;
	item->target = NULL;
	target->flying--;
	queue->flying--;
	if (target->is_suspect)
		queue->flying_suspects--;
	if (end == TCS_FLIGHT_DOWN) {
		queue->downs++;
		queue->probe_ms = probe_ms;
	} else if (end != TCS_FLIGHT_NOTHING) {
		queue->downs = 0;
		bool is_suspect = end == TCS_FLIGHT_FAILED;
		/* Those still in flight there change sides with it. */
		if (is_suspect && !target->is_suspect)
			queue->flying_suspects += target->flying;
		if (!is_suspect && target->is_suspect)
			queue->flying_suspects -= target->flying;
		target->is_suspect = is_suspect;
	}
	queue_place(queue, target);
}
