/* redis.h - shared by the parts of the Redis driver: the log (redis.c:
 * publishing, trimming, lag, scan), the members' reading (redis_read.c), the
 * lookers-on (redis_tail.c). */
#ifndef TOCSIN_CORE_BUS_REDIS_H
#define TOCSIN_CORE_BUS_REDIS_H

#include "core/bus/driver.h"
#include "core/bus/redis_record.h"

struct tcs_bus_member *tcs_redis_join(struct tcs_bus *bus,
    const struct tcs_bus_member_conf *conf,
    const struct tcs_bus_member_ops *ops, void *arg);
void tcs_redis_read(struct tcs_unit *unit);
void tcs_redis_pause(struct tcs_unit *unit);
void tcs_redis_input(struct tcs_step *step, struct tcs_unit *unit,
    const struct tcs_record *record);
void tcs_redis_answered(struct tcs_unit *unit);

#endif
