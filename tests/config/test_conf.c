#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/conf.h"
#include "config/schema.h"

/* Four lines, so that what a case adds begins at line 5. */
#define HEAD                                                                   \
	"observatory {\n"                                                      \
	"name = sidpc62 sender = \"sidpc62@prefecture.example\"\n"             \
	"title = \"SIDPC\" departements = {62}\n"                              \
	"}\n"
#define EMAIL "channel email { relay = \"127.0.0.1:25\" }\n"

struct feed_state {
	char *key;
	int64_t depth;
};

struct email_state {
	char *relay;
};

static const struct tcs_option feed_options[] = {
    TCS_OPT_STRING("key", struct feed_state, key, NULL, "a key"),
    TCS_OPT_INTEGER("depth", struct feed_state, depth, "3", 1, 9, "depth"),
    TCS_OPT_END,
};

static const struct tcs_option email_options[] = {
    {.name = "relay",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct email_state, relay),
        .is_required = 1,
        .example = "\"127.0.0.1:25\"",
        .help = "the relay"},
    TCS_OPT_END,
};

static const struct tcs_conf_driver feed_drivers[] = {
    {"vigicrues", feed_options, sizeof(struct feed_state), false},
    {"plain", NULL, 0, false},
};
static const struct tcs_conf_driver channel_drivers[] = {
    {"email", email_options, sizeof(struct email_state), false},
    {"webhook", NULL, 0, false},
};
static const struct tcs_conf_drivers drivers = {
    feed_drivers, 2, channel_drivers, 2};

static struct tcs_conf *
parse(const char *text, const struct tcs_conf_drivers *known)
{
	struct tcs_conf *conf = NULL;
	struct tcs_diag diag = {0};
	enum tcs_err err = tcs_conf_parse(
	    tcs_slice_str(text), "/etc/t/t.conf", known, &conf, &diag);

	if (err != TCS_OK)
		print_message("%u: %s\n", diag.n > 0 ? diag.items[0].line : 0,
		    tcs_diag_text(&diag));
	assert_int_equal(err, TCS_OK);
	assert_int_equal(diag.n, 0);
	return conf;
}

static void
a_small_file_has_the_defaults(void **state)
{
	struct tcs_conf *conf = parse(HEAD, &drivers);

	(void)state;
	assert_string_equal(conf->path, "/etc/t/t.conf");
	assert_string_equal(conf->observatory.name, "sidpc62");
	assert_string_equal(conf->observatory.departements.items[0], "62");
	assert_string_equal(conf->observatory.timezone, "Europe/Paris");
	assert_false(conf->observatory.live);
	assert_string_equal(conf->store.address, "unix:/run/tocsin/redis.sock");
	assert_string_equal(conf->store.secrets, "/var/lib/tocsin/secrets");
	assert_null(conf->store.admin);
	assert_string_equal(conf->bus.url, "redis:");
	assert_int_equal(conf->bus.partitions, 1);
	assert_string_equal(conf->paths.rules, "/etc/t/rules.d");
	assert_string_equal(conf->paths.lists, "/etc/t/lists.d");
	assert_string_equal(conf->paths.documents, "/var/lib/tocsin/documents");
	assert_string_equal(conf->paths.journal, "/var/lib/tocsin/journal");
	assert_string_equal(conf->cli.group, "tocsin");
	assert_int_equal(conf->feeds_n, 0);
	tcs_conf_free(&conf);
	assert_null(conf);
}

static void
everything_that_is_written_is_filled_in(void **state)
{
	struct tcs_conf *conf = parse(HEAD
	    "store { address = \"unix:redis.sock\" admin = adm }\n"
	    "paths { state = st journal = \"/srv/j\" }\n"
	    "bus { partitions = 64 }\n"
	    "feed a { driver = vigicrues every = \"2 min\" key = k }\n"
	    "feed b { driver = plain url = \"http://127.0.0.1:1/\"\n"
	    "         every = \"1 s\" }\n" EMAIL
	    "channel webhook { slots = 3 retry_base = \"100 ms\" }\n"
	    "contact c { function = \"agent d'astreinte\"\n"
	    "  audiences = {sidpc, communes} insee = {62765, 2A004}\n"
	    "  email = \"c@communes.example\"\n"
	    "  webhook = 'http://127.0.0.1:8025/c' }\n",
	    &drivers);

	(void)state;
	assert_string_equal(conf->store.address, "unix:/etc/t/redis.sock");
	assert_string_equal(conf->store.admin, "/etc/t/adm");
	assert_string_equal(conf->paths.documents, "/etc/t/st/documents");
	assert_string_equal(conf->paths.journal, "/srv/j");
	assert_int_equal(conf->bus.partitions, 64);
	assert_int_equal(conf->feeds_n, 2);
	assert_string_equal(conf->feeds[0].name, "a");
	assert_int_equal(conf->feeds[0].line, 8);
	assert_int_equal(conf->feeds[0].every_ms, 120000);
	assert_int_equal(conf->feeds[0].timeout_ms, 30000);
	assert_int_equal(conf->feeds[0].body_max, 8000000);
	const struct feed_state *st = conf->feeds[0].state;
	assert_string_equal(st->key, "k");
	assert_int_equal(st->depth, 3);
	assert_int_equal(conf->feeds[1].every_ms, 1000);
	const struct email_state *email = conf->channels[0].state;
	assert_string_equal(email->relay, "127.0.0.1:25");
	assert_int_equal(conf->channels[1].slots, 3);
	assert_int_equal(conf->channels[1].retry_base_ms, 100);
	assert_int_equal(conf->channels[1].retry_cap_ms, 600000);
	const struct tcs_conf_contact *c = &conf->contacts[0];
	assert_string_equal(c->function, "agent d'astreinte");
	assert_string_equal(c->audiences.items[1], "communes");
	assert_string_equal(c->insee.items[1], "2A004");
	assert_string_equal(c->webhook, "http://127.0.0.1:8025/c");
	tcs_conf_free(&conf);
}

static void
another_state_folder_moves_what_was_not_given(void **state)
{
	struct tcs_conf *conf =
	    parse(HEAD "paths { journal = \"/srv/j\" }\n", NULL);

	(void)state;
	assert_int_equal(tcs_conf_set_state(conf, "/tmp/s"), TCS_OK);
	assert_string_equal(conf->paths.state, "/tmp/s");
	assert_string_equal(conf->paths.documents, "/tmp/s/documents");
	assert_string_equal(conf->paths.journal, "/srv/j");
	tcs_conf_free(&conf);
}

static void
a_program_without_drivers_passes_over_their_keys(void **state)
{
	struct tcs_conf *conf =
	    parse(HEAD "feed a { driver = other depth = {x, y} every = 30s }\n"
	               "channel other { what = ever slots = 2 }\n",
	        NULL);

	(void)state;
	assert_null(conf->feeds[0].state);
	assert_int_equal(conf->feeds[0].every_ms, 30000);
	assert_null(conf->channels[0].state);
	assert_int_equal(conf->channels[0].slots, 2);
	tcs_conf_free(&conf);
}

/* "line: text\n" of each finding. */
static void
find(const char *text, struct tcs_buf *said)
{
	struct tcs_conf *conf = NULL;
	struct tcs_diag diag = {0};

	assert_int_not_equal(tcs_conf_parse(tcs_slice_str(text),
	                         "/etc/t/t.conf", &drivers, &conf, &diag),
	    TCS_OK);
	assert_null(conf);
	for (size_t i = 0; i < diag.n; i++) {
		assert_string_equal(diag.items[i].file, "/etc/t/t.conf");
		tcs_buf_printf(
		    said, "%u: %s\n", diag.items[i].line, diag.items[i].text);
	}
	tcs_diag_fini(&diag);
}

static void
each_fault_is_said_with_its_line_and_what_to_write(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {HEAD "bus { partitions = 65 }",
	        "5: partitions: \"65\" is more than 64; write: partitions = "
	        "64\n"},
	    {HEAD "bus { url = \"kafka:\" }",
	        "5: url: a bus is redis:, the store's own Redis, or "
	        "kafka://host:9092,other:9092; write: url = \"redis:\"\n"},
	    {HEAD "bus {\n partition = 2\n}",
	        "6: bus has no key \"partition\"; write: partitions = …\n"},
	    {HEAD "bus {\n colour = 2\n}",
	        "6: bus has no key \"colour\"; write: one of those of tocsin "
	        "--help-config\n"},
	    {HEAD "bus { url = \"redis:\"\n url = \"redis:\" }",
	        "6: url is written twice in this section; write: it once\n"},
	    {HEAD "bus { }\n\nbus { }",
	        "7: bus is there already at line 5; write: its keys in that "
	        "section\n"},
	    {HEAD "bus one { }",
	        "5: bus has no name of its own; write: bus { … "
	        "}\n"},
	    {HEAD "buss { }", "5: there is no section \"buss\"; write: one of "
	                      "those of tocsin --help-config\n"},
	    {HEAD "bus { partitions = {1} }",
	        "5: partitions takes one value; write: it without braces\n"},
	    {HEAD "store { address = \"redis.example:6379\" }",
	        "5: address: is neither a UNIX socket nor a loopback address; "
	        "write: address = \"unix:/run/tocsin/redis.sock\"\n"},
	    {HEAD "store { address = \"127.0.0.1\" }",
	        "5: address: has no port; write: address = "
	        "\"unix:/run/tocsin/redis.sock\"\n"},
	    {HEAD "feed a { }",
	        "5: driver: is missing in feed a (how the source is read "
	        "(`tocsin feeds drivers`)); write: driver = \"vigicrues\"\n"},
	    {HEAD "feed a {\n driver = vigicrue }",
	        "6: there is no feed driver of that name; write: vigicrues, "
	        "plain\n"},
	    {HEAD "feed a { driver = plain depth = 2 }",
	        "5: feed has no key \"depth\"; write: one of those of tocsin "
	        "--help-config\n"},
	    {HEAD "feed a { driver = vigicrues\n dept = 2 depth = 10 }",
	        "6: depth: \"10\" is more than 9; write: depth = 9\n"
	        "6: feed has no key \"dept\"; write: depth = …\n"},
	    {HEAD "feed a { driver = plain every = \"9 s\" }",
	        "5: feed a asks a public source more often than each 10 s; "
	        "write: every = \"10 s\", or more\n"},
	    {HEAD "feed { driver = plain }",
	        "5: feed needs a name of at most 40 letters without accent, "
	        "digits, '.', '_', '-'; write: feed name-1 { … }\n"},
	    {HEAD "feed \"a|b\" { driver = plain }",
	        "5: feed needs a name of at most 40 letters without accent, "
	        "digits, '.', '_', '-'; write: feed name-1 { … }\n"},
	    {HEAD "feed a { driver = plain }\nfeed b { driver = plain }\n"
	          "feed a { driver = plain }",
	        "7: feed a is there already at line 5; write: another name\n"},
	    {HEAD "channel fax { }",
	        "5: there is no channel driver of that name; write: email, "
	        "webhook\n"},
	    {HEAD "channel email { }",
	        "5: relay: is missing in channel email (the relay); write: "
	        "relay = \"127.0.0.1:25\"\n"},
	    {HEAD
	        "channel webhook { retry_base = \"1 min\" retry_cap = \"1 s\" "
	        "}",
	        "5: channel webhook: its longest wait is less than its first; "
	        "write: a retry_cap not below retry_base\n"},
	    {HEAD EMAIL "contact c { insee = {62765} email = \"c@d.example\" }",
	        "6: audiences: is missing in contact c (groups of the rules to "
	        "which it belongs); write: audiences = {\"communes\"}\n"},
	    {HEAD EMAIL "contact c { audiences = {a} email = \"c@d.example\" }",
	        "6: contact c has no territory; write: insee = {\"62765\"}, or "
	        "departements = {\"62\"}\n"},
	    {HEAD "contact c { audiences = {a} departements = {62} }",
	        "5: contact c cannot be reached; write: email = "
	        "\"astreinte@prefecture.example\", or webhook = "
	        "\"https://…\"\n"},
	    {HEAD "contact c { audiences = {a} departements = {62} email = "
	          "\"c@d.example\" }",
	        "5: contact c has an address for email, and there is no such "
	        "channel; write: channel email { … }\n"},
	    {HEAD EMAIL "contact c { audiences = {a} insee = {6276, 62765}\n"
	                "email = \"c@d.example\" departements = {20} }",
	        "6: insee: an INSEE code of a commune has five characters, as "
	        "62765 or 2A004; write: insee = {\"62765\"}\n"
	        "7: departements: a département is 01 to 95, 2A, 2B or 971 to "
	        "989; write: departements = {\"62\"}\n"},
	    {HEAD "include(\"/etc/passwd\")",
	        "5: include() and other functions are not known here; write: "
	        "everything in one file\n"},
	    {"",
	        "0: departements: is missing in observatory (what is watched); "
	        "write: departements = {\"62\"}\n"
	        "0: name: is missing in observatory (first part of every "
	        "identifier); write: name = \"sidpc62\"\n"
	        "0: sender: is missing in observatory (sender of every CAP "
	        "message); write: sender = \"sidpc62@prefecture.example\"\n"
	        "0: title: is missing in observatory (who speaks, in texts); "
	        "write: title = \"SIDPC du Pas-de-Calais\"\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_buf said;
		tcs_buf_init(&said, 100000);
		find(cases[i].text, &said);
		assert_int_equal(said.err, TCS_OK);
		assert_string_equal(said.p, cases[i].want);
		tcs_buf_fini(&said);
	}
}

static void
addresses_have_a_form(void **state)
{
	static const char *const good[] = {"a@b.example", "a.b+c@d-e.example",
	    "o'brien@b.example", "x@1.example"};
	static const char *const bad[] = {"a", "@b.example", "a@", "a@b",
	    "a@.example", "a@b.example.", "a b@c.example", "a@b c.example",
	    "a@b@c.example", "<a@b.example>", "a@b.example,c@d.example",
	    "é@b.example", "a@b_c.example"};
	char text[600];
	struct tcs_buf said;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    HEAD EMAIL "contact c { audiences = {a} insee = {62765} "
		               "email = \"%s\" }",
		    good[i]);
		struct tcs_conf *conf = parse(text, &drivers);
		tcs_conf_free(&conf);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    HEAD EMAIL "contact c { audiences = {a} insee = {62765} "
		               "email = \"%s\" }",
		    bad[i]);
		tcs_buf_init(&said, 10000);
		find(text, &said);
		assert_string_equal(said.p,
		    "6: email: is not an e-mail address; write: email = "
		    "\"astreinte@prefecture.example\"\n");
		tcs_buf_fini(&said);
	}
}

static void
departements_have_a_form(void **state)
{
	static const char *const good[] = {
	    "01", "19", "21", "95", "2A", "2B", "971", "976", "988"};
	static const char *const bad[] = {
	    "00", "1", "20", "96", "2C", "970x", "961", "99", "62 ", "6 2"};
	char text[600];
	struct tcs_buf said;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "observatory { name = a sender = b title = c "
		    "departements = {%s} }",
		    good[i]);
		struct tcs_conf *conf = parse(text, &drivers);
		tcs_conf_free(&conf);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "observatory { name = a sender = b title = c "
		    "departements = {\"%s\"} }",
		    bad[i]);
		tcs_buf_init(&said, 10000);
		find(text, &said);
		assert_non_null(strstr(said.p, "1: departements: "));
		tcs_buf_fini(&said);
	}
}

static void
all_faults_of_a_file_are_said_in_its_order(void **state)
{
	struct tcs_buf said;

	(void)state;
	tcs_buf_init(&said, 10000);
	find(HEAD "cli { group = \"a b\" }\nnope { }\nbus { partitions = 0 }\n"
	          "store { adress = x }\n",
	    &said);
	const char *at = said.p;
	for (int line = 5; line <= 8; line++) {
		char want[16];
		(void)snprintf(want, sizeof(want), "%d: ", line);
		assert_ptr_equal(strstr(at, want), at);
		at = strchr(at, '\n') + 1;
	}
	assert_string_equal(at, "");
	tcs_buf_fini(&said);
}

static void
ten_thousand_contacts_are_read(void **state)
{
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 1000000);
	tcs_buf_str(&buf, HEAD EMAIL);
	for (int i = 0; i < 10000; i++)
		tcs_buf_printf(&buf,
		    "contact c%d { audiences={a} insee={62%03d} "
		    "email=\"c%d@d.example\" }\n",
		    i, i % 1000, i);
	assert_int_equal(buf.err, TCS_OK);
	struct tcs_conf *conf = parse(buf.p, &drivers);
	assert_int_equal(conf->contacts_n, 10000);
	assert_string_equal(conf->contacts[9999].email, "c9999@d.example");
	assert_int_equal(conf->contacts[9999].line, 10005);
	tcs_conf_free(&conf);
	tcs_buf_fini(&buf);
}

static void
a_fault_does_not_spoil_the_next_load(void **state)
{
	struct tcs_buf said;

	(void)state;
	tcs_buf_init(&said, 10000);
	find(HEAD "bus { url = \"redis:", &said);
	tcs_buf_fini(&said);
	struct tcs_conf *conf = parse(HEAD, &drivers);
	tcs_conf_free(&conf);
}

static void
help_names_every_section_and_key(void **state)
{
	struct tcs_buf buf;

	(void)state;
	tcs_buf_init(&buf, 100000);
	tcs_conf_help(&drivers, &buf);
	assert_int_equal(buf.err, TCS_OK);
	for (size_t i = 0; i < TCS_SCHEMA_COUNT; i++) {
		assert_non_null(strstr(buf.p, tcs_schemas[i].name));
		for (const struct tcs_option *o = tcs_schemas[i].options;
		     o->name != NULL; o++) {
			char want[64];
			(void)snprintf(want, sizeof(want), "\n  %s ", o->name);
			assert_non_null(strstr(buf.p, want));
			assert_non_null(strstr(buf.p, o->help));
		}
	}
	assert_non_null(strstr(buf.p, "for the driver vigicrues:\n"));
	assert_non_null(strstr(buf.p, "whole number, 1 to 9, default 3\n"));
	tcs_buf_fini(&buf);
}

static void
what_ships_is_sound(void **state)
{
	struct tcs_conf *conf = NULL;
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_equal(
	    tcs_conf_load("config/default/tocsin.conf", NULL, &conf, &diag),
	    TCS_OK);
	assert_int_equal(conf->path[0], '/');
	assert_string_equal(conf->observatory.name, "demo62");
	assert_false(conf->observatory.live);
	for (size_t i = 0; i < conf->contacts_n; i++) {
		const struct tcs_conf_contact *c = &conf->contacts[i];
		assert_non_null(strstr(c->function, "(démonstration)"));
		if (c->webhook != NULL)
			assert_ptr_equal(
			    strstr(c->webhook, "http://127.0.0.1:"),
			    c->webhook);
		if (c->email != NULL)
			assert_string_equal(strrchr(c->email, '.'), ".example");
	}
	tcs_conf_free(&conf);
	tcs_diag_fini(&diag);
}

static void
a_file_that_is_not_there_is_said(void **state)
{
	struct tcs_conf *conf = NULL;
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_equal(
	    tcs_conf_load("/nonexistent/t.conf", NULL, &conf, &diag),
	    TCS_ENOTFOUND);
	assert_string_equal(diag.items[0].file, "/nonexistent/t.conf");
	tcs_diag_fini(&diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_small_file_has_the_defaults),
	    cmocka_unit_test(everything_that_is_written_is_filled_in),
	    cmocka_unit_test(another_state_folder_moves_what_was_not_given),
	    cmocka_unit_test(a_program_without_drivers_passes_over_their_keys),
	    cmocka_unit_test(
	        each_fault_is_said_with_its_line_and_what_to_write),
	    cmocka_unit_test(addresses_have_a_form),
	    cmocka_unit_test(departements_have_a_form),
	    cmocka_unit_test(all_faults_of_a_file_are_said_in_its_order),
	    cmocka_unit_test(ten_thousand_contacts_are_read),
	    cmocka_unit_test(a_fault_does_not_spoil_the_next_load),
	    cmocka_unit_test(help_names_every_section_and_key),
	    cmocka_unit_test(what_ships_is_sound),
	    cmocka_unit_test(a_file_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
