/* redis.h - shared by the parts of the Redis driver: the log (redis.c:
 * publishing, trimming, lag, scan), the members' reading (redis_read.c), the
 * lookers-on (redis_tail.c). */
#ifndef TOCSIN_CORE_BUS_REDIS_H
#define TOCSIN_CORE_BUS_REDIS_H

#include "core/bus/driver.h"
#include "core/bus/redis_record.h"

/* "<prefix><topic>.<partition>": the name of a stream, behind the realm's
 * prefix or, in a step, which adds it, without. Returns `text`. */
enum { TCS_REDIS_STREAM = 192 };
char *tcs_redis_stream(const char *prefix, const char *topic,
    unsigned partition, char text[TCS_REDIS_STREAM]);

struct tcs_bus_member *tcs_redis_join(struct tcs_bus *bus,
    const struct tcs_bus_member_conf *conf,
    const struct tcs_bus_member_ops *ops, void *arg);
void tcs_redis_read(struct tcs_unit *unit);
void tcs_redis_pause(struct tcs_unit *unit);
void tcs_redis_input(struct tcs_step *step, struct tcs_unit *unit,
    const struct tcs_record *record);
void tcs_redis_answered(struct tcs_unit *unit);

#endif
