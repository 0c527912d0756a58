#include "collectors/feed.h"

#include <string.h>

const struct tcs_feed_ops *
tcs_feed_find(const char *name)
{
	for (size_t i = 0; tcs_feed_registry[i] != NULL; i++) {
		if (strcmp(tcs_feed_registry[i]->name, name) == 0)
			return tcs_feed_registry[i];
	}
	return NULL;
}

bool
tcs_feed_needs_url(const struct tcs_feed_ops *ops)
{
	return ops->url == NULL && ops->mail == NULL && !ops->has_no_url;
}
