#include "core/digest.h"
#include "tests/support/check.h"

static void
sha256_is_that_of_the_standard(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    /* FIPS 180-2, appendix B, and the empty message. */
	    {"", "e3b0c44298fc1c149afbf4c8996fb924"
	         "27ae41e4649b934ca495991b7852b855"},
	    {"abc", "ba7816bf8f01cfea414140de5dae2223"
	            "b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	        "248d6a61d20638b8e5c026930c3e6039"
	        "a33ce45964ff2167f6ecedd419db06c1"},
	};
	char hex[TCS_DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_text(tcs_digest(tcs_slice_str(cases[i].text), hex),
		    cases[i].want);
}

static void
parts_are_told_apart(void **state)
{
	const struct tcs_slice ab_c[] = {
	    tcs_slice_str("ab"), tcs_slice_str("c")};
	const struct tcs_slice a_bc[] = {
	    tcs_slice_str("a"), tcs_slice_str("bc")};
	const struct tcs_slice abc_none[] = {
	    tcs_slice_str("abc"), tcs_slice(NULL, 0)};
	char one[TCS_DIGEST_HEX], two[TCS_DIGEST_HEX];

	(void)state;
	(void)tcs_digest_parts(ab_c, 2, one);
	assert_string_not_equal(tcs_digest_parts(a_bc, 2, two), one);
	assert_string_not_equal(tcs_digest_parts(abc_none, 2, two), one);
	assert_string_not_equal(tcs_digest_parts(abc_none, 1, one), two);
	/* One part: its length on 8 bytes, then the bytes. */
	check_text(tcs_digest(tcs_slice("\3\0\0\0\0\0\0\0abc", 11), two), one);
}

static void
the_signature_is_that_of_the_standard(void **state)
{
	/* RFC 4231, test cases 1, 2 and 6 (a key longer than a block). */
	char key[131], text[45];

	(void)state;
	memset(key, 0x0b, 20);
	tcs_hmac_base64(tcs_slice(key, 20), tcs_slice_str("Hi There"), text);
	check_text(text, "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c=");
	tcs_hmac_base64(tcs_slice_str("Jefe"),
	    tcs_slice_str("what do ya want for nothing?"), text);
	check_text(text, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
	memset(key, 0xaa, sizeof(key));
	tcs_hmac_base64(tcs_slice(key, sizeof(key)),
	    tcs_slice_str("Test Using Larger Than Block-Size Key - Hash Key "
	                  "First"),
	    text);
	check_text(text, "YOQxWR7gtn8Niiaqy/W3f44LxiE3KMUUBUYEDw7jf1Q=");
}

static void
base64_is_written_padded_and_a_tokens_is_read_without(void **state)
{
	static const struct {
		const char *bytes, *text, *url;
	} cases[] = {{"", "", ""}, {"f", "Zg==", "Zg"}, {"fo", "Zm8=", "Zm8"},
	    {"foo", "Zm9v", "Zm9v"}, {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	    {"\xfb\xff", "+/8=", "-_8"}};
	unsigned char out[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_slice bytes = tcs_slice_str(cases[i].bytes);
		struct tcs_buf buf;
		tcs_buf_init(&buf, 64);
		tcs_base64_encode(bytes, &buf);
		assert_true(tcs_slice_is(tcs_buf_view(&buf), cases[i].text));
		tcs_buf_fini(&buf);
		assert_int_equal(
		    tcs_base64url_decode(
		        tcs_slice_str(cases[i].url), out, sizeof(out), &n),
		    TCS_OK);
		assert_true(tcs_slice_equal(tcs_slice(out, n), bytes));
	}
	assert_int_equal(
	    tcs_base64url_decode(tcs_slice_str("+/8"), out, sizeof(out), &n),
	    TCS_EPARSE);
}

static void
base64_is_read_with_and_without_padding(void **state)
{
	static const struct {
		const char *text;
		enum tcs_err want;
		const char *bytes;
	} cases[] = {
	    {"", TCS_OK, ""}, {"Zg==", TCS_OK, "f"}, {"Zg", TCS_OK, "f"},
	    {"Zm8=", TCS_OK, "fo"}, {"Zm9v", TCS_OK, "foo"},
	    {"Zm9vYmFy", TCS_OK, "foobar"},
	    {"Zm9vYmFyMQ==", TCS_EPARSE, NULL}, /* longer than `max` */
	    {"Zm9", TCS_EPARSE, NULL},          /* loose bits */
	    {"Zm9v!", TCS_EPARSE, NULL}, {"Zg=", TCS_EPARSE, NULL},
	    {"Z", TCS_EPARSE, NULL}, {"Zm 9v", TCS_EPARSE, NULL},
	    {"-_-_", TCS_EPARSE, NULL}, /* the other alphabet */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char out[6];
		size_t n = 77;
		enum tcs_err err = tcs_base64_decode(
		    tcs_slice_str(cases[i].text), out, sizeof(out), &n);
		if (err != cases[i].want)
			print_error("%s\n", cases[i].text);
		assert_int_equal(err, cases[i].want);
		if (err == TCS_OK)
			assert_true(
			    tcs_slice_is(tcs_slice(out, n), cases[i].bytes));
	}
}

static void
random_text_is_hexadecimal_and_not_the_same_twice(void **state)
{
	char one[33], two[33], none[1] = {'x'};

	(void)state;
	assert_int_equal(tcs_digest_startup(), TCS_OK);
	tcs_random_hex(one, 32);
	tcs_random_hex(two, 32);
	assert_int_equal(strspn(one, "0123456789abcdef"), 32);
	assert_int_equal(one[32], '\0');
	assert_string_not_equal(one, two);
	tcs_random_hex(none, 0);
	assert_int_equal(none[0], '\0');
	uint32_t seen = tcs_random_u32();
	bool has_changed = false;
	for (int i = 0; i < 8; i++)
		has_changed = has_changed || tcs_random_u32() != seen;
	assert_true(has_changed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sha256_is_that_of_the_standard),
	    cmocka_unit_test(parts_are_told_apart),
	    cmocka_unit_test(the_signature_is_that_of_the_standard),
	    cmocka_unit_test(base64_is_read_with_and_without_padding),
	    cmocka_unit_test(
	        base64_is_written_padded_and_a_tokens_is_read_without),
	    cmocka_unit_test(random_text_is_hexadecimal_and_not_the_same_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
