#include "territory/names.h"

#include "core/fold.h"

enum { NAMES_BYTES_MAX = 1024 };

static bool
names_is_article(struct tcs_slice word)
{
	return tcs_slice_is(word, "la") || tcs_slice_is(word, "le") ||
	       tcs_slice_is(word, "les") || tcs_slice_is(word, "l");
}

static void
names_word(struct tcs_slice word, struct tcs_buf *buf)
{
	if (tcs_slice_is(word, "saint"))
		word = tcs_slice_str("st");
	else if (tcs_slice_is(word, "sainte"))
		word = tcs_slice_str("ste");
	tcs_buf_slice(buf, word);
}

void
tcs_name_key(struct tcs_slice name, struct tcs_buf *buf)
{
	struct tcs_buf folded;

	tcs_buf_init(&folded, NAMES_BYTES_MAX);
	tcs_fold(name, &folded);
	struct tcs_slice rest = tcs_slice_trim(tcs_buf_view(&folded));
	for (bool is_first = true; rest.n > 0; is_first = false) {
		struct tcs_slice word = tcs_slice_cut(rest, ' ', &rest);
		if (is_first && rest.n > 0 && names_is_article(word))
			word = tcs_slice_cut(rest, ' ', &rest);
		names_word(word, buf);
		if (rest.n > 0)
			tcs_buf_char(buf, ' ');
	}
	if (folded.err != TCS_OK && buf->err == TCS_OK)
		buf->err = folded.err;
	tcs_buf_fini(&folded);
}
