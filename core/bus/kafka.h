/* kafka.h - shared by the parts of the Kafka driver: the log (kafka.c:
 * producing), what a step leaves in its unit's outbox (kafka_outbox.c), the
 * group's member (kafka_group.c) and its reading (kafka_read.c), scan and the
 * lookers-on (kafka_look.c), lag (kafka_lag.c).
 *
 * Ownership has two locks. The group's assignment says who may try; the lease
 * in the store says who is, as on the other bus. What a step publishes is
 * stored with its state in the outbox of its unit, a hash
 * `outbox:<group>:<unit>` of numbered entries, and only then produced:
 *
 *   script: fence, guards, state, position, entry -> produced -> acknowledged
 *        -> entry removed -> offset stored for the group
 *
 * A new owner produces what it finds there before anything else. */
#ifndef TOCSIN_CORE_BUS_KAFKA_H
#define TOCSIN_CORE_BUS_KAFKA_H

#include <sys/queue.h>

#include "core/bus/kafka_conf.h"
#include "core/bus/member.h"
#include "core/log.h"
#include "core/step_wire.h"

struct tcs_kafka_oauth;
struct tcs_timer;
struct tcs_watch;

enum {
	KAFKA_HEADERS = 32,
	KAFKA_NAME_MAX = 160,
	/* Key, value and headers of a record; the broker's limit is 1 MiB with
	 * its own bytes around them. */
	KAFKA_RECORD_MAX = TCS_RECORD_MAX + 40000,
	KAFKA_POLL_MS = 500,
	KAFKA_OUTBOX_RECORDS = 10000,
	KAFKA_OUTBOX_BYTES = 64 * 1024 * 1024,
};

/* Calls `cb` from the loop when one of its queues has something, and each
 * 500 ms: librdkafka wants to be polled although nothing comes. */
struct kafka_wake {
	int fd; /* an eventfd, written by librdkafka's threads */
	struct tcs_watch *watch;
	struct tcs_timer *timer;
	void (*cb)(void *arg);
	void *arg;
};
bool tcs_kafka_wake_open(struct kafka_wake *wake, struct tcs_loop *loop,
    void (*cb)(void *arg), void *arg);
void tcs_kafka_wake_close(struct kafka_wake *wake);
void tcs_kafka_wake_add(struct kafka_wake *wake, rd_kafka_queue_t *queue);

struct kafka_unit;

/* What one step publishes, on its way. */
struct kafka_sending {
	unsigned magic;
	struct kafka_bus *kafka;
	struct kafka_unit *unit; /* NULL: of nobody, or of a former owner */
	uint64_t seq;            /* of its entry in the outbox */
	char *bytes;             /* the entry; owned */
	size_t n, records_n, unacked;
	bool is_refused; /* by the producer itself; ended from the loop */
	bool is_acked, is_cleared;
	rd_kafka_resp_err_t failure; /* the first record's that was refused */
	int64_t inputs[TCS_STEP_INPUTS]; /* offsets read, or -1 */
	tcs_step_cb *cb; /* without unit: called once, then NULL */
	void *arg;
	struct tcs_timer *deadline;
	TAILQ_ENTRY(kafka_sending) next; /* of its unit */
	LIST_ENTRY(kafka_sending) all;
};

struct kafka_bus {
	unsigned magic;
	struct tcs_bus *bus;
	char *url;
	struct tcs_bus_property *properties; /* owned, with their texts */
	size_t properties_n;
	rd_kafka_t *producer; /* NULL until something is produced or asked */
	struct kafka_wake wake;
	rd_kafka_topic_t *expected[MEMBER_TOPICS]; /* kept: their leaders too */
	size_t expected_n;
	struct tcs_kafka_oauth *oauth;   /* the producer's */
	size_t pending_n, pending_bytes; /* produced, not acknowledged */
	LIST_HEAD(, kafka_sending) sendings;
	struct tcs_complaint complaint;
	rd_kafka_resp_err_t trouble; /* said: password or certificate */
	int64_t lag_failed_ms;       /* CLOCK_BOOTTIME; 0: it did not */
};

struct kafka_unit {
	struct tcs_member_unit m; /* first: a unit is cast to it */
	bool is_wanted, is_reading;
	bool is_begun;   /* reading, since it was taken */
	bool was_handed; /* records, since the group assigned it */
	struct {
		rd_kafka_queue_t *queue; /* NULL: not assigned by the group */
		int64_t next;            /* offset expected, or -1: any */
		char stepped[TCS_POSITION_MAX]; /* position once all is done */
	} topics[MEMBER_TOPICS];
	size_t topics_n; /* assigned by the group */
	size_t loading;  /* answers still to come */
	uint64_t load_epoch;
	uint64_t seq; /* of the last entry */
	bool is_clearing;
	TAILQ_HEAD(, kafka_sending) sendings;
	int64_t sought_ms;
};

/* A member's own; tcs_bus_member's data. */
struct kafka_member {
	struct tcs_bus_member *member;
	rd_kafka_t *consumer;
	struct kafka_wake wake;
	struct tcs_kafka_oauth *oauth;
	bool is_over; /* the broker gave our name to another process */
	/* The consumer has ended by an error of its own: it is made anew. */
	bool is_broken;
	/* The session is over for want of a coordinator, and none has assigned
	 * anything since; CLOCK_BOOTTIME when that was last so. */
	bool is_lost;
	int64_t lost_ms;
	struct tcs_timer *again;
	struct tcs_timer *drain; /* while leaving */
	int64_t drain_until_ms;
	void (*left)(void *);
	void *left_arg;
};

/* Configuration for a client, all that is common set; NULL, said in the log:
 * what the file says was refused. */
rd_kafka_conf_t *tcs_kafka_conf(
    const struct kafka_bus *kafka, const char *what, struct tcs_diag *diag);
/* Its tokens, if it is to have any. */
struct tcs_kafka_oauth *tcs_kafka_serve_oauth(
    const struct kafka_bus *kafka, rd_kafka_t *rk);
/* One of our own settings: it must be known. */
void tcs_kafka_set(rd_kafka_conf_t *conf, const char *name, const char *value);
/* The topic's name with the realm. */
void tcs_kafka_topic(
    const struct tcs_bus *bus, const char *topic, char name[KAFKA_NAME_MAX]);
/* Trouble with the brokers, said when it begins and when it is over. */
void tcs_kafka_trouble(struct kafka_bus *kafka, const char *who,
    rd_kafka_resp_err_t err, const char *reason);
void tcs_kafka_is_well(struct kafka_bus *kafka);
/* Fill a record from a message; all of it borrowed from that. */
void tcs_kafka_read(const struct tcs_bus *bus, const rd_kafka_message_t *m,
    struct tcs_record *ret_record, struct tcs_header headers[KAFKA_HEADERS],
    char position[TCS_POSITION_MAX]);

/* Made at the first call; NULL: refused, with findings. */
rd_kafka_t *tcs_kafka_producer(struct kafka_bus *kafka, struct tcs_diag *diag);
/* Ask for the leaders of these topics now. */
void tcs_kafka_expect(struct kafka_bus *kafka, const char *const *topics);
/* Hand all records of a sending to the producer. */
void tcs_kafka_produce(struct kafka_sending *sending);
struct kafka_sending *tcs_kafka_sending_new(
    struct kafka_bus *kafka, struct tcs_slice records, size_t records_n);
void tcs_kafka_sending_free(struct kafka_sending *sending);
/* Every record of it was answered. */
void tcs_kafka_outbox_acked(struct kafka_sending *sending);

/* Records of an outbox entry, one after the other: netstrings of topic, key,
 * value, number of headers, then name and value of each. */
void tcs_kafka_write_record(
    struct tcs_buf *buf, const struct tcs_outgoing *record);
/* Reads one off `*bytes`; TCS_EPARSE. */
enum tcs_err tcs_kafka_next_record(struct tcs_slice *bytes,
    struct tcs_outgoing *ret_record, char topic[64],
    struct tcs_header headers[KAFKA_HEADERS]) TCS_MUST_USE;

/* The outbox of a unit. */
void *tcs_kafka_prepare(struct tcs_unit *unit, struct tcs_step *step);
void tcs_kafka_stored(struct tcs_unit *unit, void *prepared, bool is_ours);
void tcs_kafka_load(struct tcs_member_unit *unit);
void tcs_kafka_outbox_drop(struct kafka_unit *unit);

/* The members. */
struct tcs_bus_member *tcs_kafka_join(struct tcs_bus *bus,
    const struct tcs_bus_member_conf *conf,
    const struct tcs_bus_member_ops *ops, void *arg);
/* Once what is on its way has arrived, or after 2 s. */
void tcs_kafka_leave(
    struct tcs_bus_member *member, void (*cb)(void *), void *arg);
void tcs_kafka_member_free(struct tcs_bus_member *member);
void tcs_kafka_read_unit(struct tcs_unit *unit);
void tcs_kafka_pause(struct tcs_unit *unit);
void tcs_kafka_input(struct tcs_step *step, struct tcs_unit *unit,
    const struct tcs_record *record);
void tcs_kafka_answered(struct tcs_unit *unit);
/* What there is for the unit, while it has room. */
void tcs_kafka_read_more(struct kafka_unit *unit);
/* Go on at an offset. Where it fails the messages that come are not those
 * expected, and it is tried again. */
void tcs_kafka_seek(struct kafka_unit *unit, size_t topic, int64_t offset);
/* Offsets of what a sending was made from: done, for the group. */
void tcs_kafka_store_offsets(
    struct kafka_unit *unit, const int64_t inputs[TCS_STEP_INPUTS]);

/* Looking. */
void tcs_kafka_lag(struct tcs_bus *bus, const char *group, const char *topic,
    tcs_bus_lag_cb *cb, void *arg);
void tcs_kafka_scan(struct tcs_bus *bus, const char *topic, tcs_bus_scan_cb *cb,
    void (*done)(void *arg, enum tcs_err err), void *arg);
struct tcs_bus_tail *tcs_kafka_tail_open(
    struct tcs_bus *bus, const char *topic, tcs_bus_tail_cb *cb, void *arg);
bool tcs_kafka_tail_is_open(const struct tcs_bus_tail *tail);
void tcs_kafka_tail_close(struct tcs_bus_tail *tail);

#endif
