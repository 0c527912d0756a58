/* fuzz_conf - tocsin.conf: any bytes are read or refused with a reason, and
 * whatever passes our scan libconfuse reads as we did. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_state {
	char *text;
	struct tcs_strings list;
	int64_t wait_ms;
};

static const struct tcs_option fuzz_options[] = {
    TCS_OPT_STRING("text", struct fuzz_state, text, NULL, "a text"),
    {.name = "list",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct fuzz_state, list),
        .help = "a list"},
    TCS_OPT_DURATION("wait", struct fuzz_state, wait_ms, "1 s", 0, 0, "a wait"),
    TCS_OPT_END,
};

static const struct tcs_conf_driver fuzz_feeds[] = {
    {"a", fuzz_options, sizeof(struct fuzz_state), false}};
static const struct tcs_conf_driver fuzz_channels[] = {
    {"email", NULL, 0, false},
    {"webhook", fuzz_options, sizeof(struct fuzz_state), false}};
static const struct tcs_conf_drivers fuzz_drivers = {
    fuzz_feeds, 1, fuzz_channels, 2};

static void
fuzz_load(struct tcs_slice text, const struct tcs_conf_drivers *drivers)
{
	struct tcs_conf *conf = NULL;
	struct tcs_diag diag = {0};
	enum tcs_err err =
	    tcs_conf_parse(text, "/f/t.conf", drivers, &conf, &diag);

	tcs_assert((err == TCS_OK) == (conf != NULL));
	tcs_assert((err == TCS_OK) == (diag.n == 0));
	for (size_t i = 0; i < diag.n; i++)
		tcs_assert(strncmp(diag.items[i].text, "libconfuse:", 11) != 0);
	if (conf != NULL) {
		tcs_assert(conf->observatory.departements.n > 0);
		tcs_assert(conf->paths.documents[0] == '/');
	}
	tcs_conf_free(&conf);
	tcs_diag_fini(&diag);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_load(tcs_slice(data, size), &fuzz_drivers);
	fuzz_load(tcs_slice(data, size), NULL);
	return 0;
}
