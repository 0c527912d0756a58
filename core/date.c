#include "core/date.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/clock.h"

enum { DATE_LENGTH_MAX = 80, DATE_NO_ZONE = 10000 };

/* What is read of one date, and what is left to read. */
struct date {
	struct tcs_slice rest;
	int year, month, day, hour, minute, second;
	int zone; /* minutes east of UTC, or DATE_NO_ZONE */
};

static bool
date_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
date_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (unsigned char)c >= 0x80;
}

static void
date_skip(struct date *d, const char *chars)
{
	while (d->rest.n > 0 && d->rest.p[0] != '\0' &&
	       strchr(chars, d->rest.p[0]) != NULL)
		d->rest = tcs_slice(d->rest.p + 1, d->rest.n - 1);
}

static struct tcs_slice
date_take(struct date *d, bool (*is_of)(char c))
{
	size_t n = 0;

	while (n < d->rest.n && is_of(d->rest.p[n]))
		n++;
	struct tcs_slice word = tcs_slice(d->rest.p, n);
	d->rest = tcs_slice(d->rest.p + n, d->rest.n - n);
	return word;
}

/* A number of `min` to `max` digits; -1: none. */
static int
date_number(struct date *d, size_t min, size_t max)
{
	struct tcs_slice digits = date_take(d, date_is_digit);
	int value = 0;

	if (digits.n < min || digits.n > max)
		return -1;
	for (size_t i = 0; i < digits.n; i++)
		value = value * 10 + (digits.p[i] - '0');
	return value;
}

static bool
date_eat(struct date *d, char c)
{
	if (d->rest.n == 0 || d->rest.p[0] != c)
		return false;
	d->rest = tcs_slice(d->rest.p + 1, d->rest.n - 1);
	return true;
}

/* By its first letters, English or French; 0: no month. */
static int
date_month(struct tcs_slice word)
{
	static const struct {
		const char *start;
		int month;
	} months[] = {{"jan", 1}, {"feb", 2}, {"fév", 2}, {"fev", 2},
	    {"FÉV", 2}, {"Fév", 2}, {"mar", 3}, {"apr", 4}, {"avr", 4},
	    {"may", 5}, {"mai", 5}, {"jun", 6}, {"juin", 6}, {"jul", 7},
	    {"juil", 7}, {"aug", 8}, {"aoû", 8}, {"AOÛ", 8}, {"Aoû", 8},
	    {"aou", 8}, {"sep", 9}, {"oct", 10}, {"nov", 11}, {"dec", 12},
	    {"déc", 12}, {"DÉC", 12}, {"Déc", 12}};

	for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++) {
		size_t n = strlen(months[i].start);
		if (word.n >= n && strncasecmp(word.p, months[i].start, n) == 0)
			return months[i].month;
	}
	return 0;
}

static bool
date_offset(struct date *d)
{
	int sign = date_eat(d, '-') ? -1 : date_eat(d, '+') ? 1 : 0;

	if (sign == 0)
		return false;
	struct tcs_slice digits = date_take(d, date_is_digit);
	int hours = 0, minutes = 0;
	if (digits.n == 0 || digits.n > 4)
		return false;
	size_t split = digits.n > 2 ? digits.n - 2 : digits.n;
	for (size_t i = 0; i < digits.n; i++) {
		int *value = i < split ? &hours : &minutes;
		*value = *value * 10 + (digits.p[i] - '0');
	}
	if (digits.n <= 2 && date_eat(d, ':'))
		minutes = date_number(d, 2, 2);
	if (hours > 14 || minutes < 0 || minutes > 59)
		return false;
	d->zone = sign * (hours * 60 + minutes);
	return true;
}

/* RFC 822, 5.1, and what Europe writes; what nobody knows is UTC (RFC 5322,
 * 4.3). "GMT+1" is an offset. */
static bool
date_zone(struct date *d)
{
	static const struct {
		const char *name;
		int hours;
	} names[] = {{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5},
	    {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}, {"CET", 1},
	    {"MET", 1}, {"CEST", 2}, {"MEST", 2}, {"WET", 0}, {"WEST", 1},
	    {"BST", 1}, {"EET", 2}, {"EEST", 3}, {"AST", -4}, {"GFT", -3},
	    {"RET", 4}, {"NCT", 11}};

	date_skip(d, " \t(");
	if (d->rest.n == 0)
		return true;
	if (!date_is_letter(d->rest.p[0]))
		return date_offset(d);
	struct tcs_slice word = date_take(d, date_is_letter);
	d->zone = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) == word.n &&
		    strncasecmp(word.p, names[i].name, word.n) == 0)
			d->zone = names[i].hours * 60;
	}
	if (d->rest.n > 0 && (d->rest.p[0] == '+' || d->rest.p[0] == '-'))
		return date_offset(d);
	return true;
}

/* "14:45:52.5", "14:45", "14h45", "14 h": the hour is there. */
static bool
date_hour(struct date *d)
{
	d->hour = date_number(d, 1, 2);
	date_skip(d, " ");
	bool is_french = date_eat(d, 'h') || date_eat(d, 'H');
	if (!is_french && !date_eat(d, ':'))
		return false;
	date_skip(d, " ");
	if (d->rest.n > 0 && date_is_digit(d->rest.p[0]))
		d->minute = date_number(d, 2, 2);
	else if (!is_french)
		return false;
	if (date_eat(d, ':'))
		d->second = date_number(d, 1, 2);
	if (date_eat(d, '.') || date_eat(d, ','))
		(void)date_take(d, date_is_digit);
	return date_zone(d);
}

/* What follows the day: nothing, or an hour after "T", "à", a comma. */
static bool
date_tail(struct date *d)
{
	date_skip(d, " \t,-");
	if (d->rest.n > 0 && date_is_letter(d->rest.p[0])) {
		struct tcs_slice word = date_take(d, date_is_letter);
		if (!tcs_slice_is(word, "T") && !tcs_slice_is(word, "à") &&
		    !tcs_slice_is(word, "a") && !tcs_slice_is(word, "at") &&
		    !tcs_slice_is(word, "t"))
			return false;
		date_skip(d, " ");
	}
	return d->rest.n == 0 || date_hour(d);
}

/* "2026-10-02", "2026/10/02", "20261002". */
static bool
date_from_year(struct date *d, int number, size_t digits)
{
	if (digits == 8) {
		d->year = number / 10000;
		d->month = number / 100 % 100;
		d->day = number % 100;
		return date_tail(d);
	}
	d->year = number;
	if (!date_eat(d, '-') && !date_eat(d, '/'))
		return false;
	d->month = date_number(d, 1, 2);
	if (!date_eat(d, '-') && !date_eat(d, '/'))
		return false;
	d->day = date_number(d, 1, 2);
	return date_tail(d);
}

static bool
date_year(struct date *d)
{
	struct tcs_slice before = d->rest;
	int year = date_number(d, 2, 4);
	size_t digits = before.n - d->rest.n;

	if (digits == 2)
		year +=
		    year < 70 ? 2000 : 1900; /* RFC 2822: 50; none is so old */
	d->year = year;
	return year >= 0 && digits != 3;
}

/* "02/10/2026", "02.10.2026", "2 Oct 2026", "02-Oct-26", "1er mars 2026". */
static bool
date_from_day(struct date *d, int day)
{
	d->day = day;
	if (d->rest.n > 2 && strncasecmp(d->rest.p, "er", 2) == 0 &&
	    !date_is_letter(d->rest.p[2]))
		(void)date_take(d, date_is_letter);
	bool is_plain = date_eat(d, '/') || date_eat(d, '.');
	if (!is_plain)
		date_skip(d, " \t-");
	if (d->rest.n > 0 && date_is_letter(d->rest.p[0])) {
		d->month = date_month(date_take(d, date_is_letter));
		date_skip(d, ".");
		date_skip(d, " \t-,/");
		return date_year(d) && date_tail(d);
	}
	d->month = date_number(d, 1, 2);
	if (!date_eat(d, '/') && !date_eat(d, '.') && !date_eat(d, '-'))
		return false;
	return date_year(d) && date_tail(d);
}

/* "Oct 2, 2026", and C's "Fri Oct  2 14:45:52 2026". */
static bool
date_from_month(struct date *d, int month)
{
	d->month = month;
	date_skip(d, ". ");
	d->day = date_number(d, 1, 2);
	date_skip(d, ", ");
	struct date ahead = *d;
	if (date_number(&ahead, 2, 2) >= 0 && date_eat(&ahead, ':')) {
		if (!date_hour(d) && d->rest.n == 0)
			return false;
		date_skip(d, " ");
		return date_year(d) && d->rest.n == 0;
	}
	return date_year(d) && date_tail(d);
}

static bool
date_read(struct date *d)
{
	/* A day's name, "le". */
	for (int i = 0; i < 3; i++) {
		date_skip(d, " \t\r\n,.");
		if (d->rest.n == 0 || !date_is_letter(d->rest.p[0]))
			break;
		struct tcs_slice word = date_take(d, date_is_letter);
		bool is_day =
		    word.n >= 3 && strncasecmp(word.p, "mardi", 5) == 0;
		int month = is_day || (word.n == 3 && d->rest.n > 0 &&
		                          d->rest.p[0] == '.' && i == 0)
		                ? 0
		                : date_month(word);
		if (month > 0 && d->rest.n > 0 && d->rest.p[0] != ',')
			return date_from_month(d, month);
	}
	struct tcs_slice before = d->rest;
	int number = date_number(d, 1, 8);
	size_t digits = before.n - d->rest.n;
	if (number < 0)
		return false;
	if (digits == 4 || digits == 8)
		return date_from_year(d, number, digits);
	return digits <= 2 && date_from_day(d, number);
}

static bool
date_is_possible(const struct date *d)
{
	static const int days[] = {
	    31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return d->year >= 1970 && d->year < 2200 && d->month >= 1 &&
	       d->month <= 12 && d->day >= 1 && d->day <= days[d->month - 1] &&
	       d->hour >= 0 && d->hour <= 24 && d->minute >= 0 &&
	       d->minute <= 59 && d->second >= 0 && d->second <= 60;
}

enum tcs_err
tcs_date_read(struct tcs_slice text, int64_t *ret_ms)
{
	struct date d = {.rest = tcs_slice_trim(text), .zone = DATE_NO_ZONE};
	char zone_is_set[TCS_TIME_TEXT];

	if (d.rest.n == 0 || d.rest.n > DATE_LENGTH_MAX || !date_read(&d) ||
	    !date_is_possible(&d))
		return TCS_EPARSE;
	struct tm tm = {.tm_year = d.year - 1900,
	    .tm_mon = d.month - 1,
	    .tm_mday = d.day,
	    .tm_hour = d.hour,
	    .tm_min = d.minute,
	    .tm_sec = d.second,
	    .tm_isdst = -1};
	int64_t seconds;
	if (d.zone == DATE_NO_ZONE) {
		(void)tcs_time_iso(0, zone_is_set);
		seconds = mktime(&tm);
	} else {
		seconds = timegm(&tm) - (int64_t)d.zone * 60;
	}
	if (seconds < 0)
		return TCS_EPARSE;
	*ret_ms = seconds * 1000;
	return TCS_OK;
}
