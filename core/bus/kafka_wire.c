/* kafka_wire.c - how records stand in an outbox entry: see kafka.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/bus/kafka.h"

static void
wire_put(struct tcs_buf *buf, struct tcs_slice s)
{
	tcs_buf_printf(buf, "%zu:", s.n);
	tcs_buf_slice(buf, s);
	tcs_buf_char(buf, ',');
}

void
tcs_kafka_write_record(struct tcs_buf *buf, const struct tcs_outgoing *record)
{
	char count[24];

	wire_put(buf, tcs_slice_str(record->topic));
	wire_put(buf, record->key);
	wire_put(buf, record->value);
	(void)snprintf(count, sizeof(count), "%zu", record->headers_n);
	wire_put(buf, tcs_slice_str(count));
	for (size_t i = 0; i < record->headers_n; i++) {
		wire_put(buf, record->headers[i].name);
		wire_put(buf, record->headers[i].value);
	}
}

static enum tcs_err
wire_get(struct tcs_slice *bytes, struct tcs_slice *ret_s)
{
	struct tcs_slice rest;
	struct tcs_slice length = tcs_slice_cut(*bytes, ':', &rest);
	uint64_t n;

	if (rest.p == NULL || rest.n == 0 ||
	    tcs_slice_u64(length, rest.n - 1, &n) != TCS_OK || rest.p[n] != ',')
		return TCS_EPARSE;
	*ret_s = tcs_slice(rest.p, n);
	*bytes = tcs_slice(rest.p + n + 1, rest.n - n - 1);
	return TCS_OK;
}

enum tcs_err
tcs_kafka_next_record(struct tcs_slice *bytes, struct tcs_outgoing *ret_record,
    char topic[64], struct tcs_header headers[KAFKA_HEADERS])
{
	struct tcs_slice name, count;
	struct tcs_outgoing record = {.topic = topic, .headers = headers};
	uint64_t n = 0;

	if (wire_get(bytes, &name) != TCS_OK || name.n == 0 || name.n > 63 ||
	    memchr(name.p, '\0', name.n) != NULL ||
	    wire_get(bytes, &record.key) != TCS_OK ||
	    wire_get(bytes, &record.value) != TCS_OK ||
	    wire_get(bytes, &count) != TCS_OK ||
	    tcs_slice_u64(count, KAFKA_HEADERS, &n) != TCS_OK)
		return TCS_EPARSE;
	for (uint64_t i = 0; i < n; i++) {
		if (wire_get(bytes, &headers[i].name) != TCS_OK ||
		    wire_get(bytes, &headers[i].value) != TCS_OK)
			return TCS_EPARSE;
	}
	(void)snprintf(topic, 64, "%.*s", TCS_SLICE_ARG(name));
	record.headers_n = n;
	*ret_record = record;
	return TCS_OK;
}
