/* scene.h - the folder in which an episode is played: a tocsin.conf with the
 * addresses of this play, the episode's rules and lists beside it, and what the
 * daemons keep. */
#ifndef TOCSIN_CLI_SCENE_H
#define TOCSIN_CLI_SCENE_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

/* An address as tocsin.conf has it, and the port that stands for it here. */
struct tcs_scene_address {
	const char *written; /* "127.0.0.1:18401" */
	uint16_t port;
};

/* Append `text` with each address that is in it replaced by
 * "127.0.0.1:<port>". */
enum tcs_err tcs_scene_put(struct tcs_slice text,
    const struct tcs_scene_address *addresses, size_t n,
    struct tcs_buf *buf) TCS_MUST_USE;
/* Append `text` with each address replaced, as tcs_scene_put() does.
 * TCS_EINVAL: one is not in it; `file` is for the finding. */
enum tcs_err tcs_scene_replace(struct tcs_slice text, const char *file,
    const struct tcs_scene_address *addresses, size_t n, struct tcs_buf *buf,
    struct tcs_diag *diag) TCS_MUST_USE;

/* Make `dir`; in it tocsin.conf, and links to all else of the episode's folder
 * that a configuration may name. *ret_config is the file's path; the caller
 * owns it. */
enum tcs_err tcs_scene_make(const char *episode_dir, const char *dir,
    const struct tcs_scene_address *addresses, size_t n, char **ret_config,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif
