/* nominal.c - Vigicrues speaks at 10:00 and 16:00, and in between when it must.
 * In the observatory's legal time, which is that of Paris in the métropole. */
#include <string.h>

#include "collectors/feeds/vigicrues/vigicrues.h"

enum {
	VIGICRUES_MORNING = 10 * 60, /* nominal issues, minutes, Paris */
	VIGICRUES_EVENING = 16 * 60,
};

/* A map is published a few minutes before its nominal hour. */
#define VIGICRUES_EARLY_MS TCS_HOURS(1)

int64_t
tcs_vigicrues_nominal_after(int64_t ms)
{
	int64_t morning = tcs_time_next_daily(ms, VIGICRUES_MORNING);
	int64_t evening = tcs_time_next_daily(ms, VIGICRUES_EVENING);

	return morning < evening ? morning : evening;
}

/* RefInfoVigiCru, "15092026_16": which nominal map this is, or re-issues. */
static bool
vigicrues_ref(const json_t *value, int64_t *ret_nominal_ms)
{
	const char *ref = json_string_value(value);
	char day[] = "YYYY-MM-DDT00:00:00Z";
	int64_t midnight_ms;

	if (ref == NULL || strlen(ref) != 11 ||
	    (strcmp(ref + 8, "_10") != 0 && strcmp(ref + 8, "_16") != 0))
		return false;
	memcpy(day, ref + 4, 4);
	memcpy(day + 5, ref + 2, 2);
	memcpy(day + 8, ref, 2);
	if (tcs_time_parse(tcs_slice_str(day), &midnight_ms) != TCS_OK)
		return false;
	/* Midnight UTC is before 10:00 in Paris: the next such hour is that
	 * day's. */
	*ret_nominal_ms = tcs_time_next_daily(midnight_ms,
	    ref[10] == '0' ? VIGICRUES_MORNING : VIGICRUES_EVENING);
	return true;
}

/* The nominal hour that the map issued at `issued_ms` stands for is over with
 * it, though it is published minutes before: the next one counts. Without a
 * usable reference, an issue within the quarter before counts as that one. */
int64_t
tcs_vigicrues_next_issue(int64_t issued_ms, json_t *ref)
{
	int64_t next_ms = tcs_vigicrues_nominal_after(issued_ms);
	int64_t nominal_ms;

	if (vigicrues_ref(ref, &nominal_ms)) {
		bool is_early = nominal_ms == next_ms &&
		                next_ms - issued_ms <= VIGICRUES_EARLY_MS;
		return is_early ? tcs_vigicrues_nominal_after(next_ms)
		                : next_ms;
	}
	return next_ms - issued_ms <= TCS_MINUTES(15)
	           ? tcs_vigicrues_nominal_after(next_ms)
	           : next_ms;
}
