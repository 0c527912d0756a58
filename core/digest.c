#include "core/digest.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include <sodium.h>

enum {
	DIGEST_BYTES = 32,
	DIGEST_BLOCK = 512, /* small parts are hashed so many bytes at a time */
};

static const char digest_digits[] = "0123456789abcdef";

struct digest_block {
	unsigned char bytes[DIGEST_BLOCK];
	size_t n;
};

/* SHA-256 is OpenSSL's: it uses the processor's instructions for it, where
 * libsodium takes four times as long. Made once, then only reused: after that
 * nothing is allocated, so nothing can fail. */
static struct {
	EVP_MD *sha256;
	EVP_MD_CTX *hash;
	EVP_MAC_CTX *mac;
} digest_state;

static EVP_MAC_CTX *
digest_new_mac(void)
{
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);

	EVP_MAC_free(hmac);
	return ctx;
}

static void
digest_prepare(void)
{
	if (digest_state.mac != NULL)
		return;
	digest_state.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	digest_state.hash = EVP_MD_CTX_new();
	digest_state.mac = digest_new_mac();
	tcs_assert(digest_state.sha256 != NULL && digest_state.hash != NULL &&
	           digest_state.mac != NULL);
}

enum tcs_err
tcs_digest_startup(void)
{
	digest_prepare();
	return sodium_init() < 0 ? TCS_EIO : TCS_OK;
}

static void
digest_start(void)
{
	digest_prepare();
	int is_done =
	    EVP_DigestInit_ex2(digest_state.hash, digest_state.sha256, NULL);
	tcs_assert(is_done == 1);
}

static void
digest_add(const void *p, size_t n)
{
	int is_done = EVP_DigestUpdate(digest_state.hash, p, n);

	tcs_assert(is_done == 1);
}

static char *
digest_end(char hex[TCS_DIGEST_HEX])
{
	unsigned char hash[DIGEST_BYTES];

	int is_done = EVP_DigestFinal_ex(digest_state.hash, hash, NULL);
	tcs_assert(is_done == 1);
	for (size_t i = 0; i < sizeof(hash); i++) {
		hex[2 * i] = digest_digits[hash[i] >> 4];
		hex[2 * i + 1] = digest_digits[hash[i] & 0xf];
	}
	hex[2 * sizeof(hash)] = '\0';
	return hex;
}

static void
digest_flush(struct digest_block *block)
{
	digest_add(block->bytes, block->n);
	block->n = 0;
}

static void
digest_gather(struct digest_block *block, const void *p, size_t n)
{
	if (n > sizeof(block->bytes) - block->n)
		digest_flush(block);
	if (n > sizeof(block->bytes)) {
		digest_add(p, n);
		return;
	}
	if (n > 0)
		memcpy(block->bytes + block->n, p, n);
	block->n += n;
}

char *
tcs_digest_parts(
    const struct tcs_slice *parts, size_t n, char hex[TCS_DIGEST_HEX])
{
	struct digest_block block = {.n = 0};

	digest_start();
	for (size_t i = 0; i < n; i++) {
		unsigned char length[8];
		for (int k = 0; k < 8; k++)
			length[k] = (unsigned char)(parts[i].n >> (8 * k));
		digest_gather(&block, length, sizeof(length));
		digest_gather(&block, parts[i].p, parts[i].n);
	}
	digest_flush(&block);
	return digest_end(hex);
}

char *
tcs_digest(struct tcs_slice bytes, char hex[TCS_DIGEST_HEX])
{
	digest_start();
	digest_add(bytes.p, bytes.n);
	return digest_end(hex);
}

void
tcs_hmac_base64(struct tcs_slice key, struct tcs_slice bytes, char ret_text[45])
{
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string("digest", name, 0),
	    OSSL_PARAM_construct_end()};
	unsigned char mac[DIGEST_BYTES];
	size_t n = 0;

	digest_prepare();
	bool is_done =
	    EVP_MAC_init(digest_state.mac,
	        (const unsigned char *)(key.n == 0 ? "" : key.p), key.n,
	        params) == 1 &&
	    EVP_MAC_update(digest_state.mac, (const unsigned char *)bytes.p,
	        bytes.n) == 1 &&
	    EVP_MAC_final(digest_state.mac, mac, &n, sizeof(mac)) == 1;
	tcs_assert(is_done && n == sizeof(mac));
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
	for (size_t i = 0; i < n; i++)
		text[i] = digest_digits[randombytes_uniform(16)];
	text[n] = '\0';
}

uint32_t
tcs_random_u32(void)
{
	return randombytes_random();
}
