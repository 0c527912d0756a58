#include "rules/code.h"

#include <stdlib.h>
#include <string.h>

static const char code_alphabet[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
enum { CODE_LETTERS = sizeof(code_alphabet) - 1 };

_Static_assert(
    CODE_LETTERS *CODE_LETTERS *CODE_LETTERS == TCS_CODES, "three letters");

/* TCS_CODES when it is not a code. */
static size_t
code_index(struct tcs_slice code)
{
	size_t index = 0;

	if (code.n != 3)
		return TCS_CODES;
	for (size_t i = 0; i < 3; i++) {
		const char *at = memchr(code_alphabet, code.p[i], CODE_LETTERS);
		if (at == NULL)
			return TCS_CODES;
		index = index * CODE_LETTERS + (size_t)(at - code_alphabet);
	}
	return index;
}

enum tcs_err
tcs_codes_take(struct tcs_codes *codes, struct tcs_slice code)
{
	size_t index = code_index(code);

	if (index == TCS_CODES)
		return TCS_EPARSE;
	codes->bits[index / 8] |= (uint8_t)(1u << index % 8);
	return TCS_OK;
}

void
tcs_codes_give(struct tcs_codes *codes, struct tcs_slice code)
{
	size_t index = code_index(code);

	if (index != TCS_CODES)
		codes->bits[index / 8] &= (uint8_t) ~(1u << index % 8);
}

enum tcs_err
tcs_codes_propose(
    const struct tcs_codes *codes, const char hash[9], char code[4])
{
	size_t first = strtoul(hash, NULL, 16) % TCS_CODES;

	for (size_t i = 0; i < TCS_CODES; i++) {
		size_t index = (first + i) % TCS_CODES;
		if ((codes->bits[index / 8] & 1u << index % 8) != 0)
			continue;
		for (size_t at = 3; at > 0; at--) {
			code[at - 1] = code_alphabet[index % CODE_LETTERS];
			index /= CODE_LETTERS;
		}
		code[3] = '\0';
		return TCS_OK;
	}
	return TCS_ELIMIT;
}
