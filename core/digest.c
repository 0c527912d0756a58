#include "core/digest.h"

#include <string.h>

#include <sodium.h>

enum tcs_err
tcs_digest_startup(void)
{
	return sodium_init() < 0 ? TCS_EIO : TCS_OK;
}

static char *
digest_hex(const unsigned char hash[crypto_hash_sha256_BYTES],
    char hex[TCS_DIGEST_HEX])
{
	return sodium_bin2hex(
	    hex, TCS_DIGEST_HEX, hash, crypto_hash_sha256_BYTES);
}

char *
tcs_digest_parts(
    const struct tcs_slice *parts, size_t n, char hex[TCS_DIGEST_HEX])
{
	crypto_hash_sha256_state state;
	unsigned char hash[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256_init(&state);
	for (size_t i = 0; i < n; i++) {
		unsigned char length[8];
		for (int k = 0; k < 8; k++)
			length[k] = (unsigned char)(parts[i].n >> (8 * k));
		(void)crypto_hash_sha256_update(&state, length, sizeof(length));
		(void)crypto_hash_sha256_update(
		    &state, (const unsigned char *)parts[i].p, parts[i].n);
	}
	(void)crypto_hash_sha256_final(&state, hash);
	return digest_hex(hash, hex);
}

char *
tcs_digest(struct tcs_slice bytes, char hex[TCS_DIGEST_HEX])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(hash, (const unsigned char *)bytes.p, bytes.n);
	return digest_hex(hash, hex);
}

void
tcs_hmac_base64(struct tcs_slice key, struct tcs_slice bytes, char ret_text[45])
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	(void)crypto_auth_hmacsha256_init(
	    &state, (const unsigned char *)key.p, key.n);
	(void)crypto_auth_hmacsha256_update(
	    &state, (const unsigned char *)bytes.p, bytes.n);
	(void)crypto_auth_hmacsha256_final(&state, mac);
	(void)sodium_bin2base64(
	    ret_text, 45, mac, sizeof(mac), sodium_base64_VARIANT_ORIGINAL);
}

enum tcs_err
tcs_base64_decode(
    struct tcs_slice text, unsigned char *out, size_t max, size_t *ret_n)
{
	static const int variants[] = {sodium_base64_VARIANT_ORIGINAL,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING};

	for (size_t i = 0; i < 2; i++) {
		if (sodium_base642bin(out, max, text.p, text.n, NULL, ret_n,
		        NULL, variants[i]) == 0)
			return TCS_OK;
	}
	return TCS_EPARSE;
}

enum tcs_err
tcs_base64url_decode(
    struct tcs_slice text, unsigned char *out, size_t max, size_t *ret_n)
{
	return sodium_base642bin(out, max, text.p, text.n, NULL, ret_n, NULL,
	           sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0
	           ? TCS_OK
	           : TCS_EPARSE;
}

void
tcs_base64_encode(struct tcs_slice bytes, struct tcs_buf *buf)
{
	char text[5];

	for (size_t i = 0; i < bytes.n; i += 3) {
		(void)sodium_bin2base64(text, sizeof(text),
		    (const unsigned char *)bytes.p + i,
		    bytes.n - i < 3 ? bytes.n - i : 3,
		    sodium_base64_VARIANT_ORIGINAL);
		tcs_buf_str(buf, text);
	}
	explicit_bzero(text, sizeof(text));
}

void
tcs_random_hex(char *text, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++)
		text[i] = digits[randombytes_uniform(16)];
	text[n] = '\0';
}

uint32_t
tcs_random_u32(void)
{
	return randombytes_random();
}
