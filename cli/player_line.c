#include "cli/player_line.h"

static void
line_document(const struct tcs_episode_event *event, struct tcs_buf *buf)
{
	static const char *const fails[] = {
	    [TCS_EPISODE_FAIL_CLOSE] = "coupe la connexion",
	    [TCS_EPISODE_FAIL_HANG] = "ne répond pas",
	    [TCS_EPISODE_FAIL_TLS] = "mène à un service sans TLS"};

	if (event->is_away)
		tcs_buf_str(buf, "la source ne répond plus");
	else if (event->fail != TCS_EPISODE_FAIL_NONE)
		tcs_buf_printf(
		    buf, "la source %s (%s)", fails[event->fail], event->path);
	else if (event->status != 200 || event->file == NULL)
		tcs_buf_printf(buf, "la source répond HTTP %d (%s)",
		    event->status, event->path);
	else
		tcs_buf_printf(buf, "la source publie %s", event->file);
}

static void
line_report(const struct tcs_episode_event *event, struct tcs_buf *buf)
{
	if (event->end != NULL)
		tcs_buf_printf(buf, "fin du signalement « %s »", event->end);
	else if (event->correct != NULL)
		tcs_buf_printf(
		    buf, "signalement « %s » corrigé", event->correct);
	else
		tcs_buf_printf(
		    buf, "signalement de %s, %s", event->from, event->where);
	if (event->what != NULL)
		tcs_buf_printf(buf, " : %s", event->what);
}

void
tcs_player_line(const struct tcs_episode_event *event, struct tcs_buf *buf)
{
	switch (event->kind) {
	case TCS_EPISODE_DOCUMENT:
		line_document(event, buf);
		break;
	case TCS_EPISODE_DECISION:
		tcs_buf_printf(buf, "décision sur %s, %s : %s (%s, %s)",
		    event->zone, event->nature, event->verdict,
		    event->authority, event->how);
		break;
	case TCS_EPISODE_RESUME:
		tcs_buf_printf(buf, "reprise de %s", event->feed);
		break;
	case TCS_EPISODE_REPORT:
		line_report(event, buf);
		break;
	case TCS_EPISODE_MAIL:
		tcs_buf_printf(buf, "un courriel arrive : %s", event->file);
		break;
	case TCS_EPISODE_RESTART:
		tcs_buf_printf(buf, "le collecteur de %s est tué et repart%s",
		    event->feed, event->loses ? ", son état perdu" : "");
		break;
	}
	if (event->note != NULL)
		tcs_buf_printf(buf, " : %s", event->note);
}
