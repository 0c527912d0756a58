#include "cli/episode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/episode_read.h"
#include "core/clock.h"
#include "core/file.h"

enum { EPISODE_TEXT_MAX = 400, EPISODE_NAME_MAX = 30 };

void
tcs_episode_fault(
    struct tcs_episode_reader *r, const char *member, const char *text)
{
	r->faults++;
	if (r->list == NULL)
		(void)tcs_diag_add(
		    r->diag, TCS_EPARSE, r->file, 0, "%s: %s", member, text);
	else if (r->is_object)
		(void)tcs_diag_add(r->diag, TCS_EPARSE, r->file, 0, "%s.%s: %s",
		    r->list, member, text);
	else
		(void)tcs_diag_add(r->diag, TCS_EPARSE, r->file, 0,
		    "%s[%zu].%s: %s", r->list, r->i, member, text);
}

const char *
tcs_episode_text(struct tcs_episode_reader *r, const json_t *object,
    const char *member, bool is_required)
{
	const json_t *value = json_object_get(object, member);
	const char *text = json_string_value(value);

	if (value == NULL && !is_required)
		return NULL;
	if (text != NULL && text[0] != '\0' &&
	    json_string_length(value) <= EPISODE_TEXT_MAX)
		return text;
	tcs_episode_fault(r, member, "a text of 1 to 400 characters is needed");
	return NULL;
}

int64_t
tcs_episode_time(
    struct tcs_episode_reader *r, const json_t *object, const char *member)
{
	const char *text = tcs_json_str(object, member, "");
	int64_t ms = 0;

	if (tcs_time_parse(tcs_slice_str(text), &ms) != TCS_OK)
		tcs_episode_fault(r, member,
		    "a time like 2027-01-12T08:00:00+01:00 is needed");
	return ms;
}

bool
tcs_episode_is_one_of(const char *text, const char *words)
{
	struct tcs_slice rest = tcs_slice_str(words);

	while (rest.p != NULL) {
		if (tcs_slice_is(tcs_slice_cut(rest, ' ', &rest), text))
			return true;
	}
	return false;
}

void
tcs_episode_members(
    struct tcs_episode_reader *r, const json_t *object, const char *names)
{
	json_t *members = (json_t *)(uintptr_t)object; /* only looked at */
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return; /* what it needs is missing: that is said */
	json_object_foreach(members, name, value)
	{
		if (!tcs_episode_is_one_of(name, names))
			tcs_episode_fault(
			    r, name, "is not known; leave it away");
	}
}

/* After those of the same time: insertion keeps the order as written. */
static void
episode_insert(
    struct tcs_episode *episode, const struct tcs_episode_event *event)
{
	size_t i = episode->events_n++;

	for (; i > 0 && episode->events[i - 1].at_ms > event->at_ms; i--)
		episode->events[i] = episode->events[i - 1];
	episode->events[i] = *event;
}

static void
episode_read_event(
    struct tcs_episode_reader *r, size_t list, const json_t *object)
{
	struct tcs_episode *episode = r->episode;
	const struct tcs_episode_list *of = &tcs_episode_lists[list];
	struct tcs_episode_event event = {.kind = of->kind};
	char names[EPISODE_TEXT_MAX];

	(void)snprintf(names, sizeof(names), "at note %s", of->members);
	tcs_episode_members(r, object, names);
	event.at_ms = tcs_episode_time(r, object, "at");
	event.note = tcs_episode_text(r, object, "note", false);
	if (event.at_ms < episode->start_ms || event.at_ms > episode->end_ms)
		tcs_episode_fault(r, "at", "is between start and end");
	of->read(r, object, &event);
	episode_insert(episode, &event);
}

static enum tcs_err
episode_read_events(struct tcs_episode_reader *r)
{
	struct tcs_episode *episode = r->episode;
	size_t n = 0;

	for (size_t k = 0; tcs_episode_lists[k].name != NULL; k++)
		n += json_array_size(
		    json_object_get(episode->root, tcs_episode_lists[k].name));
	if (n > TCS_EPISODE_EVENTS_MAX)
		return tcs_diag_add(r->diag, TCS_ELIMIT, r->file, 0,
		    "%zu events, more than %d", n, TCS_EPISODE_EVENTS_MAX);
	episode->events = calloc(n + 1, sizeof(*episode->events));
	if (episode->events == NULL)
		return TCS_ENOMEM;
	for (size_t k = 0; tcs_episode_lists[k].name != NULL; k++) {
		const json_t *list =
		    json_object_get(episode->root, tcs_episode_lists[k].name);
		r->list = tcs_episode_lists[k].name;
		if (list != NULL && !json_is_array(list))
			tcs_episode_fault(r, "at", "a list is needed");
		for (r->i = 0; r->i < json_array_size(list); r->i++)
			episode_read_event(r, k, json_array_get(list, r->i));
	}
	r->list = NULL;
	return TCS_OK;
}

/* Every member is a list of texts. */
static void
episode_check_expected(struct tcs_episode_reader *r)
{
	json_t *expected = json_object_get(r->episode->root, "expected");
	const char *name;
	json_t *list, *line;
	size_t i;

	if (!json_is_object(expected))
		tcs_episode_fault(r, "expected", "lists of lines are needed");
	json_object_foreach(expected, name, list)
	{
		if (!json_is_array(list))
			tcs_episode_fault(r, name, "a list of lines is needed");
		json_array_foreach(list, i, line)
		{
			if (!json_is_string(line))
				tcs_episode_fault(
				    r, name, "has what is no text");
		}
	}
	r->episode->expected = expected;
}

static void
episode_read_head(struct tcs_episode_reader *r)
{
	struct tcs_episode *episode = r->episode;
	const json_t *addresses = json_object_get(episode->root, "addresses");

	if (tcs_json_i64(episode->root, "v", 0) != 1)
		tcs_episode_fault(r, "v", "is 1");
	episode->name = tcs_episode_text(r, episode->root, "name", true);
	if (episode->name != NULL &&
	    (strlen(episode->name) > EPISODE_NAME_MAX ||
	        strspn(
	            episode->name, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
	            strlen(episode->name)))
		tcs_episode_fault(r, "name", "is 1 to 30 of a-z, 0-9 and -");
	episode->title = tcs_episode_text(r, episode->root, "title", true);
	episode->start_ms = tcs_episode_time(r, episode->root, "start");
	episode->end_ms = tcs_episode_time(r, episode->root, "end");
	if (episode->end_ms < episode->start_ms ||
	    episode->end_ms - episode->start_ms > TCS_DAYS(60))
		tcs_episode_fault(r, "end", "is within 60 days after start");
	tcs_episode_members(r, episode->root,
	    "v name title start end addresses path documents mails restart "
	    "reports resume decisions expected");
	r->list = "addresses";
	r->is_object = true;
	tcs_episode_members(r, addresses, "source smtp http imap");
	episode->source = tcs_episode_text(r, addresses, "source", true);
	episode->smtp = tcs_episode_text(r, addresses, "smtp", true);
	episode->http = tcs_episode_text(r, addresses, "http", true);
	episode->imap = tcs_episode_text(r, addresses, "imap", false);
	r->is_object = false;
	r->list = NULL;
}

enum tcs_err
tcs_episode_parse(struct tcs_slice text, const char *file,
    struct tcs_episode **ret_episode, struct tcs_diag *diag)
{
	struct tcs_episode *episode = calloc(1, sizeof(*episode));
	struct tcs_episode_reader r = {
	    .file = file, .diag = diag, .episode = episode};

	if (episode == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_json_parse(text, &episode->root, NULL, diag);
	if (err == TCS_OK && !json_is_object(episode->root))
		err = tcs_diag_add(
		    diag, TCS_EPARSE, file, 0, "an object is needed");
	if (err != TCS_OK)
		goto out;
	episode_read_head(&r);
	err = episode_read_events(&r);
	if (err != TCS_OK)
		goto out;
	episode_check_expected(&r);
	if (r.faults > 0) {
		err = TCS_EPARSE;
		goto out;
	}
	*ret_episode = episode;
	episode = NULL;
out:
	tcs_episode_free(&episode);
	return err;
}

enum tcs_err
tcs_episode_load(
    const char *dir, struct tcs_episode **ret_episode, struct tcs_diag *diag)
{
	struct tcs_buf text;
	char *path = NULL;

	if (asprintf(&path, "%s/episode.json", dir) < 0)
		return TCS_ENOMEM;
	tcs_buf_init(&text, TCS_EPISODE_MAX);
	enum tcs_err err = tcs_file_read(path, &text, diag);
	if (err == TCS_OK)
		err = tcs_episode_parse(
		    tcs_buf_view(&text), path, ret_episode, diag);
	tcs_buf_fini(&text);
	free(path);
	return err;
}

void
tcs_episode_free(struct tcs_episode **episode)
{
	if (*episode == NULL)
		return;
	json_decref((*episode)->root);
	free((*episode)->events);
	free(*episode);
	*episode = NULL;
}
