/* code.h - codes of threads: three characters that cannot be misheard for one
 * another, unique among the observatory's open threads. */
#ifndef TOCSIN_RULES_CODE_H
#define TOCSIN_RULES_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

enum { TCS_CODES = 30 * 30 * 30 };

/* Codes in use, one bit each. All zero: none. */
struct tcs_codes {
	uint8_t bits[(TCS_CODES + 7) / 8];
};

/* TCS_EPARSE: not a code. */
enum tcs_err tcs_codes_take(
    struct tcs_codes *codes, struct tcs_slice code) TCS_MUST_USE;
void tcs_codes_give(struct tcs_codes *codes, struct tcs_slice code);
/* The code that the thread's hash (8 hex) stands for, or the next one that is
 * free. Takes nothing. TCS_ELIMIT: all are in use. */
enum tcs_err tcs_codes_propose(const struct tcs_codes *codes,
    const char hash[9], char code[4]) TCS_MUST_USE;

#endif
