/* bus_url.h - "redis:", or "kafka://host:9092,other:9092": which bus, and where
 * it is. Pure: the configuration is checked with it too. */
#ifndef TOCSIN_CORE_BUS_URL_H
#define TOCSIN_CORE_BUS_URL_H

#include <stdbool.h>

#include "core/buf.h"

#define TCS_BUS_REDIS "redis:"
#define TCS_BUS_KAFKA "kafka://"

enum { TCS_BUS_SERVERS_MAX = 16, TCS_BUS_HOST_MAX = 253 };

bool tcs_bus_url_is_kafka(const char *url);
/* NULL when `url` names a bus, else why not. */
const char *tcs_bus_url_fault(const char *url);
/* "host:9092,other:9092" of a sound kafka:// URL; port 9092 where none is
 * written. */
void tcs_bus_url_servers(const char *url, struct tcs_buf *buf);

#endif
