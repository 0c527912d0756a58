/* cap_model.h - the elements of CAP 1.2 as tables, in the order of the
 * standard: reading, writing, copying and checking all walk them. For the
 * files of core/cap only. */
#ifndef TOCSIN_CORE_CAP_MODEL_H
#define TOCSIN_CORE_CAP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/cap.h"

#define TCS_CAP_NS "urn:oasis:names:tc:emergency:cap:1.2"
#define TCS_CAP_SIGNATURE_NS "http://www.w3.org/2000/09/xmldsig#"

enum { TCS_CAP_FIELDS_MAX = 24 };

enum tcs_cap_grade { TCS_CAP_FINE, TCS_CAP_FAULTY, TCS_CAP_INVALID };

enum tcs_cap_kind {
	TCS_CAP_TEXT,     /* const char * */
	TCS_CAP_TIME,     /* int64_t */
	TCS_CAP_TEXTS,    /* list of struct tcs_cap_text */
	TCS_CAP_CHILDREN, /* list of structs of `type` */
};

struct tcs_cap_type;

struct tcs_cap_field {
	const char *name;        /* of the element */
	const char *start, *end; /* "<name>" and "</name>\n" */
	size_t name_n;
	enum tcs_cap_kind kind;
	size_t offset;            /* in the struct that has it */
	enum tcs_cap_grade need;  /* grade of its absence */
	const char *const *words; /* values allowed, NULL-terminated; or NULL */
	enum tcs_cap_grade words_need;   /* grade of another value */
	const struct tcs_cap_type *type; /* of TCS_CAP_CHILDREN */
};

struct tcs_cap_type {
	size_t size, next_offset;
	const struct tcs_cap_field *fields;
	size_t fields_n;
	bool is_pair; /* valueName and value: nothing without both */
};

extern const struct tcs_cap_type tcs_cap_alert_type;

/* A zeroed struct of that type with its times absent. NULL: out of memory. */
void *tcs_cap_object_new(
    struct tcs_arena *arena, const struct tcs_cap_type *type);

/* Members by offset: pointers of whatever type, texts, times. Here, for they
 * are a machine instruction each, and a message walked asks for hundreds. */
static inline void *
tcs_cap_pointer(const void *object, size_t offset)
{
	void *value;

	memcpy(&value, (const char *)object + offset, sizeof(value));
	return value;
}

static inline void
tcs_cap_set_pointer(void *object, size_t offset, const void *value)
{
	memcpy((char *)object + offset, &value, sizeof(value));
}

static inline int64_t
tcs_cap_time(const void *object, size_t offset)
{
	int64_t ms;

	memcpy(&ms, (const char *)object + offset, sizeof(ms));
	return ms;
}

static inline void
tcs_cap_set_time(void *object, size_t offset, int64_t ms)
{
	memcpy((char *)object + offset, &ms, sizeof(ms));
}

/* Where a list's node has its next. */
size_t tcs_cap_next_offset(const struct tcs_cap_field *field);
/* Put `node` after `last` (NULL: first) of the list of `field`. */
void tcs_cap_link(
    void *object, const struct tcs_cap_field *field, void *last, void *node);

/* What is wrong with a message, by grade, with the lines of its elements when
 * it was read from a document. */
struct tcs_cap_place {
	const void *at;
	unsigned line;
};
struct tcs_cap_notes {
	struct tcs_diag invalid, faulty;
	struct tcs_cap_place *places; /* owned, n of them */
	size_t n, cap;
	bool is_reading; /* what is faulty can be left out */
};

/* Remember where `at` (a struct, a text, a time member) was read. */
void tcs_cap_notes_place(
    struct tcs_cap_notes *notes, const void *at, unsigned line);
unsigned tcs_cap_notes_line(const struct tcs_cap_notes *notes,
    enum tcs_cap_grade grade, const void *at);
unsigned tcs_cap_notes_absent(const struct tcs_cap_notes *notes,
    enum tcs_cap_grade grade, const void *member, const void *object);
/* A finding about `at`; about a member of `object` that is absent (the line of
 * its empty element, else of the object); about a line that the reader knows.
 */
#define tcs_cap_note(notes, grade, at, ...)                                    \
	tcs_cap_note_line(                                                     \
	    notes, grade, tcs_cap_notes_line(notes, grade, at), __VA_ARGS__)
#define tcs_cap_note_absent(notes, grade, member, object, ...)                 \
	tcs_cap_note_line(notes, grade,                                        \
	    tcs_cap_notes_absent(notes, grade, member, object), __VA_ARGS__)
#define tcs_cap_note_line(notes, grade, line, ...)                             \
	((void)tcs_diag_add(                                                   \
	    (grade) == TCS_CAP_INVALID ? &(notes)->invalid : &(notes)->faulty, \
	    TCS_EPARSE, NULL, line, __VA_ARGS__))
/* Move the findings to `diag`, the invalid first, and free the rest. */
void tcs_cap_notes_fini(struct tcs_cap_notes *notes, struct tcs_diag *diag);
bool tcs_cap_notes_has(
    const struct tcs_cap_notes *notes, enum tcs_cap_grade grade);

/* At most 60 bytes of a text, cut between characters: printf("%.*s"). */
#define TCS_CAP_QUOTE(text) tcs_cap_quote_length(text), text
int tcs_cap_quote_length(const char *text);

/* All that the standard asks of the values (cap_check.c). */
void tcs_cap_check_alert(
    const struct tcs_cap *cap, struct tcs_cap_notes *notes);
/* NULL when well-formed, else what is wrong. */
const char *tcs_cap_polygon_fault(const char *text);
const char *tcs_cap_circle_fault(const char *text);

#endif
