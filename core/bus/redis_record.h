/* redis_record.h - how a record stands in a stream, and who reads it beside the
 * members of a group; for the driver's own files. */
#ifndef TOCSIN_CORE_BUS_REDIS_RECORD_H
#define TOCSIN_CORE_BUS_REDIS_RECORD_H

#include "core/bus/driver.h"

struct tcs_reply;

enum { TCS_REDIS_HEADERS = 32 };

/* Fill key, value and headers from an entry's fields `k`, `v`, `h.<name>`; all
 * of it borrowed. More headers than that are left out. */
void tcs_redis_read_fields(const struct tcs_reply *fields,
    struct tcs_record *ret_record,
    struct tcs_header headers[TCS_REDIS_HEADERS]);

/* When the server took it: the milliseconds of "1790000000000-0"; 0: none. */
int64_t tcs_redis_id_ms(const char *id);

struct tcs_bus_tail *tcs_redis_tail_open(
    struct tcs_bus *bus, const char *topic, tcs_bus_tail_cb *cb, void *arg);
bool tcs_redis_tail_is_open(const struct tcs_bus_tail *tail);
void tcs_redis_tail_close(struct tcs_bus_tail *tail);

#endif
