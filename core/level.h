/* level.h - the levels of the scales we know, for routing. A rank is never
 * printed; texts show the level with its scale's own word. */
#ifndef TOCSIN_CORE_LEVEL_H
#define TOCSIN_CORE_LEVEL_H

#include <stdbool.h>

/* Not read, or of no scale we know: never green. */
#define TCS_LEVEL_UNKNOWN "inconnu"

enum { TCS_RANK_UNKNOWN = -1 };

/* vert 1, jaune 2, orange 3, rouge 4, violet 5; 0 is "none"; the avalanche
 * scale 1 to 5; CAP's minor 1, moderate 2, severe 3, extreme 4.
 * A scale prefix ("vigicrues:orange") is skipped. TCS_RANK_UNKNOWN else. */
int tcs_level_rank(const char *level);
/* One of the colours, vert to violet. */
bool tcs_level_is_colour(const char *level);
/* As it follows "vigilance" in a text: verte, jaune, orange, rouge, violette;
 * any other as it is. */
const char *tcs_level_adjective(const char *level);
/* As it stands alone in a text: orange, niveau 4, gravité forte, sans niveau,
 * niveau inconnu. */
const char *tcs_level_words(const char *level);
/* CAP severity: Minor, Moderate, Severe, Extreme; "Unknown" else. */
const char *tcs_level_severity(const char *level);

#endif
