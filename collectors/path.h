/* path.h - the observatories that a signal came through. Two that follow each
 * other would send one round and round: what has been here is not taken again.
 *
 * "tocsin:path" on a reading names them, with blanks between; the one that a
 * message comes from is among them, so that nothing is to be added here: our
 * own signals bear our name in "tocsin:observatory". */
#ifndef TOCSIN_COLLECTORS_PATH_H
#define TOCSIN_COLLECTORS_PATH_H

#include <stdbool.h>
#include <stddef.h>

struct tcs_readings;

enum { TCS_PATH_MAX = 16 }; /* observatories; more is a loop of others */

/* It names `observatory`, or more of them than a signal may come through. */
bool tcs_path_is_closed(const char *path, const char *observatory);
/* Drop the readings that came through `observatory`. Returns how many. */
size_t tcs_path_cut(struct tcs_readings *readings, const char *observatory);

#endif
