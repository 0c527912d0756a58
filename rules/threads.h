/* threads.h - the threads of one unit, kept as they lie in the store: text,
 * found by their place and by their name. */
#ifndef TOCSIN_RULES_THREADS_H
#define TOCSIN_RULES_THREADS_H

#include <stddef.h>

#include "core/err.h"
#include "core/slice.h"
#include "rules/code.h"
#include "rules/thread.h"

enum { TCS_THREADS_MAX = 20000, TCS_THREAD_NAME_MAX = 32 };

/* All members are owned and only read from outside. */
struct tcs_thread_entry {
	char name[TCS_THREAD_NAME_MAX]; /* "<key>|<hash>", as in the store */
	char place[65];
	char code[4];
	char *json;
};

struct tcs_threads; /* opaque */

struct tcs_threads *tcs_threads_new(void); /* NULL when out of memory */
void tcs_threads_free(struct tcs_threads **threads); /* NULL-safe */

/* "<key>|<hash>". TCS_ELIMIT: the key is too long to be one. */
enum tcs_err tcs_thread_name(const struct tcs_thread *thread,
    char name[TCS_THREAD_NAME_MAX]) TCS_MUST_USE;

/* NULL when there is none. Borrowed until the next change. */
const struct tcs_thread_entry *tcs_threads_at(
    const struct tcs_threads *threads, const char *place);
const struct tcs_thread_entry *tcs_threads_named(
    const struct tcs_threads *threads, const char *name);
size_t tcs_threads_count(const struct tcs_threads *threads);

/* Add or replace; `json` is copied, the code is taken. TCS_ENOMEM, TCS_ELIMIT;
 * TCS_EEXISTS: another thread has that name. */
enum tcs_err tcs_threads_put(struct tcs_threads *threads,
    const struct tcs_thread *thread, struct tcs_slice json) TCS_MUST_USE;
/* The code is free again. */
void tcs_threads_remove(struct tcs_threads *threads, const char *name);

/* Codes in use, by threads of other units too. */
struct tcs_codes *tcs_threads_codes(struct tcs_threads *threads);

#endif
