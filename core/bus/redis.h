/* redis.h - shared by the halves of the Redis driver: the log (redis.c:
 * publishing, trimming, lag, scan), the members (redis_member.c: leases and
 * reading), the lookers-on (redis_tail.c). */
#ifndef TOCSIN_CORE_BUS_REDIS_H
#define TOCSIN_CORE_BUS_REDIS_H

#include "core/bus/driver.h"
#include "core/bus/redis_record.h"

struct redis_bus {
	int acquire, renew, release, count_after; /* scripts' numbers */
};

extern const char tcs_redis_acquire[], tcs_redis_renew[], tcs_redis_release[];

struct tcs_bus_member *tcs_redis_join(struct tcs_bus *bus,
    const struct tcs_bus_member_conf *conf,
    const struct tcs_bus_member_ops *ops, void *arg);
void tcs_redis_leave(
    struct tcs_bus_member *member, void (*cb)(void *), void *arg);
void tcs_redis_member_free(struct tcs_bus_member *member);
void tcs_redis_read(struct tcs_unit *unit);
void tcs_redis_pause(struct tcs_unit *unit);
void tcs_redis_input(struct tcs_step *step, struct tcs_unit *unit,
    const struct tcs_record *record);
void tcs_redis_failed(struct tcs_unit *unit, const char *reason);
void tcs_redis_answered(struct tcs_unit *unit);

#endif
