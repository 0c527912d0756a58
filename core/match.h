/* match.h - the answer of whatever looks for something. What could not be
 * looked at is unknown, and never quietly no. */
#ifndef TOCSIN_CORE_MATCH_H
#define TOCSIN_CORE_MATCH_H

enum tcs_match { TCS_NO, TCS_YES, TCS_UNKNOWN };

#endif
