/* text.h - an avalanche bulletin in the words of a duty officer. */
#ifndef TOCSIN_COLLECTORS_FEEDS_AVALANCHE_TEXT_H
#define TOCSIN_COLLECTORS_FEEDS_AVALANCHE_TEXT_H

#include "collectors/feeds/avalanche/bulletin.h"
#include "core/buf.h"

/* "faible" to "très fort"; "" for 0. */
const char *tcs_avalanche_level_word(int level);
/* "Risque d'avalanches 4 (fort) : Haute-Bigorre". */
void tcs_avalanche_headline(
    struct tcs_buf *buf, const struct avalanche_bulletin *b, const char *name);
/* The risk in one sentence, then all that the bulletin says of it. */
void tcs_avalanche_text(
    struct tcs_buf *buf, const struct avalanche_bulletin *b);

#endif
