#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/fold.h"

static void
assert_folds(const char *text, const char *want)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, 4096);
	tcs_fold(tcs_slice_str(text), &buf);
	assert_int_equal(buf.err, TCS_OK);
	assert_string_equal(buf.p, want);
	tcs_buf_fini(&buf);
}

static void
case_accents_and_ligatures_are_folded(void **state)
{
	(void)state;
	assert_folds("ÉVACUATION", " evacuation ");
	assert_folds("évacuation", " evacuation ");
	/* E and U+0301, as some systems write É */
	assert_folds("E\xcc\x81vacuation", " evacuation ");
	assert_folds("cœur nævus ŒUVRE Æ", " coeur naevus oeuvre ae ");
	assert_folds("Dennebrœucq", " dennebroeucq ");
	assert_folds("garçon où noël", " garcon ou noel ");
	assert_folds("Straße Łódź ĳ", " strasse lodz ij ");
}

static void
apostrophes_hyphens_and_blanks_separate_words(void **state)
{
	(void)state;
	assert_folds("niveau d'eau", " niveau d eau ");
	assert_folds("niveau d’eau", " niveau d eau ");
	assert_folds("Saint-Omer", " saint omer ");
	assert_folds("Saint‑Omer", " saint omer "); /* U+2011 */
	assert_folds("20\xc2\xa0h\xe2\x80\xaf"
	             "30",
	    " 20 h 30 ");
	assert_folds("  deux \t\n  mots  ", " deux mots ");
	assert_folds("«\xc2\xa0"
	             "crue\xc2\xa0»…",
	    " crue ");
}

static void
what_has_no_width_is_as_if_it_were_not_there(void **state)
{
	(void)state;
	assert_folds("éva\xc2\xad"
	             "cuation",
	    " evacuation ");
	assert_folds("\xef\xbb\xbf"
	             "crue\xe2\x80\x8b"
	             "s",
	    " crues ");
}

static void
other_scripts_pass_and_broken_bytes_separate(void **state)
{
	(void)state;
	assert_folds("вода", " вода ");
	assert_folds("a\xff"
	             "b",
	    " a b ");
	assert_folds("a\xc3", " a ");
	assert_folds("a\xe2\x82", " a ");
	assert_folds("\xc0\xaf", " ");
	assert_folds("\xf0\x9f\x8c\x8a", " 🌊 ");
	assert_folds("", " ");
	assert_folds("!?", " ");
}

static void
text_added_in_two_goes_is_words_in_a_row(void **state)
{
	(void)state;
	struct tcs_buf buf;

	tcs_buf_init(&buf, 64);
	tcs_fold(tcs_slice_str("un titre."), &buf);
	tcs_fold(tcs_slice_str("Un texte"), &buf);
	assert_string_equal(buf.p, " un titre un texte ");
	tcs_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(case_accents_and_ligatures_are_folded),
	    cmocka_unit_test(apostrophes_hyphens_and_blanks_separate_words),
	    cmocka_unit_test(what_has_no_width_is_as_if_it_were_not_there),
	    cmocka_unit_test(other_scripts_pass_and_broken_bytes_separate),
	    cmocka_unit_test(text_added_in_two_goes_is_words_in_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
