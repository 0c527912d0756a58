/* document.h - bodies as evidence: <folder>/<SHA-256 of the body>.gz. Blocks
 * for the time of the disk. */
#ifndef TOCSIN_COLLECTORS_DOCUMENT_H
#define TOCSIN_COLLECTORS_DOCUMENT_H

#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

/* Write the body, durably, under its hash; one that is there already is kept
 * and counts as new. Makes the folder. */
enum tcs_err tcs_document_keep(const char *folder, const char *hash,
    struct tcs_slice body, struct tcs_diag *diag) TCS_MUST_USE;
/* Remove bodies last written or seen more than `age_ms` before the system's
 * `wall_ms`. What cannot be removed is left. Returns how many went. */
unsigned tcs_document_prune(
    const char *folder, int64_t wall_ms, int64_t age_ms);

#endif
