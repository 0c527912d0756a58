#include "collectors/feeds/avalanche/text.h"

#include <string.h>

const char *
tcs_avalanche_level_word(int level)
{
	static const char *const words[] = {
	    "", "faible", "limité", "marqué", "fort", "très fort"};

	return words[level];
}

void
tcs_avalanche_headline(
    struct tcs_buf *buf, const struct avalanche_bulletin *b, const char *name)
{
	if (b->level == 0)
		tcs_buf_printf(
		    buf, "Risque d'avalanches, niveau inconnu : %s", name);
	else
		tcs_buf_printf(buf, "Risque d'avalanches %s%d (%s) : %s",
		    b->level == 1 ? "revenu à " : "", b->level,
		    tcs_avalanche_level_word(b->level), name);
}

/* "2 200 m" */
static void
text_metres(struct tcs_buf *buf, int metres)
{
	if (metres >= 1000)
		tcs_buf_printf(buf, "%d %03d m", metres / 1000, metres % 1000);
	else
		tcs_buf_printf(buf, "%d m", metres);
}

/* "4 (fort)" */
static void
text_level(struct tcs_buf *buf, int level)
{
	tcs_buf_printf(buf, "%d (%s)", level, tcs_avalanche_level_word(level));
}

/* Where a band is: the altitude between the two, else what the source wrote,
 * ">2200" or words. */
static void
text_where(
    struct tcs_buf *buf, const struct avalanche_bulletin *b, bool is_high)
{
	const char *where = is_high ? b->high.where : b->low.where;
	struct tcs_slice digits = tcs_slice_str(where);
	int metres = b->altitude;
	uint64_t number;

	if (metres == 0 && (where[0] == '<' || where[0] == '>') &&
	    tcs_slice_u64(tcs_slice_trim(tcs_slice(where + 1, digits.n - 1)),
	        5000, &number) == TCS_OK)
		metres = (int)number;
	if (metres > 0) {
		tcs_buf_str(
		    buf, is_high ? " au-dessus de " : " en dessous de ");
		text_metres(buf, metres);
	} else if (where[0] != '\0') {
		tcs_buf_printf(buf, " (%s)", where);
	} else {
		tcs_buf_str(buf, is_high ? " en altitude" : " plus bas");
	}
}

/* ", en hausse à 4 en cours de journée" */
static bool
text_later(struct tcs_buf *buf, const struct avalanche_band *band)
{
	if (band->later == 0 || band->later == band->level)
		return false;
	tcs_buf_printf(buf, ", en %s à %d en cours de journée",
	    band->later > band->level ? "hausse" : "baisse", band->later);
	return true;
}

/* "Risque 4 (fort) au-dessus de 2 200 m, 3 (marqué) en dessous." */
static void
text_bands(struct tcs_buf *buf, const struct avalanche_bulletin *b)
{
	bool has_later = false;

	if (b->high.level == 0 && b->low.level == 0) {
		tcs_buf_str(buf,
		    "Le niveau de risque n'a pas pu être lu dans le bulletin. "
		    "Ce n'est pas un risque faible.");
		return;
	}
	tcs_buf_str(buf, "Risque ");
	if (b->high.level > 0) {
		text_level(buf, b->high.level);
		text_where(buf, b, true);
		has_later = text_later(buf, &b->high);
	}
	if (b->high.level > 0 && b->low.level > 0)
		tcs_buf_str(buf, has_later ? " ; " : ", ");
	if (b->low.level > 0) {
		text_level(buf, b->low.level);
		if (b->high.level > 0 && b->altitude > 0)
			tcs_buf_str(buf, " en dessous");
		else if (b->high.level > 0 || b->low.where[0] != '\0')
			text_where(buf, b, false);
		(void)text_later(buf, &b->low);
	}
	tcs_buf_str(buf, ".");
}

static void
text_risk(struct tcs_buf *buf, const struct avalanche_bulletin *b)
{
	bool is_shown = b->level == b->high.level || b->level == b->low.level ||
	                b->level == b->high.later || b->level == b->low.later;

	if (b->level > 0 && b->high.level == 0 && b->low.level == 0) {
		tcs_buf_str(buf, "Risque ");
		text_level(buf, b->level);
		tcs_buf_str(buf, ".");
		return;
	}
	text_bands(buf, b);
	if (b->level > 0 && !is_shown) {
		tcs_buf_str(buf, " Risque maximal : ");
		text_level(buf, b->level);
		tcs_buf_str(buf, ".");
	} else if (b->level == 0 && (b->high.level > 0 || b->low.level > 0)) {
		tcs_buf_printf(buf,
		    " Le risque maximal n'a pas pu être lu (« %.40s ») : "
		    "niveau inconnu, ce n'est pas un risque faible.",
		    b->level_written);
	}
}

static void
text_line(struct tcs_buf *buf, const char *label, const char *text)
{
	if (text[0] != '\0')
		tcs_buf_printf(buf, "\n%s : %s", label, text);
}

static void
text_next_day(struct tcs_buf *buf, const struct avalanche_bulletin *b)
{
	if (b->next_level == 0 && b->next_comment[0] == '\0')
		return;
	tcs_buf_printf(buf, "\n%s%s : ",
	    b->next_day.is_set ? "Tendance pour le " : "Jour suivant",
	    b->next_day.day);
	if (b->next_level > 0) {
		text_level(buf, b->next_level);
		tcs_buf_str(buf, ".");
	}
	if (b->next_comment[0] != '\0')
		tcs_buf_printf(
		    buf, "%s%s", b->next_level > 0 ? " " : "", b->next_comment);
}

static void
text_slopes(struct tcs_buf *buf, const struct avalanche_bulletin *b)
{
	const char *comment = b->slopes_comment;

	if (b->slopes[0] == '\0' && comment[0] == '\0')
		return;
	tcs_buf_printf(buf, "\nPentes les plus dangereuses : %s", b->slopes);
	if (comment[0] != '\0')
		tcs_buf_printf(
		    buf, b->slopes[0] == '\0' ? "%s" : " (%s)", comment);
}

/* The whole text begins with its title, or the title stands apart. */
static void
text_stability(struct tcs_buf *buf, const struct avalanche_bulletin *b)
{
	size_t n = strlen(b->stability_title);

	if (n > 0 && strncmp(b->stability, b->stability_title, n) != 0) {
		text_line(buf, "Stabilité", b->stability_title);
		if (b->stability[0] != '\0')
			tcs_buf_printf(buf, "\n%s", b->stability);
	} else {
		text_line(buf, "Stabilité", b->stability);
	}
}

static void
text_times(struct tcs_buf *buf, const struct avalanche_bulletin *b)
{
	bool is_doubtful = b->valid_until.early_ms != b->valid_until.late_ms ||
	                   b->issued.early_ms != b->issued.late_ms;

	tcs_buf_printf(buf, "\nBulletin%s",
	    b->is_amended ? " amendé (réémis le même jour)" : "");
	if (b->written.is_set)
		tcs_buf_printf(buf, " du %s", b->written.printed);
	if (b->valid_until.is_set)
		tcs_buf_printf(
		    buf, ", valable jusqu'au %s", b->valid_until.printed);
	tcs_buf_str(buf,
	    is_doubtful
	        ? ", heures telles que publiées, sans fuseau : l'échéance est "
	          "comptée à la plus tardive des deux lectures (UTC ou Paris)."
	        : ".");
}

void
tcs_avalanche_text(struct tcs_buf *buf, const struct avalanche_bulletin *b)
{
	bool has_departures = b->accidental[0] != '\0' || b->natural[0] != '\0';

	text_risk(buf, b);
	if (b->comment[0] != '\0')
		tcs_buf_printf(buf, " %s", b->comment);
	text_next_day(buf, b);
	text_line(buf, "Avis", b->notice);
	text_line(buf, "Vigilance", b->vigilance);
	text_line(buf, "Déclenchements accidentels", b->accidental);
	text_line(buf, "Départs spontanés", b->natural);
	if (!has_departures)
		text_line(buf, "Résumé", b->summary);
	text_slopes(buf, b);
	text_stability(buf, b);
	text_times(buf, b);
}
