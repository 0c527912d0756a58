/* feeds_list.c - `tocsin feeds list`: each feed of tocsin.conf, and how it
 * does. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/feeds.h"
#include "cli/reports.h"
#include "cli/sources.h"
#include "cli/summary.h"
#include "collectors/report/signal.h"
#include "core/clock.h"

static void
list_time(struct tcs_buf *buf, const char *word, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	if (ms != TCS_NO_TIME)
		tcs_buf_printf(
		    buf, "\n  %s %s", word, tcs_time_french(ms, text));
}

/* What the one line of a source leaves out. */
static void
list_more(
    struct tcs_buf *buf, const struct tcs_conf_feed *feed, const json_t *value)
{
	const struct tcs_feed_ops *ops = tcs_feed_find(feed->driver);
	int64_t every_ms = feed->every_ms > 0 ? feed->every_ms : ops->every_ms;
	const char *url = feed->url != NULL ? feed->url : ops->url;
	const char *hash = tcs_json_str(value, "hash", NULL);

	tcs_buf_printf(buf, "\n  pilote %s, toutes les %lld s", ops->name,
	    (long long)(every_ms / 1000));
	if (url != NULL)
		tcs_buf_printf(buf, ", %s", url);
	list_time(buf, "dernière réponse exploitable",
	    tcs_json_i64(value, "answered_ms", TCS_NO_TIME));
	list_time(buf, "prochaine lecture",
	    tcs_json_i64(value, "next_poll_ms", TCS_NO_TIME));
	list_time(buf, "valable jusqu'au",
	    tcs_json_i64(value, "expires_ms", TCS_NO_TIME));
	if (hash != NULL)
		tcs_buf_printf(buf, "\n  dernier document %s", hash);
	if (tcs_json_bool(value, "is_held", false))
		tcs_buf_printf(buf,
		    "\n  premier état retenu : tocsin resume %s", feed->name);
	tcs_buf_char(buf, '\n');
}

static enum tcs_err
list_feed(struct tcs_cli *cli, const struct tcs_conf_feed *feed,
    struct tcs_buf *buf, struct tcs_diag *diag)
{
	struct tcs_source source;
	json_t *value = NULL;

	if (tcs_report_is_driver(feed->driver)) {
		enum tcs_err err =
		    tcs_reports_line(cli->program.store, feed->name, buf, diag);
		tcs_buf_printf(buf, "\n  pilote %s\n", feed->driver);
		return err;
	}
	enum tcs_err err = tcs_source_load(cli, feed->name, &value, diag);

	if (err == TCS_OK) {
		tcs_source_read(feed->name, value, &source);
		tcs_source_line(buf, &source);
		list_more(buf, feed, value);
	}
	json_decref(value);
	return err;
}

int
tcs_feeds_list(const struct tcs_feeds_call *call)
{
	struct tcs_cli cli = {0};
	struct tcs_diag diag = {0};
	struct tcs_buf buf;
	enum tcs_err err = tcs_cli_open(call->args, &cli, &diag);

	tcs_buf_init(&buf, 4 << 20);
	for (size_t i = 0; err == TCS_OK && i < cli.conf->feeds_n; i++)
		err = list_feed(&cli, &cli.conf->feeds[i], &buf, &diag);
	if (err == TCS_OK)
		err = buf.err;
	if (buf.n > 0)
		fputs(buf.p, stdout);
	tcs_buf_fini(&buf);
	tcs_cli_close(&cli);
	return tcs_cli_report(err, &diag);
}
