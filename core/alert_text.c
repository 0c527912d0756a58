#include <string.h>

#include "core/alert.h"
#include "core/clock.h"
#include "core/fold.h"
#include "core/level.h"
#include "core/signal.h"

enum { ALERT_FOLDED_MAX = 8192 };

const char *
tcs_alert_mark(const char *status)
{
	if (status != NULL && strcmp(status, "Actual") == 0)
		return "";
	return status != NULL && strcmp(status, "Exercise") == 0 ? "EXERCICE"
	                                                         : "ESSAI";
}

static bool
alert_is(const char *text, const char *word)
{
	return text != NULL && strcmp(text, word) == 0;
}

/* A report from the field ends, or a source is back: no vigilance is over. */
static bool
alert_is_vigilance(const struct tcs_proposal *base)
{
	static const char word[] = "Vigilance";

	return base->event == NULL ||
	       strncmp(base->event, word, sizeof(word) - 1) == 0;
}

const char *
tcs_alert_nature(const struct tcs_alert *alert)
{
	const struct tcs_proposal *base = &alert->base;

	if (alert_is(base->nature, TCS_NATURE_ALERTE)) {
		return alert_is(base->action, TCS_ACTION_LIFT)
		           ? "LEVÉE D'ALERTE"
		           : "ALERTE";
	}
	/* A source that is read again is no end of what it says. */
	if (!base->is_end || alert_is(base->source, TCS_SOURCE_SELF))
		return "INFORMATION";
	return alert_is_vigilance(base) ? "INFORMATION – FIN DE VIGILANCE"
	                                : "INFORMATION – FIN";
}

/* With blanks for its control characters but `kept`. */
static void
alert_put(struct tcs_buf *buf, const char *text, char kept)
{
	size_t n = strlen(text);
	char *p = tcs_buf_more(buf, n);

	for (size_t i = 0; p != NULL && i < n; i++) {
		bool is_control =
		    (unsigned char)text[i] < 0x20 && text[i] != kept;
		p[i] = (char)(is_control ? ' ' : text[i]);
	}
}

/* On one line: what came from outside cannot start a line of its own. */
static void
alert_line(struct tcs_buf *buf, const char *text)
{
	if (text != NULL)
		alert_put(buf, text, '\0');
}

/* Behind "FIN" an end need not be said once more. */
static const char *
alert_headline(const struct tcs_proposal *base)
{
	static const char *const again[] = {"Fin de vigilance ", "Fin : "};
	const char *text = base->headline;
	bool is_told = base->is_end && text != NULL &&
	               alert_is(base->nature, TCS_NATURE_INFORMATION);

	for (size_t i = 0; is_told && i < 2; i++) {
		size_t n = strlen(again[i]);
		if (strncmp(text, again[i], n) == 0 && text[n] != '\0')
			return text + n;
	}
	return text;
}

static void
alert_heading(const struct tcs_alert *alert, struct tcs_buf *buf)
{
	const char *mark = tcs_alert_mark(alert->status);

	if (mark[0] != '\0') {
		tcs_buf_str(buf, mark);
		tcs_buf_str(buf, " – ");
	}
	tcs_buf_str(buf, tcs_alert_nature(alert));
	tcs_buf_str(buf, " – ");
	alert_line(buf, alert_headline(&alert->base));
}

void
tcs_alert_subject(const struct tcs_alert *alert, struct tcs_buf *buf)
{
	const char *mark = tcs_alert_mark(alert->status);

	alert_heading(alert, buf);
	tcs_buf_str(buf, " – code ");
	alert_line(buf, alert->base.code);
	if (mark[0] != '\0') {
		tcs_buf_str(buf, " – ");
		tcs_buf_str(buf, mark);
	}
}

/* "verte" after "Vigilance crues", else "niveau vert", "gravité forte"; a level
 * that was not read is said, behind `sep`. */
static void
alert_put_word(
    struct tcs_buf *buf, const char *sep, bool is_vigilance, const char *level)
{
	const char *words = tcs_level_words(level);

	if (words != level) {
		tcs_buf_str(buf, sep);
		tcs_buf_str(buf, words);
	} else if (is_vigilance) {
		tcs_buf_char(buf, ' ');
		tcs_buf_str(buf, tcs_level_adjective(level));
	} else {
		tcs_buf_str(buf, " niveau ");
		tcs_buf_str(buf, level);
	}
}

/* "Séisme, seisme" says nothing more; nor does "alerte", the phenomenon of what
 * has none that we know. */
static bool
alert_says_more(const char *event, const char *phenomenon)
{
	struct tcs_buf in, what;

	if (phenomenon == NULL || strcmp(phenomenon, "alerte") == 0)
		return false;
	tcs_buf_init(&in, ALERT_FOLDED_MAX);
	tcs_buf_init(&what, ALERT_FOLDED_MAX);
	tcs_fold(tcs_slice_str(event), &in);
	tcs_fold(tcs_slice_str(phenomenon), &what);
	bool is_in = in.err == TCS_OK && what.err == TCS_OK &&
	             strstr(in.p, what.p) != NULL;
	tcs_buf_fini(&in);
	tcs_buf_fini(&what);
	return !is_in;
}

/* What has no level at all has none that could be said. */
static bool
alert_has_level(const char *level)
{
	return level != NULL && tcs_level_rank(level) != 0;
}

/* "Vigilance crues orange", "Signalement du terrain, route-coupee". */
static void
alert_put_level(const struct tcs_proposal *base, struct tcs_buf *buf)
{
	bool is_vigilance = alert_is_vigilance(base);

	alert_line(buf, is_vigilance ? "Vigilance" : base->event);
	if (is_vigilance ? base->phenomenon != NULL
	                 : alert_says_more(base->event, base->phenomenon)) {
		tcs_buf_str(buf, is_vigilance ? " " : ", ");
		alert_line(buf, base->phenomenon);
	}
	if (alert_has_level(base->level)) {
		tcs_buf_str(buf, is_vigilance ? "" : ",");
		alert_put_word(
		    buf, is_vigilance ? " : " : " ", is_vigilance, base->level);
	}
	if (alert_has_level(base->previous_level) &&
	    (tcs_level_rank(base->level) == TCS_RANK_UNKNOWN ||
	        !alert_is(base->previous_level, base->level))) {
		tcs_buf_str(buf, " (auparavant");
		alert_put_word(buf, " ", is_vigilance, base->previous_level);
		tcs_buf_char(buf, ')');
	}
	tcs_buf_char(buf, '\n');
}

/* The zone of a publication is its title: it stands in the first line. */
static void
alert_put_zone(const struct tcs_proposal *base, struct tcs_buf *buf)
{
	bool is_made = tcs_zone_is_made(base->zone);

	if (is_made && (base->zone_name == NULL ||
	                   alert_is(base->headline, base->zone_name)))
		return;
	tcs_buf_str(buf, "Zone : ");
	if (base->zone_name == NULL) {
		alert_line(buf, base->zone);
	} else if (is_made) {
		alert_line(buf, base->zone_name);
	} else {
		alert_line(buf, base->zone_name);
		tcs_buf_str(buf, " (");
		alert_line(buf, base->zone);
		tcs_buf_char(buf, ')');
	}
	tcs_buf_char(buf, '\n');
}

static void
alert_put_territory(const struct tcs_proposal *base, struct tcs_buf *buf)
{
	tcs_buf_str(
	    buf, base->is_estimated ? "Territoire estimé : " : "Territoire : ");
	if (base->insee_n > 0) {
		tcs_buf_i64(buf, (int64_t)base->insee_n);
		tcs_buf_str(buf, base->insee_n > 1 ? " communes" : " commune");
	} else if (alert_is(base->departement, "FR")) {
		tcs_buf_str(buf, "France entière");
	} else {
		tcs_buf_str(buf, "département ");
		alert_line(buf, base->departement);
	}
	if (base->list != NULL) {
		tcs_buf_str(buf, " (liste ");
		alert_line(buf, base->list);
		tcs_buf_char(buf, ')');
	}
	tcs_buf_char(buf, '\n');
}

static void
alert_put_source(const struct tcs_proposal *base, struct tcs_buf *buf)
{
	char time[TCS_TIME_TEXT];

	tcs_buf_str(buf, "Source : ");
	alert_line(buf, base->source_name);
	bool is_dated = base->issued_ms != TCS_NO_TIME;
	tcs_buf_str(buf, is_dated
	                     ? ", émis le "
	                     : ", heure d'émission non précisée, relevé le ");
	tcs_buf_str(
	    buf, tcs_time_french(
	             is_dated ? base->issued_ms : base->fetched_ms, time));
	tcs_buf_char(buf, '\n');
	if (base->is_first_sight)
		tcs_buf_str(buf, "Premier relevé de cette source : l'état peut "
		                 "être plus ancien.\n");
}

static void
alert_put_decision(const struct tcs_alert *alert, struct tcs_buf *buf)
{
	struct tcs_slice how = tcs_decision_part(alert->decision, "how");
	struct tcs_slice at = tcs_decision_part(alert->decision, "at");
	char time[TCS_TIME_TEXT];
	int64_t ms;

	if (alert->decision == NULL || alert->authority == NULL)
		return;
	tcs_buf_str(buf, alert_is(alert->base.action, TCS_ACTION_LIFT)
	                     ? "Levée décidée par : "
	                     : "Décidée par : ");
	alert_line(buf, alert->authority);
	if (how.n > 0) {
		tcs_buf_str(buf, " (");
		tcs_buf_slice(buf, how);
		tcs_buf_char(buf, ')');
	}
	if (tcs_time_parse(at, &ms) == TCS_OK)
		tcs_buf_printf(buf, ", le %s", tcs_time_french(ms, time));
	tcs_buf_char(buf, '\n');
}

/* Text of several lines, after a blank one. */
static void
alert_put_text(struct tcs_buf *buf, const char *label, const char *text)
{
	if (text == NULL)
		return;
	tcs_buf_char(buf, '\n');
	tcs_buf_str(buf, label);
	alert_put(buf, text, '\n');
	tcs_buf_char(buf, '\n');
}

static void
alert_put_facts(const struct tcs_alert *alert, struct tcs_buf *buf)
{
	const struct tcs_proposal *base = &alert->base;
	char time[TCS_TIME_TEXT];

	tcs_buf_char(buf, '\n');
	/* Of itself Tocsin tells no danger on a territory. */
	if (alert_is(base->source, TCS_SOURCE_SELF)) {
		tcs_buf_str(buf, "Veille des sources : ");
		alert_line(buf, base->zone);
		tcs_buf_char(buf, '\n');
	} else {
		alert_put_level(base, buf);
		alert_put_zone(base, buf);
		alert_put_territory(base, buf);
	}
	alert_put_source(base, buf);
	alert_put_decision(alert, buf);
	if (base->expires_ms != TCS_NO_TIME) {
		tcs_buf_str(buf, "Valable jusqu'au ");
		tcs_buf_str(buf, tcs_time_french(base->expires_ms, time));
		tcs_buf_char(buf, '\n');
	}
	tcs_buf_str(buf, "Code : ");
	alert_line(buf, base->code);
	tcs_buf_char(buf, '\n');
}

static void
alert_put_closing(const struct tcs_proposal *base, struct tcs_buf *buf)
{
	bool is_relay = alert_is(base->nature, TCS_NATURE_INFORMATION);

	if (is_relay || base->web != NULL)
		tcs_buf_char(buf, '\n');
	if (is_relay)
		tcs_buf_str(
		    buf, alert_is(base->source, TCS_SOURCE_SELF)
		             ? "Ceci est une information de Tocsin sur "
		               "sa propre veille ; aucun ordre.\n"
		             : "Ceci est le relais d'une information de "
		               "la source ; aucun ordre.\n");
	if (base->web != NULL) {
		tcs_buf_str(buf, "Voir : ");
		alert_line(buf, base->web);
		tcs_buf_char(buf, '\n');
	}
}

void
tcs_alert_body(const struct tcs_alert *alert, struct tcs_buf *buf)
{
	const char *mark = tcs_alert_mark(alert->status);

	alert_heading(alert, buf);
	tcs_buf_char(buf, '\n');
	alert_put_text(buf, "À FAIRE : ", alert->base.instruction);
	alert_put_facts(alert, buf);
	alert_put_text(buf, "", alert->base.description);
	alert_put_closing(&alert->base, buf);
	if (mark[0] != '\0')
		tcs_buf_printf(buf, "\n%s\n", mark);
}
