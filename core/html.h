/* html.h - HTML as it is found in feeds and mails, to plain text. Nothing is
 * fetched, run or rendered. */
#ifndef TOCSIN_CORE_HTML_H
#define TOCSIN_CORE_HTML_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/slice.h"

/* Append the text that people would read of `html` (UTF-8): tags gone, blocks
 * and <br> as line ends, list items with "- ", entities resolved, blanks
 * folded, scripts and styles left out. "< 5 mm" stays as it is. Text without
 * any tag passes through. What is not UTF-8 becomes U+FFFD. */
void tcs_html_text(struct tcs_slice html, struct tcs_buf *buf);
/* It begins as a web page does, <!DOCTYPE html> or <html: for a source that
 * answers a page where data was asked for. Leading blanks and BOM pass. */
bool tcs_html_is_page(struct tcs_slice body);

#endif
