/* sink_listen.h - a listener on loopback that survives the descriptor limit:
 * libevent's own would spin on accept(). */
#ifndef TOCSIN_CLI_SINK_LISTEN_H
#define TOCSIN_CLI_SINK_LISTEN_H

#include <stdint.h>

#include <event2/listener.h>

#include "core/err.h"

struct tcs_loop;

/* On 127.0.0.1; `port` 0: a free one. The caller owns *ret_listener
 * (evconnlistener_free), and frees it only when the loop runs no more. */
enum tcs_err tcs_sink_listen(struct tcs_loop *loop, uint16_t port,
    evconnlistener_cb cb, void *arg, struct evconnlistener **ret_listener,
    struct tcs_diag *diag) TCS_MUST_USE;
/* 0 when the system does not tell. */
uint16_t tcs_sink_listens_on(struct evconnlistener *listener);

#endif
