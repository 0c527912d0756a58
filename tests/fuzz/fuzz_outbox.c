/* fuzz_outbox.c - an outbox entry as a new owner finds it in the store. What is
 * read lies within the bytes, and written again it is read the same; what is
 * refused leaves all outputs untouched. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/bus/kafka.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
fuzz_is_within(struct tcs_slice s, struct tcs_slice all)
{
	uintptr_t from = (uintptr_t)s.p, first = (uintptr_t)all.p;

	return from >= first && from <= first + all.n &&
	       s.n <= first + all.n - from;
}

static void
fuzz_assert_same(const struct tcs_outgoing *a, const struct tcs_outgoing *b)
{
	tcs_assert(strcmp(a->topic, b->topic) == 0);
	tcs_assert(tcs_slice_equal(a->key, b->key));
	tcs_assert(tcs_slice_equal(a->value, b->value));
	tcs_assert(a->headers_n == b->headers_n);
	for (size_t i = 0; i < a->headers_n; i++) {
		tcs_assert(
		    tcs_slice_equal(a->headers[i].name, b->headers[i].name));
		tcs_assert(
		    tcs_slice_equal(a->headers[i].value, b->headers[i].value));
	}
}

static void
fuzz_write_again(const struct tcs_outgoing *record)
{
	struct tcs_header headers[KAFKA_HEADERS];
	struct tcs_outgoing again;
	struct tcs_buf buf;
	char topic[64];

	tcs_buf_init(&buf, (size_t)4 << 20);
	tcs_kafka_write_record(&buf, record);
	tcs_assert(buf.err == TCS_OK);
	struct tcs_slice rest = tcs_buf_view(&buf);
	tcs_assert(
	    tcs_kafka_next_record(&rest, &again, topic, headers) == TCS_OK);
	tcs_assert(rest.n == 0);
	fuzz_assert_same(record, &again);
	tcs_buf_fini(&buf);
}

static void
fuzz_assert_read(const struct tcs_outgoing *record, struct tcs_slice all)
{
	tcs_assert(record->topic[0] != '\0' && strlen(record->topic) < 64);
	tcs_assert(record->headers_n <= KAFKA_HEADERS);
	tcs_assert(fuzz_is_within(record->key, all));
	tcs_assert(fuzz_is_within(record->value, all));
	for (size_t i = 0; i < record->headers_n; i++) {
		tcs_assert(fuzz_is_within(record->headers[i].name, all));
		tcs_assert(fuzz_is_within(record->headers[i].value, all));
	}
	fuzz_write_again(record);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcs_slice all = tcs_slice(data, size), rest = all;
	struct tcs_header headers[KAFKA_HEADERS];
	char topic[64];

	while (rest.n > 0) {
		struct tcs_outgoing record = {.topic = NULL};
		size_t before = rest.n;
		if (tcs_kafka_next_record(&rest, &record, topic, headers) !=
		    TCS_OK) {
			tcs_assert(record.topic == NULL);
			break;
		}
		tcs_assert(rest.n < before);
		fuzz_assert_read(&record, all);
	}
	return 0;
}
