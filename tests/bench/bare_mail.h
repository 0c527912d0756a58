/* bare_mail.h - a mail as GMime alone reads it. */
#ifndef TOCSIN_TESTS_BENCH_BARE_MAIL_H
#define TOCSIN_TESTS_BENCH_BARE_MAIL_H

#include <stdbool.h>

#include "core/slice.h"

/* Parse it and decode the content of each of its parts; false: no mail. */
bool bare_mail_parse(struct tcs_slice body);

#endif
