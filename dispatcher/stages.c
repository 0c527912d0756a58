#include "dispatcher/stages.h"

#include "core/clock.h"

#define STAGE_WORD(name, word) word,
static const char *const stages_words[] = {TCS_STAGES(STAGE_WORD)};
#undef STAGE_WORD

void
tcs_stages_init(struct tcs_stages *stages)
{
	for (int i = 0; i < TCS_STAGE_COUNT; i++)
		stages->ms[i] = TCS_NO_TIME;
}

void
tcs_stages_read(struct tcs_stages *stages, const struct tcs_record *record)
{
	tcs_stages_init(stages);
	for (int i = 0; i < TCS_STAGE_COUNT; i++) {
		int64_t ms;
		if (tcs_slice_i64(tcs_record_header(record, stages_words[i]), 0,
		        INT64_MAX, &ms) == TCS_OK)
			stages->ms[i] = ms;
	}
}

void
tcs_stages_headers(const struct tcs_stages *stages, const char *id,
    const char *trace, struct tcs_stage_headers *ret_headers)
{
	struct tcs_header *at = ret_headers->items;

	*at++ = (struct tcs_header){tcs_slice_str("id"), tcs_slice_str(id)};
	if (trace != NULL)
		*at++ = (struct tcs_header){
		    tcs_slice_str("trace"), tcs_slice_str(trace)};
	for (int i = 0; i < TCS_STAGE_COUNT; i++) {
		if (stages->ms[i] == TCS_NO_TIME)
			continue;
		*at++ = (struct tcs_header){tcs_slice_str(stages_words[i]),
		    tcs_slice_decimal(stages->ms[i], ret_headers->texts[i])};
	}
	ret_headers->n = (size_t)(at - ret_headers->items);
}

void
tcs_stages_write(const struct tcs_stages *stages, struct tcs_buf *buf)
{
	tcs_json_open(buf, "stages", '{');
	for (int i = 0; i < TCS_STAGE_COUNT; i++) {
		if (stages->ms[i] != TCS_NO_TIME)
			tcs_json_put_i64(buf, stages_words[i], stages->ms[i]);
	}
	tcs_json_close(buf, '}');
}

void
tcs_stages_from_json(struct tcs_stages *stages, const json_t *value)
{
	for (int i = 0; i < TCS_STAGE_COUNT; i++)
		stages->ms[i] =
		    tcs_json_i64(value, stages_words[i], TCS_NO_TIME);
}
