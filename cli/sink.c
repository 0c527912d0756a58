#include "cli/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/term.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/log.h"
#include "core/tls.h"

enum { SINK_SHOWN_MAX = 64 * 1024, SINK_SECRET_FILE_MAX = 256 };

enum tcs_sink_manner
tcs_sink_manner(struct tcs_slice word)
{
	static const struct {
		const char *word;
		enum tcs_sink_manner manner;
	} manners[] = {
	    {"slow", TCS_SINK_SLOW},
	    {"cut", TCS_SINK_CUT},
	    {"later", TCS_SINK_LATER},
	    {"refuse", TCS_SINK_REFUSE},
	    {"hang", TCS_SINK_HANG},
	};

	for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
		if (tcs_slice_is(word, manners[i].word))
			return manners[i].manner;
	}
	return TCS_SINK_TAKE;
}

char *
tcs_sink_utf8(struct tcs_slice text)
{
	char *copy = tcs_slice_dup(text);

	if (copy == NULL || tcs_slice_is_utf8(text))
		return copy;
	size_t at = 0;
	while (at < text.n) {
		size_t n = 1;
		while (n <= 4 && at + n <= text.n &&
		       !tcs_slice_is_utf8(tcs_slice(copy + at, n)))
			n++;
		bool is_good = n <= 4 && at + n <= text.n;
		if (!is_good)
			copy[at] = '?';
		at += is_good ? n : 1;
	}
	return copy;
}

/* ---- the file ---- */

static bool
sink_set(json_t *object, const char *name, struct tcs_slice value)
{
	if (value.p == NULL)
		return json_object_set_new(object, name, json_null()) == 0;
	char *text = tcs_sink_utf8(value);
	bool is_set = text != NULL && tcs_json_set_str(object, name, text);
	free(text);
	return is_set;
}

static bool
sink_set_str(json_t *object, const char *name, const char *value)
{
	return sink_set(object, name, tcs_slice_str(value));
}

static json_t *
sink_object(const struct tcs_sink_message *m, int64_t at_us)
{
	json_t *object = json_object();
	json_t *headers = m->headers;

	if (object != NULL && tcs_json_set_i64(object, "at_ms", at_us / 1000) &&
	    tcs_json_set_i64(object, "at_us", at_us) &&
	    sink_set_str(object, "channel", m->channel) &&
	    sink_set_str(object, m->to != NULL ? "to" : "path",
	        m->to != NULL ? m->to : m->path) &&
	    sink_set_str(object, "key", m->key) &&
	    sink_set_str(object, "message_id",
	        tcs_json_str(headers, "message-id", NULL)) &&
	    sink_set_str(object, "in_reply_to",
	        tcs_json_str(headers, "in-reply-to", NULL)) &&
	    sink_set(object, "subject", m->subject) &&
	    sink_set(object, "text", m->text) &&
	    json_object_set(object, "headers", headers) == 0 &&
	    sink_set(object, "body", m->body) &&
	    sink_set_str(object, "signature", m->signature) &&
	    (m->tls == NULL || sink_set_str(object, "tls", m->tls)))
		return object;
	json_decref(object);
	return NULL;
}

/* One whole line, or none: what a full disk cut is taken back. */
static bool
sink_append(int fd, struct tcs_slice line)
{
	off_t before = lseek(fd, 0, SEEK_END);
	ssize_t n = write(fd, line.p, line.n);

	if (n == (ssize_t)line.n)
		return true;
	int saved = n < 0 ? errno : ENOSPC;
	bool is_back = n <= 0 || (before >= 0 && ftruncate(fd, before) == 0);
	tcs_log(TCS_LOG_ERROR, "sink.unwritten", "reason=\"%s\" whole_lines=%s",
	    strerror(saved), is_back ? "yes" : "no");
	return false;
}

static enum tcs_err
sink_note(
    struct tcs_sink *sink, const struct tcs_sink_message *m, int64_t at_us)
{
	struct tcs_buf line;
	json_t *object = sink_object(m, at_us);
	enum tcs_err err = TCS_ENOMEM;

	tcs_buf_init(&line, (size_t)16 * TCS_SINK_BODY_MAX);
	if (object != NULL) {
		tcs_json_write(&line, object);
		tcs_buf_char(&line, '\n');
		err = line.err;
	}
	if (err == TCS_OK && !sink_append(sink->fd, tcs_buf_view(&line)))
		err = TCS_EIO;
	json_decref(object);
	tcs_buf_fini(&line);
	return err;
}

/* ---- the screen ---- */

static struct tcs_slice
sink_first(struct tcs_slice text, size_t max)
{
	return tcs_slice(text.p, text.n > max ? max : text.n);
}

static void
sink_show(const struct tcs_sink_message *m, int64_t at_ms)
{
	struct tcs_slice body = m->text.p != NULL ? m->text : m->body;
	char at[TCS_TIME_TEXT];
	struct tcs_buf out;

	tcs_buf_init(&out, (size_t)8 * SINK_SHOWN_MAX);
	tcs_buf_printf(
	    &out, "--- %s %s to ", tcs_time_iso(at_ms, at), m->channel);
	tcs_term_line(&out, tcs_slice_str(m->to != NULL ? m->to : m->path));
	if (m->key != NULL) {
		tcs_buf_str(&out, " key ");
		tcs_term_line(&out, tcs_slice_str(m->key));
	}
	if (m->signature != NULL)
		tcs_buf_printf(&out, " signature %s", m->signature);
	tcs_buf_char(&out, '\n');
	if (m->subject.p != NULL) {
		tcs_buf_str(&out, "    ");
		tcs_term_line(&out, sink_first(m->subject, 1000));
		tcs_buf_str(&out, "\n\n");
	}
	tcs_term_block(&out, sink_first(body, SINK_SHOWN_MAX), "    ");
	if (body.n > SINK_SHOWN_MAX)
		tcs_buf_printf(
		    &out, "    (%zu bytes more)\n", body.n - SINK_SHOWN_MAX);
	tcs_buf_char(&out, '\n');
	if (out.err != TCS_OK || fwrite(out.p, out.n, 1, stdout) != 1 ||
	    fflush(stdout) != 0)
		clearerr(stdout); /* nobody looks; the file is what counts */
	tcs_buf_fini(&out);
}

enum tcs_err
tcs_sink_take(struct tcs_sink *sink, const struct tcs_sink_message *message)
{
	int64_t at_us = tcs_clock_wall_us();
	enum tcs_err err = TCS_OK;

	if (sink->fd >= 0)
		err = sink_note(sink, message, at_us);
	if (err == TCS_OK && !sink->is_quiet)
		sink_show(message, tcs_clock_now_ms());
	return err;
}

/* ---- opening ---- */

static enum tcs_err
sink_read_secret(struct tcs_sink *sink, const char *path, struct tcs_diag *diag)
{
	struct tcs_buf file;

	tcs_buf_init(&file, SINK_SECRET_FILE_MAX);
	enum tcs_err err = tcs_file_read(path, &file, diag);
	if (err != TCS_OK)
		goto out;
	struct tcs_slice text = tcs_slice_trim(tcs_buf_view(&file));
	if (!tcs_slice_starts(text, "whsec_") ||
	    tcs_base64_decode(tcs_slice(text.p + 6, text.n - 6), sink->secret,
	        sizeof(sink->secret), &sink->secret_n) != TCS_OK ||
	    sink->secret_n == 0) {
		err = tcs_diag_add(diag, TCS_EPARSE, path, 1,
		    "not a signing secret: whsec_ and base64 are expected");
	}
out:
	tcs_buf_fini(&file);
	return err;
}

/* The first line of the file. */
static enum tcs_err
sink_read_password(
    struct tcs_sink *sink, const char *path, struct tcs_diag *diag)
{
	struct tcs_slice rest;
	struct tcs_buf file;

	tcs_buf_init(&file, TCS_SINK_PASSWORD_MAX);
	enum tcs_err err = tcs_file_read(path, &file, diag);
	if (err == TCS_OK) {
		struct tcs_slice line = tcs_slice_trim(
		    tcs_slice_cut(tcs_buf_view(&file), '\n', &rest));
		if (line.n == 0)
			err = tcs_diag_add(
			    diag, TCS_EPARSE, path, 1, "no password");
		else
			memcpy(sink->password, line.p, line.n);
	}
	tcs_buf_fini(&file);
	return err;
}

/* What makes the SMTP side as a relay that is looked after. */
static enum tcs_err
sink_open_relay(struct tcs_sink *sink, const struct tcs_sink_conf *conf,
    struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	if ((conf->cert_file == NULL) != (conf->key_file == NULL) ||
	    (conf->is_implicit && conf->cert_file == NULL))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "--cert and --key go together, and --implicit with both");
	if ((conf->user == NULL) != (conf->password_file == NULL))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "--user and --password-file go together");
	sink->is_implicit = conf->is_implicit;
	sink->user = conf->user;
	if (conf->user != NULL)
		err = sink_read_password(sink, conf->password_file, diag);
	if (err == TCS_OK && conf->cert_file != NULL)
		err = tcs_tls_server_new(
		    conf->cert_file, conf->key_file, &sink->tls, diag);
	return err;
}

static enum tcs_err
sink_open_file(struct tcs_sink *sink, const char *path, struct tcs_diag *diag)
{
	sink->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (sink->fd >= 0)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_EIO, path, 0,
	    "messages cannot be kept there: %s", strerror(errno));
}

enum tcs_err
tcs_sink_open(struct tcs_sink *sink, struct tcs_loop *loop,
    const struct tcs_sink_conf *conf, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	*sink = (struct tcs_sink){
	    .loop = loop, .fd = -1, .is_quiet = conf->is_quiet};
	if (conf->secret_file != NULL)
		err = sink_read_secret(sink, conf->secret_file, diag);
	if (err == TCS_OK)
		err = sink_open_relay(sink, conf, diag);
	if (err == TCS_OK && conf->file != NULL)
		err = sink_open_file(sink, conf->file, diag);
	if (err == TCS_OK)
		err =
		    tcs_sink_smtp_new(sink, conf->smtp_port, &sink->smtp, diag);
	if (err == TCS_OK)
		err =
		    tcs_sink_http_new(sink, conf->http_port, &sink->http, diag);
	if (err != TCS_OK)
		tcs_sink_close(sink);
	return err;
}

void
tcs_sink_close(struct tcs_sink *sink)
{
	tcs_sink_smtp_free(&sink->smtp);
	tcs_sink_http_free(&sink->http);
	if (sink->fd >= 0)
		(void)close(sink->fd);
	sink->fd = -1;
	tcs_tls_free(&sink->tls);
	explicit_bzero(sink->secret, sizeof(sink->secret));
	explicit_bzero(sink->password, sizeof(sink->password));
}
