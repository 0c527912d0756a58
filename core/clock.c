#include "core/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
	bool is_held;
	int64_t now_ms;
	bool is_zone_set;
} clock_state;

static int64_t
clock_read(clockid_t id)
{
	struct timespec ts;

	tcs_assert(clock_gettime(id, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
tcs_clock_now_ms(void)
{
	return clock_state.is_held ? clock_state.now_ms : tcs_clock_wall_ms();
}

void
tcs_clock_hold(int64_t now_ms)
{
	clock_state.is_held = true;
	clock_state.now_ms = now_ms;
}

bool
tcs_clock_is_held(void)
{
	return clock_state.is_held;
}

void
tcs_clock_release(void)
{
	clock_state.is_held = false;
}

int64_t
tcs_clock_boot_ms(void)
{
	return clock_read(CLOCK_BOOTTIME);
}

int64_t
tcs_clock_wall_ms(void)
{
	return clock_read(CLOCK_REALTIME);
}

int64_t
tcs_clock_wall_us(void)
{
	struct timespec ts;

	tcs_assert(clock_gettime(CLOCK_REALTIME, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

enum tcs_err
tcs_clock_set_zone(const char *name)
{
	char path[128];
	int n = snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);

	if (n < 0 || (size_t)n >= sizeof(path) || strstr(name, "..") != NULL ||
	    name[0] == '\0' || access(path, R_OK) != 0)
		return TCS_EINVAL;
	if (setenv("TZ", name, 1) != 0)
		return TCS_ENOMEM;
	tzset();
	clock_state.is_zone_set = true;
	return TCS_OK;
}

static void
clock_local(int64_t ms, struct tm *tm)
{
	if (!clock_state.is_zone_set)
		(void)!tcs_clock_set_zone("Europe/Paris");
	int64_t seconds = ms >= 0 ? ms / 1000 : -((999 - ms) / 1000);
	time_t t = (time_t)seconds;
	memset(tm, 0, sizeof(*tm));
	(void)localtime_r(&t, tm);
}

/* Four digits hold the year of any time we accept. */
static unsigned
clock_year(const struct tm *tm)
{
	return (unsigned)(tm->tm_year + 1900) % 10000U;
}

/* `value` in `n` digits; past them. */
static char *
clock_write(char *p, unsigned value, int n)
{
	for (int i = n - 1; i >= 0; i--) {
		p[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return p + n;
}

char *
tcs_time_iso(int64_t ms, char text[TCS_TIME_TEXT])
{
	struct tm tm;

	clock_local(ms, &tm);
	long offset = tm.tm_gmtoff / 60;
	char sign = offset < 0 ? '-' : '+';
	unsigned minutes = (unsigned)(offset < 0 ? -offset : offset) % 6000U;
	/* Written by hand: each signal has ten of them. */
	const struct {
		unsigned value;
		char after;
	} parts[] = {{(unsigned)tm.tm_mon + 1, '-'},
	    {(unsigned)tm.tm_mday, 'T'}, {(unsigned)tm.tm_hour, ':'},
	    {(unsigned)tm.tm_min, ':'}, {(unsigned)tm.tm_sec, sign},
	    {minutes / 60, ':'}, {minutes % 60, '\0'}};
	char *p = clock_write(text, clock_year(&tm), 4);
	*p++ = '-';
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		p = clock_write(p, parts[i].value, 2);
		*p++ = parts[i].after;
	}
	return text;
}

char *
tcs_time_compact(int64_t ms, char text[TCS_TIME_TEXT])
{
	struct tm tm;
	time_t t = (time_t)(ms / 1000);

	memset(&tm, 0, sizeof(tm));
	(void)gmtime_r(&t, &tm);
	char *p = clock_write(text, clock_year(&tm), 4);
	p = clock_write(p, (unsigned)tm.tm_mon + 1, 2);
	p = clock_write(p, (unsigned)tm.tm_mday, 2);
	*p++ = 'T';
	p = clock_write(p, (unsigned)tm.tm_hour, 2);
	p = clock_write(p, (unsigned)tm.tm_min, 2);
	p = clock_write(p, (unsigned)tm.tm_sec, 2);
	*p++ = 'Z';
	*p = '\0';
	return text;
}

char *
tcs_time_french(int64_t ms, char text[TCS_TIME_TEXT])
{
	struct tm tm, before, after;

	clock_local(ms, &tm);
	clock_local(ms - TCS_HOURS(1), &before);
	clock_local(ms + TCS_HOURS(1), &after);
	bool is_doubled =
	    before.tm_hour == tm.tm_hour || after.tm_hour == tm.tm_hour;
	char *p = clock_write(text, (unsigned)tm.tm_mday, 2);
	*p++ = '/';
	p = clock_write(p, (unsigned)tm.tm_mon + 1, 2);
	*p++ = '/';
	p = clock_write(p, clock_year(&tm), 4);
	*p++ = ' ';
	p = clock_write(p, (unsigned)tm.tm_hour, 2);
	*p++ = ':';
	p = clock_write(p, (unsigned)tm.tm_min, 2);
	*p = '\0';
	if (is_doubled)
		(void)snprintf(
		    p, (size_t)(text + TCS_TIME_TEXT - p), " %s", tm.tm_zone);
	return text;
}

char *
tcs_time_mail(int64_t ms, char text[TCS_TIME_TEXT])
{
	static const char days[][4] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm;

	clock_local(ms, &tm);
	long offset = tm.tm_gmtoff / 60;
	char sign = offset < 0 ? '-' : '+';
	unsigned minutes = (unsigned)(offset < 0 ? -offset : offset) % 6000U;
	(void)snprintf(text, TCS_TIME_TEXT,
	    "%s, %d %s %04u %02d:%02d:%02d %c%02u%02u", days[tm.tm_wday],
	    tm.tm_mday, months[tm.tm_mon], clock_year(&tm), tm.tm_hour,
	    tm.tm_min, tm.tm_sec, sign, minutes / 60, minutes % 60);
	return text;
}

/* Two or four digits at `p`, or -1. */
static int
clock_digits(const char *p, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

/* "Z", "+01:00", "+0100": minutes east of UTC. */
static enum tcs_err
clock_parse_offset(struct tcs_slice s, int *ret_minutes)
{
	if (tcs_slice_is(s, "Z") || tcs_slice_is(s, "z")) {
		*ret_minutes = 0;
		return TCS_OK;
	}
	bool has_colon = s.n == 6 && s.p[3] == ':';
	if ((s.n != 5 && !has_colon) || (s.p[0] != '+' && s.p[0] != '-'))
		return TCS_EPARSE;
	int hours = clock_digits(s.p + 1, 2);
	int minutes = clock_digits(s.p + (has_colon ? 4 : 3), 2);
	if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
		return TCS_EPARSE;
	*ret_minutes = (hours * 60 + minutes) * (s.p[0] == '-' ? -1 : 1);
	return TCS_OK;
}

static bool
clock_is_leap_year(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1 January 1970 of a day from then on; -1 when there is no such
 * day. timegm() would ask the time zone's tables: parsers come by here once or
 * more for each number that they read. */
static int64_t
clock_days(int year, int month, int day)
{
	static const int before[] = {
	    0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
	int is_leap = clock_is_leap_year(year);
	int past = year - 1; /* whole years before this one */

	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > before[month] - before[month - 1] + (month == 2 && is_leap))
		return -1;
	return INT64_C(365) * (year - 1970) + past / 4 - past / 100 +
	       past / 400 - 477 + before[month - 1] + (month > 2 && is_leap) +
	       day - 1;
}

enum tcs_err
tcs_time_parse(struct tcs_slice text, int64_t *ret_ms)
{
	const char *p = text.p;
	int offset;

	if (text.n < 20 || p[4] != '-' || p[7] != '-' ||
	    (p[10] != 'T' && p[10] != ' ') || p[13] != ':' || p[16] != ':')
		return TCS_EPARSE;
	int year = clock_digits(p, 4), month = clock_digits(p + 5, 2);
	int day = clock_digits(p + 8, 2), hour = clock_digits(p + 11, 2);
	int minute = clock_digits(p + 14, 2), second = clock_digits(p + 17, 2);
	int64_t days = clock_days(year, month, day);
	if (days < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
	    second < 0 || second > 60)
		return TCS_EPARSE;
	size_t at = 19;
	if (p[at] == '.') {
		at++;
		while (at < text.n && p[at] >= '0' && p[at] <= '9')
			at++;
	}
	enum tcs_err err =
	    clock_parse_offset(tcs_slice(p + at, text.n - at), &offset);
	if (err != TCS_OK)
		return err;

	/* A leap second is the instant after it. */
	*ret_ms = TCS_DAYS(days) + TCS_HOURS(hour) +
	          TCS_MINUTES(minute - offset) + TCS_SECONDS(second);
	return TCS_OK;
}

int64_t
tcs_time_next_daily(int64_t ms, int minutes)
{
	struct tm tm;

	clock_local(ms, &tm);
	for (int day = 0; day <= 2; day++) {
		struct tm at = {.tm_year = tm.tm_year,
		    .tm_mon = tm.tm_mon,
		    .tm_mday = tm.tm_mday + day,
		    .tm_hour = minutes / 60,
		    .tm_min = minutes % 60,
		    .tm_isdst = -1};
		int64_t candidate = (int64_t)mktime(&at) * 1000;
		if (candidate > ms)
			return candidate;
	}
	return ms + TCS_DAYS(1);
}
