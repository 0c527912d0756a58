/* hookurl.h - which URLs a webhook may go to. Pure. */
#ifndef TOCSIN_DISPATCHER_HOOKURL_H
#define TOCSIN_DISPATCHER_HOOKURL_H

#include "core/slice.h"

/* NULL when `url` is https, or http to this machine (127.0.0.0/8, [::1],
 * localhost), without user; else what is wrong. */
const char *tcs_hookurl_fault(const char *url);
/* The host as written; p NULL when there is none. Borrowed from `url`. */
struct tcs_slice tcs_hookurl_host(const char *url);

#endif
