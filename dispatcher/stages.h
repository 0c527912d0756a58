/* stages.h - when each stage of a message was reached, in ms since 1970. They
 * travel in headers of records, and unknown stays unknown. */
#ifndef TOCSIN_DISPATCHER_STAGES_H
#define TOCSIN_DISPATCHER_STAGES_H

#include <stdint.h>

#include "core/bus.h"
#include "core/json.h"

#define TCS_STAGES(X)                                                          \
	X(FACT, "fact")                                                        \
	X(ISSUED, "issued")                                                    \
	X(FETCHED, "fetched")                                                  \
	X(SIGNALLED, "signalled")                                              \
	X(PROPOSED, "proposed")                                                \
	X(DECIDED, "decided")                                                  \
	X(ACCEPTED, "accepted")

#define TCS_STAGE_ENUM(name, word) TCS_STAGE_##name,
enum tcs_stage { TCS_STAGES(TCS_STAGE_ENUM) TCS_STAGE_COUNT };
#undef TCS_STAGE_ENUM

struct tcs_stages {
	int64_t ms[TCS_STAGE_COUNT]; /* or TCS_NO_TIME */
};

void tcs_stages_init(struct tcs_stages *stages); /* none is known */
/* As the record's headers say; what cannot be read is unknown. */
void tcs_stages_read(
    struct tcs_stages *stages, const struct tcs_record *record);

/* "id", "trace" (NULL: none) and the stages that are known, as headers; borrows
 * both texts. */
struct tcs_stage_headers {
	struct tcs_header items[2 + TCS_STAGE_COUNT];
	size_t n;
	char texts[TCS_STAGE_COUNT][TCS_SLICE_DECIMAL];
};
void tcs_stages_headers(const struct tcs_stages *stages, const char *id,
    const char *trace, struct tcs_stage_headers *ret_headers);

/* The member "stages", an object of those known. */
void tcs_stages_write(const struct tcs_stages *stages, struct tcs_buf *buf);
void tcs_stages_from_json(struct tcs_stages *stages, const json_t *value);

#endif
