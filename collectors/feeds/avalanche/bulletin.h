/* bulletin.h - one avalanche bulletin (BRA) of Météo-France: what is written in
 * its XML, and the times that it may mean. */
#ifndef TOCSIN_COLLECTORS_FEEDS_AVALANCHE_BULLETIN_H
#define TOCSIN_COLLECTORS_FEEDS_AVALANCHE_BULLETIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/feeds/avalanche/massifs.h"
#include "core/err.h"
#include "core/xml.h"

struct tcs_arena;

enum { AVALANCHE_BULLETINS_MAX = 300 };

/* The source writes no offset: its help says UTC, its readers find the legal
 * time of Paris. Both are kept; the day and the hour are as printed. */
struct avalanche_time {
	bool is_set;
	int64_t early_ms, late_ms; /* the two readings, in order */
	char printed[24];          /* "03/12/2024 à 18:00" */
	char day[12];              /* "03/12/2024" */
	int64_t midnight_ms;       /* legal time, at which that day begins */
};

/* Levels 1 to 5; 0: not given, or not readable. */
struct avalanche_band {
	int level, later;  /* later: in the course of the same day */
	const char *where; /* "<2200"; "" when the source says nothing */
};

/* Strings are of the arena, or literals; never NULL. */
struct avalanche_bulletin {
	char code[AVALANCHE_CODE_MAX]; /* "": not given */
	const char *massif;
	bool is_amended;
	struct avalanche_time written, issued, valid_until, next_day;
	int level;                 /* RISQUEMAXI */
	const char *level_written; /* as it is there: "-1" */
	struct avalanche_band low, high;
	int altitude; /* between them, metres; 0: not given */
	int next_level;
	const char *slopes, *slopes_comment; /* "N, NE" */
	const char *comment, *accidental, *natural, *summary;
	const char *next_comment, *notice, *vigilance;
	const char *stability_title, *stability;
};

/* All bulletins in `root`, which may be one, or wrap several: appended to
 * `bulletins` (room for AVALANCHE_BULLETINS_MAX). TCS_EPARSE: there is none. */
enum tcs_err tcs_avalanche_bulletins_read(struct tcs_arena *arena,
    const struct tcs_xml_node *root, struct avalanche_bulletin *bulletins,
    size_t *n) TCS_MUST_USE;

#endif
