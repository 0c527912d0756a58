#include "core/topics.h"

#include <string.h>

#include "core/clock.h"

const struct tcs_topic tcs_topics[] = {
    {"documents", TCS_DAYS(7)},
    {"health", TCS_DAYS(7)},
    {"reports", TCS_DAYS(35)},
    {"signals", TCS_DAYS(35)},
    {"proposals", TCS_DAYS(35)},
    {"decisions", TCS_DAYS(35)},
    {"alerts", TCS_DAYS(35)},
    {"receipts", TCS_DAYS(35)},
    {"events", TCS_DAYS(35)},
    {"rejected", TCS_DAYS(35)},
    {NULL, 0},
};

const struct tcs_topic *
tcs_topic_find(const char *name)
{
	for (const struct tcs_topic *t = tcs_topics; t->name != NULL; t++) {
		if (strcmp(t->name, name) == 0)
			return t;
	}
	return NULL;
}
