/* watch.h - what `tocsin run` tells whoever looks at it: one line per source
 * at start, each minute and on each change. Reads only. */
#ifndef TOCSIN_CLI_WATCH_H
#define TOCSIN_CLI_WATCH_H

#include <stdbool.h>

#include "config/conf.h"
#include "core/err.h"

struct tcs_bus;
struct tcs_loop;
struct tcs_watcher; /* opaque */

/* One line, without its end; borrowed during the call. */
typedef void tcs_watcher_line_cb(void *arg, const char *line);

/* Borrows all of it. NULL when out of memory. */
struct tcs_watcher *tcs_watcher_new(struct tcs_loop *loop, struct tcs_bus *bus,
    const struct tcs_conf *conf, tcs_watcher_line_cb *cb, void *arg);
/* It sees what leaves from now on. */
bool tcs_watcher_is_ready(const struct tcs_watcher *watcher);
void tcs_watcher_free(struct tcs_watcher **watcher); /* NULL-safe */

#endif
