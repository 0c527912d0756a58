/* fold.h - text made comparable: what people type and what sources write
 * differ in case, accents, ligatures, apostrophes, hyphens and blanks.
 *
 * Folded text is words of letters and digits, one blank between two, one at
 * each end: " niveau d eau eleve ". A phrase is found where its folded form
 * is a substring, so only whole words match. */
#ifndef TOCSIN_CORE_FOLD_H
#define TOCSIN_CORE_FOLD_H

#include "core/buf.h"
#include "core/slice.h"

/* Append `text` folded; bytes that are no UTF-8 count as blanks. Text without
 * any letter or digit appends one blank. Call it again to append more text:
 * the blanks in between are one. */
void tcs_fold(struct tcs_slice text, struct tcs_buf *buf);

#endif
