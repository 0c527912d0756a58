#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/scene.h"
#include "tests/support/tmpdir.h"

static const struct tcs_scene_address addresses[] = {
    {"127.0.0.1:1840", 40001}, {"127.0.0.1:18402", 40002}};

static void
each_address_becomes_the_one_of_this_play(void **state)
{
	(void)state;
	struct tcs_buf buf;
	struct tcs_slice text = tcs_slice_str(
	    "url = \"http://127.0.0.1:1840/x\" relay = \"127.0.0.1:18402\" "
	    "other = \"127.0.0.1:18403\" again = 127.0.0.1:1840");

	tcs_buf_init(&buf, 4096);
	assert_int_equal(
	    tcs_scene_replace(text, "tocsin.conf", addresses, 2, &buf, NULL),
	    TCS_OK);
	assert_string_equal(buf.p,
	    "url = \"http://127.0.0.1:40001/x\" relay = \"127.0.0.1:40002\" "
	    "other = \"127.0.0.1:18403\" again = 127.0.0.1:40001");
	tcs_buf_fini(&buf);
}

static void
an_address_that_the_configuration_does_not_have_is_named(void **state)
{
	(void)state;
	struct tcs_diag diag = {0};
	struct tcs_buf buf;

	tcs_buf_init(&buf, 4096);
	assert_int_equal(tcs_scene_replace(tcs_slice_str("127.0.0.1:1840"),
	                     "tocsin.conf", addresses, 2, &buf, &diag),
	    TCS_EINVAL);
	assert_string_equal(diag.items[0].file, "tocsin.conf");
	assert_non_null(strstr(tcs_diag_text(&diag), "127.0.0.1:18402"));
	tcs_buf_fini(&buf);
	tcs_diag_fini(&diag);
}

static void
the_folder_has_the_rules_and_its_own_configuration_each_time(void **state)
{
	(void)state;
	char *from = tmpdir_make(), *to = tmpdir_make(), *config = NULL;

	tmpdir_write(from, "tocsin.conf", tcs_slice_str("127.0.0.1:18402"));
	tmpdir_write(from, "episode.json", tcs_slice_str("{}"));
	tmpdir_write(from, "rules.d", tcs_slice_str("rules"));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    tcs_scene_make(from, to, addresses + 1, 1, &config, NULL),
		    TCS_OK);
		char *text = tmpdir_read(to, "tocsin.conf");
		assert_string_equal(text, "127.0.0.1:40002");
		free(text);
		text = tmpdir_read(to, "rules.d");
		assert_string_equal(text, "rules");
		free(text);
		free(config);
	}
	assert_int_equal(chdir(to), 0);
	assert_int_not_equal(access("episode.json", F_OK), 0);
	assert_int_equal(chdir("/"), 0);
	tmpdir_remove(&from);
	tmpdir_remove(&to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_address_becomes_the_one_of_this_play),
	    cmocka_unit_test(
	        an_address_that_the_configuration_does_not_have_is_named),
	    cmocka_unit_test(
	        the_folder_has_the_rules_and_its_own_configuration_each_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
