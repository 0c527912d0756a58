/* reading.c - from bulletins to readings: when each holds, where, what it says
 * in words and in numbers. */
#include <string.h>

#include "collectors/feeds/avalanche/avalanche.h"
#include "collectors/feeds/avalanche/text.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/level.h"

enum { AVALANCHE_TEXT_MAX = 64 * 1024 };

/* What a bulletin without validity is good for. */
#define AVALANCHE_VALID_MS TCS_HOURS(27)
#define AVALANCHE_WEB "https://meteofrance.com/meteo-montagne"

static int64_t
avalanche_expires(const struct avalanche_bulletin *b)
{
	return b->valid_until.is_set ? b->valid_until.late_ms
	                             : b->issued.late_ms + AVALANCHE_VALID_MS;
}

/* Each day at 16:00, as a rule: on the day on which it ends to hold. */
static int64_t
avalanche_next_issue(const struct avalanche_bulletin *b)
{
	return b->valid_until.is_set
	           ? tcs_time_next_daily(
	                 b->valid_until.midnight_ms - 1, AVALANCHE_HOUR)
	           : tcs_time_next_daily(
	                 b->issued.early_ms + TCS_HOURS(12), AVALANCHE_HOUR);
}

/* By name first: other people's numbers are often off by one. */
static const char *const *
avalanche_tabled(
    const struct avalanche_run *run, const struct avalanche_bulletin *b)
{
	const char *const *named =
	    tcs_zonetable_find_named(run->st->table, b->massif);

	return named != NULL ? named
	                     : tcs_zonetable_find(run->st->table, b->code);
}

/* A table of people's own, then Météo-France's list, then what is built in. */
static const char *const *
avalanche_departements(
    const struct avalanche_run *run, const struct avalanche_bulletin *b)
{
	const struct avalanche_massif *listed =
	    tcs_avalanche_massif_find(&run->massifs, b->code);
	const char *const *tabled = avalanche_tabled(run, b);
	bool is_listed = listed != NULL && listed->departements[0] != NULL;

	return is_listed && (run->st->table_path == NULL || tabled == NULL)
	           ? listed->departements
	           : tabled;
}

/* Numbers and times as people wrote them, for rules and templates. */
static size_t
avalanche_params(struct tcs_arena *arena, const struct avalanche_bulletin *b,
    struct tcs_pair params[8])
{
	const struct {
		const char *name;
		int value;
	} numbers[] = {{"tocsin:risk-below", b->low.level},
	    {"tocsin:risk-above", b->high.level},
	    {"tocsin:altitude", b->altitude},
	    {"tocsin:risk-next-day", b->next_level}};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i].value > 0)
			params[n++] = (struct tcs_pair){numbers[i].name,
			    tcs_arena_printf(arena, "%d", numbers[i].value)};
	}
	if (b->next_day.is_set)
		params[n++] =
		    (struct tcs_pair){"tocsin:next-day", b->next_day.day};
	if (b->valid_until.is_set)
		params[n++] = (struct tcs_pair){
		    "tocsin:valid-until-printed", b->valid_until.printed};
	if (b->is_amended)
		params[n++] = (struct tcs_pair){"tocsin:amended", "yes"};
	return n;
}

static enum tcs_err
avalanche_emit(struct avalanche_run *run, const struct avalanche_bulletin *b,
    struct tcs_reading_sink *out)
{
	static const char *const levels[] = {
	    TCS_LEVEL_UNKNOWN, "1", "2", "3", "4", "5"};
	struct tcs_buf headline, text;
	struct tcs_pair params[8];
	struct tcs_reading reading = {
	    .kind = TCS_READING_LEVEL,
	    .zone = b->code,
	    .zone_name = b->massif,
	    .phenomenon = "avalanches",
	    .level = levels[b->level],
	    .is_worded = true,
	    .web = AVALANCHE_WEB,
	    .departements = avalanche_departements(run, b),
	    .issued_ms = b->issued.is_set ? b->issued.early_ms : TCS_NO_TIME,
	    .expires_ms = avalanche_expires(b),
	    .category = "Geo",
	    .event = "Risque d'avalanches",
	    .params = params,
	    .params_n = avalanche_params(run->arena, b, params),
	};

	tcs_buf_init(&headline, AVALANCHE_TEXT_MAX);
	tcs_buf_init(&text, AVALANCHE_TEXT_MAX);
	tcs_avalanche_headline(&headline, b, b->massif);
	tcs_avalanche_text(&text, b);
	reading.headline = headline.p;
	reading.text = text.p;
	enum tcs_err err = text.err == TCS_OK ? headline.err : text.err;
	for (size_t i = 0; i < reading.params_n; i++)
		err = params[i].value == NULL ? TCS_ENOMEM : err;
	if (err == TCS_OK)
		err = out->emit(out->arg, &reading);
	tcs_buf_fini(&text);
	tcs_buf_fini(&headline);
	return err;
}

/* One whose validity was over when the newest was issued says nothing now. */
enum tcs_err
tcs_avalanche_readings(struct avalanche_run *run, struct tcs_document *document,
    struct tcs_reading_sink *out)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < run->n; i++) {
		const struct avalanche_bulletin *b = &run->bulletins[i];
		if (b->issued.is_set &&
		    b->issued.early_ms > document->issued_ms)
			document->issued_ms = b->issued.early_ms;
	}
	for (size_t i = 0; err == TCS_OK && i < run->n; i++) {
		const struct avalanche_bulletin *b = &run->bulletins[i];
		int64_t expires_ms = avalanche_expires(b);
		int64_t next_ms = avalanche_next_issue(b);
		if (expires_ms <= document->issued_ms) {
			run->stale++;
			continue;
		}
		if (expires_ms > document->expires_ms)
			document->expires_ms = expires_ms;
		if (next_ms > document->next_issue_ms)
			document->next_issue_ms = next_ms;
		err = avalanche_emit(run, b, out);
	}
	return err;
}
