/* syndication.h - RSS (0.9x, 1.0, 2.0) and Atom as they are found, read to one
 * list of items. Tolerant: any encoding, XML that is malformed, elements that
 * are missing, empty, escaped twice or dated in any way. Touches its arguments
 * only. */
#ifndef TOCSIN_COLLECTORS_SYNDICATION_H
#define TOCSIN_COLLECTORS_SYNDICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/feed.h"
#include "core/err.h"

struct tcs_arena;

enum {
	TCS_SYNDICATION_MAX = 8 << 20, /* bytes of one document */
	TCS_SYNDICATION_ITEMS_MAX = 2000,
};

struct tcs_syndication_word {
	const char *text;
	struct tcs_syndication_word *next;
};

/* <link>, <atom:link>, <enclosure>. */
struct tcs_syndication_link {
	const char *href; /* absolute where it can be made so; a URI */
	const char *rel;  /* "alternate" unless said; "enclosure" */
	const char *type; /* MIME; "" not said */
	struct tcs_syndication_link *next;
};

/* An element of another vocabulary: <cap:event>, <gdacs:alertlevel>. */
struct tcs_syndication_more {
	const char *space; /* "cap", "gdacs", "georss", "dc": by namespace,
	                    * else the prefix */
	const char *name;  /* without prefix */
	const char *value; /* its text and that of what is in it */
	struct tcs_syndication_more *inner; /* the elements in it */
	struct tcs_syndication_more *next;
};

struct tcs_syndication_item {
	const char *title; /* one line of plain text; "" none */
	const char *link;  /* of a page for people, a URI; "" none */
	const char *guid;  /* <guid>, <id>, rdf:about; "" none */
	int64_t published_ms, updated_ms; /* TCS_NO_TIME: not said, not read */
	const char *text;                 /* description, plain; "" none */
	const char *raw;                  /* ... as written; "" none */
	const char *author;               /* "" none */
	/* A CAP message that its content holds, as a document of its own;
	 * NULL: none. */
	const char *embedded;
	const struct tcs_syndication_word *categories;
	const struct tcs_syndication_link *links; /* all, as they come */
	const struct tcs_syndication_more *more;
};

struct tcs_syndication {
	struct tcs_arena *arena; /* holds all of it */
	const char *title, *link;
	int64_t ttl_ms;   /* 0: not said */
	int64_t built_ms; /* lastBuildDate, updated; or TCS_NO_TIME */
	bool is_atom;
	struct tcs_syndication_item *items; /* in the document's order */
	size_t n;
	unsigned fault_line; /* where it is not well-formed first; 0: it is */
	bool is_cut;         /* it ends too early: the last item is left out */
	bool is_recoded;     /* not in the encoding that it declares */
	size_t left_out;     /* items past the limit */
	/* All that in one French sentence, as a document's note; "": none. */
	char note[TCS_NOTE_MAX];
};

/* The caller owns *ret_feed. TCS_EPARSE: a web page or what a robot filter
 * answers (ERROR), nothing whole in it (TRUNCATED), no feed at all or one
 * beyond the limits (RESHAPED); `diag` says why. */
enum tcs_err tcs_syndication_read(const struct tcs_fetch *fetch,
    struct tcs_syndication **ret_feed, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_syndication_free(struct tcs_syndication **feed); /* NULL-safe */

/* The first element of that name, in `more` and what follows; NULL: none. */
const struct tcs_syndication_more *tcs_syndication_find(
    const struct tcs_syndication_more *more, const char *space,
    const char *name);
/* Its text; NULL: none, or empty. */
const char *tcs_syndication_value(const struct tcs_syndication_item *item,
    const char *space, const char *name);
/* Refuse a page that came under 200 where data was asked for: true when it is
 * one, and then *ret_refusal and `diag` are filled. For other formats too. */
bool tcs_syndication_is_page(struct tcs_slice body,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag);

#endif
