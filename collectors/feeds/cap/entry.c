#include <string.h>
#include <strings.h>

#include "collectors/feeds/cap/cap.h"
#include "collectors/syndication.h"
#include "core/cap_model.h"
#include "core/clock.h"
#include "core/xml.h"

enum { ENTRY_MAX = 256 * 1024 };

static const char *
entry_value(const struct tcs_syndication_item *item, const char *name)
{
	return tcs_syndication_value(item, "cap", name);
}

/* What the names of elements were in one feed and in another. */
static const char *
entry_either(const struct tcs_syndication_item *item, const char *name,
    const char *other, const char *fallback)
{
	const char *value = entry_value(item, name);

	if (value == NULL)
		value = entry_value(item, other);
	return value == NULL ? fallback : value;
}

bool
tcs_cf_entry_is_enough(const struct tcs_syndication_item *item)
{
	return entry_value(item, "event") != NULL &&
	       entry_value(item, "severity") != NULL &&
	       entry_value(item, "expires") != NULL &&
	       (entry_value(item, "areaDesc") != NULL ||
	           entry_value(item, "geocode") != NULL);
}

/* <name>text</name>, escaped; nothing for NULL or "". */
static void
entry_element(struct tcs_buf *buf, const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	tcs_buf_printf(buf, "<%s>", name);
	tcs_xml_escape(buf, text);
	tcs_buf_printf(buf, "</%s>", name);
}

static void
entry_pair(
    struct tcs_buf *buf, const char *tag, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	tcs_buf_printf(buf, "<%s>", tag);
	entry_element(buf, "valueName", name);
	entry_element(buf, "value", value);
	tcs_buf_printf(buf, "</%s>", tag);
}

/* <cap:geocode><valueName>…</valueName><value>…</value></cap:geocode>; some
 * have several pairs in one. */
static void
entry_pairs(struct tcs_buf *buf, const struct tcs_syndication_item *item,
    const char *tag)
{
	const struct tcs_syndication_more *more =
	    tcs_syndication_find(item->more, "cap", tag);

	for (; more != NULL;
	     more = tcs_syndication_find(more->next, "cap", tag)) {
		const char *name = NULL;
		for (const struct tcs_syndication_more *inner = more->inner;
		     inner != NULL; inner = inner->next) {
			if (strcasecmp(inner->name, "valueName") == 0)
				name = inner->value;
			else if (name != NULL)
				entry_pair(buf, tag, name, inner->value);
		}
	}
}

/* MeteoAlarm says the colour in the title only, and the type in its words. */
static void
entry_awareness(struct tcs_buf *buf, const struct tcs_syndication_item *item)
{
	static const char *const levels[] = {NULL, "1; green; Minor",
	    "2; yellow; Moderate", "3; orange; Severe", "4; red; Extreme"};
	int colour = tcs_cf_title_colour(item->title);
	const char *event = entry_value(item, "event");

	if (colour == 0 || strstr(buf->p, "awareness_level") != NULL)
		return;
	entry_pair(buf, "parameter", "awareness_level", levels[colour]);
	if (strstr(buf->p, "awareness_type") == NULL &&
	    tcs_cf_phenomenon(event) != NULL)
		entry_pair(buf, "parameter", "awareness_type", event);
}

static void
entry_area(struct tcs_buf *buf, const struct tcs_syndication_item *item)
{
	tcs_buf_str(buf, "<area>");
	entry_element(
	    buf, "areaDesc", entry_either(item, "areaDesc", "areadesc", NULL));
	for (const struct tcs_syndication_more *more = item->more; more != NULL;
	     more = more->next) {
		if (strcmp(more->space, "cap") == 0 &&
		    strcmp(more->name, "polygon") == 0)
			entry_element(buf, "polygon", more->value);
	}
	entry_pairs(buf, item, "geocode");
	tcs_buf_str(buf, "</area>");
}

static void
entry_info(struct tcs_buf *buf, const struct tcs_syndication_item *item)
{
	tcs_buf_str(buf, "<info>");
	entry_element(buf, "language", entry_value(item, "language"));
	entry_element(
	    buf, "category", entry_either(item, "category", "", "Met"));
	entry_element(buf, "event", entry_value(item, "event"));
	entry_element(buf, "responseType",
	    entry_either(item, "responseType", "response_type", NULL));
	entry_element(
	    buf, "urgency", entry_either(item, "urgency", "", "Unknown"));
	entry_element(buf, "severity", entry_value(item, "severity"));
	entry_element(
	    buf, "certainty", entry_either(item, "certainty", "", "Unknown"));
	entry_element(buf, "effective", entry_value(item, "effective"));
	entry_element(buf, "onset", entry_value(item, "onset"));
	entry_element(buf, "expires", entry_value(item, "expires"));
	entry_element(
	    buf, "headline", entry_either(item, "headline", "", item->title));
	entry_element(buf, "description",
	    entry_either(item, "description", "", item->text));
	entry_element(buf, "instruction", entry_value(item, "instruction"));
	entry_element(buf, "web", item->link);
	entry_pairs(buf, item, "parameter");
	entry_awareness(buf, item);
	entry_area(buf, item);
	tcs_buf_str(buf, "</info>");
}

enum tcs_err
tcs_cf_take_entry(struct cap_run *run, const struct tcs_syndication_item *item)
{
	char sent[TCS_TIME_TEXT];
	struct tcs_buf buf;
	int64_t ms = item->updated_ms == TCS_NO_TIME ? item->published_ms
	                                             : item->updated_ms;
	const char *identifier = entry_either(
	    item, "identifier", "", item->guid[0] ? item->guid : item->link);

	tcs_buf_init(&buf, ENTRY_MAX);
	tcs_buf_str(&buf, "<alert xmlns=\"" TCS_CAP_NS "\">");
	entry_element(&buf, "identifier", identifier);
	entry_element(&buf, "sender",
	    entry_either(item, "sender", "",
	        item->author[0] == '\0' ? "meteoalarm" : item->author));
	entry_element(&buf, "sent",
	    entry_either(item, "sent", "",
	        ms == TCS_NO_TIME ? entry_value(item, "effective")
	                          : tcs_time_iso(ms, sent)));
	entry_element(
	    &buf, "status", entry_either(item, "status", "", "Actual"));
	entry_element(&buf, "msgType",
	    entry_either(item, "msgType", "message_type", "Alert"));
	entry_element(&buf, "scope", entry_either(item, "scope", "", "Public"));
	entry_element(&buf, "references", entry_value(item, "references"));
	entry_element(&buf, "incidents", entry_value(item, "incidents"));
	entry_info(&buf, item);
	tcs_buf_str(&buf, "</alert>");
	enum tcs_err err = buf.err;
	if (err == TCS_ELIMIT) {
		run->is_over = true;
		err = TCS_OK;
	} else if (err == TCS_OK) {
		err = tcs_cf_take(run, tcs_buf_view(&buf));
	}
	tcs_buf_fini(&buf);
	return err;
}
