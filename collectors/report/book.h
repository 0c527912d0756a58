/* book.h - the reports that are known: as they were last said, who may correct
 * them, what was signalled of them, which are about the same fact.
 *
 *            correction
 *            .--------.
 *   report   |        v   end
 *  --------> open ----------> ended
 *              '----------------'---> forgotten, 48 h after the last expiry
 */
#ifndef TOCSIN_COLLECTORS_REPORT_BOOK_H
#define TOCSIN_COLLECTORS_REPORT_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/report/record.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

enum {
	TCS_REPORTS_MAX = 10000,
	TCS_REPORT_SEEN_MAX = 64,
	TCS_REPORT_LINKS_MAX = 16,
	TCS_REPORT_STATE_MAX = 64 * 1024,
};

#define TCS_REPORT_MEMORY_MS TCS_HOURS(48)

/* One report as it is kept, its strings in an arena of its own. */
struct tcs_report_entry {
	struct tcs_arena *arena;
	struct tcs_report said; /* as last corrected; reported_ms: the last */
	int64_t first_ms;       /* when it was first reported */
	int64_t expires_ms;     /* of its last signal */
	bool is_ended;
	const char *previous_level; /* before the last record; not kept */
	/* Its signals: the first, the last, "sender,identifier,sent". */
	const char *opening, *identifier, *reference, *trace;
	char zone[TCS_REPORT_ZONE];
	char seen[TCS_REPORT_SEEN_MAX][17]; /* records that made it */
	size_t seen_n;
};

/* A copy of `old` (NULL: a new report) with what `report` says, whose bytes are
 * `value`. The caller owns *ret_entry. */
enum tcs_err tcs_report_entry_make(const struct tcs_report_entry *old,
    const struct tcs_report *report, struct tcs_slice value, int64_t expires_ms,
    struct tcs_report_entry **ret_entry) TCS_MUST_USE;
void tcs_report_entry_free(struct tcs_report_entry **entry); /* NULL-safe */
/* Was it these bytes that made it? */
bool tcs_report_entry_has(
    const struct tcs_report_entry *entry, struct tcs_slice value);
/* As in `src:reports`, and back. TCS_EPARSE: not such an entry. */
enum tcs_err tcs_report_entry_write(
    const struct tcs_report_entry *entry, struct tcs_buf *buf) TCS_MUST_USE;
enum tcs_err tcs_report_entry_read(struct tcs_slice json,
    struct tcs_report_entry **ret_entry, struct tcs_diag *diag) TCS_MUST_USE;
/* May that record revise it? Its author may: the same function, or the same
 * login. TCS_EINVAL with who may, or why nobody. */
enum tcs_err tcs_report_entry_check(const struct tcs_report_entry *entry,
    const struct tcs_report *report, struct tcs_diag *diag) TCS_MUST_USE;

struct tcs_report_book; /* opaque */

struct tcs_report_book *tcs_report_book_new(void); /* NULL: out of memory */
void tcs_report_book_free(struct tcs_report_book **book); /* NULL-safe */
/* NULL: none has that id. */
struct tcs_report_entry *tcs_report_book_find(
    const struct tcs_report_book *book, const char *id);
/* Takes `entry`, in place of one with the same id. TCS_ELIMIT: too many are
 * known; on error it stays the caller's. */
enum tcs_err tcs_report_book_put(
    struct tcs_report_book *book, struct tcs_report_entry *entry) TCS_MUST_USE;
void tcs_report_book_remove(struct tcs_report_book *book, const char *id);
size_t tcs_report_book_count(const struct tcs_report_book *book);
/* Each once, in no order; *at is 0 at first, NULL at the end. */
struct tcs_report_entry *tcs_report_book_next(
    const struct tcs_report_book *book, size_t *at);
/* Other open reports of the same phenomenon in the same place, whose fact is
 * at most `within_ms` away: at most TCS_REPORT_LINKS_MAX. Returns how many. */
size_t tcs_report_book_links(const struct tcs_report_book *book,
    const struct tcs_report_entry *entry, int64_t within_ms,
    const struct tcs_report_entry *links[TCS_REPORT_LINKS_MAX]);

#endif
