/* bare_parse.h - bodies as the libraries alone read them, by their plainest
 * calls: each document, and each that is in it and that the driver reads too,
 * is parsed once and freed. */
#ifndef TOCSIN_TESTS_BENCH_BARE_PARSE_H
#define TOCSIN_TESTS_BENCH_BARE_PARSE_H

#include <stdbool.h>

#include "core/slice.h"

/* False: it could not be parsed. */
bool bare_json_parse(struct tcs_slice body);
bool bare_xml_parse(struct tcs_slice body);
/* XML, and the HTML in each <description>. */
bool bare_rss_parse(struct tcs_slice body);
/* A mail: the content of each part that is read, which HTML is not beside the
 * same as plain text. */
bool bare_mail_parse(struct tcs_slice body);

#endif
