#include "cli/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

const char *const tcs_outcome_lists[] = {"states", "signals", "proposals",
    "decisions", "alerts", "deliveries", "unsent", NULL};

const char *
tcs_outcome_text(const char *text)
{
	return text == NULL || text[0] == '\0' ? "-" : text;
}

void
tcs_outcome_signal(const struct tcs_signal *signal, struct tcs_buf *buf)
{
	char at[TCS_TIME_TEXT] = "-";

	if (signal->issued_ms != TCS_NO_TIME)
		(void)tcs_time_french(signal->issued_ms, at);
	tcs_buf_printf(buf, "%s %s %s→%s %s%s%s", at,
	    tcs_outcome_text(signal->zone),
	    tcs_outcome_text(signal->previous_level),
	    tcs_outcome_text(signal->level), tcs_outcome_text(signal->msg_type),
	    signal->is_first_sight ? " first-sight" : "",
	    signal->is_end ? " end" : "");
}

void
tcs_outcome_proposal(const struct tcs_proposal *p, struct tcs_buf *buf)
{
	tcs_buf_printf(buf, "%s %s/%s p%u %s %s", tcs_outcome_text(p->zone),
	    tcs_outcome_text(p->rule), tcs_outcome_text(p->raise), p->number,
	    tcs_outcome_text(p->action), tcs_outcome_text(p->level));
}

void
tcs_outcome_alert(const struct tcs_alert *alert, struct tcs_buf *buf)
{
	const struct tcs_proposal *p = &alert->base;

	tcs_buf_printf(buf, "%s %s/%s v%u %s %s%s", tcs_outcome_text(p->zone),
	    tcs_outcome_text(p->rule), tcs_outcome_text(p->raise),
	    alert->version, tcs_outcome_text(alert->msg_type),
	    tcs_outcome_text(p->level),
	    strcmp(tcs_outcome_text(p->action), TCS_ACTION_LIFT) == 0 ? " lift"
	                                                              : "");
}

/* Comparing */

static int
outcome_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The texts of a list, sorted; borrowed from it. NULL when out of memory. */
static const char **
outcome_sorted(const json_t *list, size_t *ret_n)
{
	size_t n = json_array_size(list);
	const char **texts = calloc(n + 1, sizeof(*texts));

	if (texts == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		texts[i] = text == NULL ? "" : text;
	}
	qsort(texts, n, sizeof(*texts), outcome_order);
	*ret_n = n;
	return texts;
}

static size_t
outcome_compare_list(const json_t *expected, const json_t *seen,
    const char *name, struct tcs_buf *buf)
{
	size_t a_n = 0, b_n = 0, i = 0, k = 0, differences = 0;
	const char **a = outcome_sorted(expected, &a_n);
	const char **b = outcome_sorted(seen, &b_n);

	tcs_assert(a != NULL && b != NULL);
	tcs_buf_printf(buf, "%-11s %zu expected, %zu seen\n", name, a_n, b_n);
	while (i < a_n || k < b_n) {
		int order = i == a_n ? 1 : k == b_n ? -1 : strcmp(a[i], b[k]);
		if (order < 0)
			tcs_buf_printf(buf, "  - not seen: %s\n", a[i]);
		else if (order > 0)
			tcs_buf_printf(buf, "  + not expected: %s\n", b[k]);
		differences += order != 0;
		i += order <= 0;
		k += order >= 0;
	}
	free(a);
	free(b);
	return differences;
}

size_t
tcs_outcome_compare(
    const json_t *expected, const json_t *seen, struct tcs_buf *buf)
{
	size_t differences = 0;

	for (size_t i = 0; tcs_outcome_lists[i] != NULL; i++) {
		const char *name = tcs_outcome_lists[i];
		const json_t *list = json_object_get(expected, name);
		if (list != NULL)
			differences += outcome_compare_list(
			    list, json_object_get(seen, name), name, buf);
	}
	return differences;
}
