#include "config/property.h"

#include <stdlib.h>
#include <string.h>

#include "config/sections.h"
#include "core/bus_url.h"
#include "core/file.h"

enum { PROPERTY_SHOWN_MAX = 64 };

#define PROPERTY_FILE "_file"

/* Where one item is read. */
struct property_reader {
	const struct tcs_scan_item *item;
	struct tcs_conf *conf;
	struct tcs_diag *diag;
};

#define PROPERTY_REFUSE(reader, ...)                                           \
	tcs_diag_add((reader)->diag, TCS_ECONFIG, (reader)->conf->path,        \
	    (reader)->item->line, __VA_ARGS__)

static bool
property_is_secret(const char *name)
{
	return strstr(name, "password") != NULL ||
	       strstr(name, "secret") != NULL ||
	       strcmp(name, "ssl.key.pem") == 0 ||
	       strcmp(name, "sasl.oauthbearer.config") == 0;
}

/* Without the backslashes, which stand before a quote or another one. The
 * caller owns it; NULL when out of memory. */
static char *
property_unescape(struct tcs_slice text)
{
	char *copy = tcs_slice_dup(text);
	size_t n = 0;

	for (size_t i = 0; copy != NULL && i < text.n; i++) {
		if (text.p[i] == '\\' && i + 1 < text.n)
			i++;
		copy[n++] = text.p[i];
	}
	if (copy != NULL)
		copy[n] = '\0';
	return copy;
}

static const char *
property_find(const struct tcs_conf_kafka *kafka, const char *name)
{
	for (size_t i = 0; i < kafka->n; i++) {
		if (strcmp(kafka->properties[i].name, name) == 0)
			return kafka->properties[i].name;
	}
	return NULL;
}

/* `name` is the property's, without _file. */
static enum tcs_err
property_check(const struct property_reader *r, const char *name, bool is_file)
{
	if (property_is_secret(name) && !is_file)
		return PROPERTY_REFUSE(r,
		    "kafka: %.*s: a secret has no place here; write: "
		    "'%.*s" PROPERTY_FILE "' = \"kafka.secret\", a file with "
		    "it alone",
		    PROPERTY_SHOWN_MAX, name, PROPERTY_SHOWN_MAX, name);
	if (property_find(&r->conf->kafka, name) != NULL)
		return PROPERTY_REFUSE(r,
		    "kafka: %.*s is written with and without " PROPERTY_FILE
		    "; write: one of both",
		    PROPERTY_SHOWN_MAX, name);
	if (r->conf->kafka.n == TCS_PROPERTIES_MAX)
		return PROPERTY_REFUSE(
		    r, "kafka: more than %d properties", TCS_PROPERTIES_MAX);
	if (r->item->value.n > TCS_PROPERTY_VALUE_MAX)
		return PROPERTY_REFUSE(r,
		    "kafka: %.*s: more than %d bytes; write: less",
		    PROPERTY_SHOWN_MAX, name, TCS_PROPERTY_VALUE_MAX);
	return TCS_OK;
}

/* Takes `name`. */
static enum tcs_err
property_keep(const struct property_reader *r, char *name, bool is_file)
{
	struct tcs_conf_kafka *kafka = &r->conf->kafka;
	char *text = property_unescape(r->item->value), *path = NULL;

	if (text != NULL && is_file)
		path = tcs_path_beside(r->conf->path, text);
	if (text == NULL || (is_file && path == NULL)) {
		free(text);
		free(name);
		return TCS_ENOMEM;
	}
	if (is_file) {
		free(text);
		text = NULL;
	}
	kafka->files[kafka->n] = path;
	kafka->properties[kafka->n++] = (struct tcs_bus_property){
	    .name = name, .value = text, .line = r->item->line};
	return TCS_OK;
}

static enum tcs_err
property_take(const struct property_reader *r)
{
	const size_t suffix = sizeof(PROPERTY_FILE) - 1;
	struct tcs_slice key = r->item->key;

	if (!tcs_option_is_name(key) || key.n > TCS_PROPERTY_NAME_MAX)
		return PROPERTY_REFUSE(r,
		    "kafka: a property's name has at most %d letters without "
		    "accent, digits, '.', '_', '-'; write: one that librdkafka "
		    "has, as 'security.protocol'",
		    TCS_PROPERTY_NAME_MAX);
	bool is_file = key.n > suffix && memcmp(key.p + key.n - suffix,
	                                     PROPERTY_FILE, suffix) == 0;
	if (is_file)
		key.n -= suffix;
	char *name = tcs_slice_dup(key);
	if (name == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = property_check(r, name, is_file);
	if (err == TCS_OK)
		return property_keep(r, name, is_file);
	free(name);
	return err;
}

enum tcs_err
tcs_properties_take(struct tcs_scan *scan,
    const struct tcs_scan_section *section, struct tcs_conf *conf,
    struct tcs_diag *diag)
{
	struct tcs_conf_kafka *kafka = &conf->kafka;
	enum tcs_err err = TCS_OK;

	kafka->n = 0;
	kafka->line = section->line;
	kafka->properties =
	    calloc(TCS_PROPERTIES_MAX, sizeof(*kafka->properties));
	kafka->files = calloc(TCS_PROPERTIES_MAX, sizeof(*kafka->files));
	if (kafka->properties == NULL || kafka->files == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < section->items_n; i++) {
		const struct property_reader r = {
		    &scan->items[section->first + i], conf, diag};
		if (!tcs_section_has(scan, r.item))
			continue;
		enum tcs_err one = property_take(&r);
		err = err == TCS_OK ? one : err;
	}
	tcs_scan_blank(scan, section->start, section->end);
	return err;
}

static void
property_forget(const char *secret)
{
	char *own = (char *)(uintptr_t)secret;

	if (own != NULL)
		explicit_bzero(own, strlen(own));
	free(own);
}

void
tcs_properties_fini(struct tcs_conf_kafka *kafka)
{
	for (size_t i = 0; i < kafka->n; i++) {
		free((void *)(uintptr_t)kafka->properties[i].name);
		property_forget(kafka->properties[i].value);
		free(kafka->files[i]);
	}
	free(kafka->properties);
	free(kafka->files);
	*kafka = (struct tcs_conf_kafka){0};
}

/* Without the line end that an editor leaves. */
static enum tcs_err
property_read(const char *path, char **ret_value, struct tcs_diag *diag)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, TCS_PROPERTY_VALUE_MAX);
	enum tcs_err err = tcs_file_read(path, &buf, diag);
	while (err == TCS_OK && buf.n > 0 &&
	       (buf.p[buf.n - 1] == '\n' || buf.p[buf.n - 1] == '\r'))
		buf.n--;
	if (err == TCS_OK &&
	    (buf.n == 0 || !tcs_slice_is_utf8(tcs_buf_view(&buf))))
		err = tcs_diag_add(diag, TCS_ECONFIG, path, 0,
		    "no secret, or one that is not text; write: it alone");
	if (err == TCS_OK) {
		*ret_value = tcs_slice_dup(tcs_buf_view(&buf));
		err = *ret_value == NULL ? TCS_ENOMEM : TCS_OK;
	}
	if (buf.p != NULL)
		explicit_bzero(buf.p, buf.cap);
	tcs_buf_fini(&buf);
	return err;
}

enum tcs_err
tcs_conf_read_secrets(struct tcs_conf *conf, struct tcs_diag *diag)
{
	struct tcs_conf_kafka *kafka = &conf->kafka;
	enum tcs_err err = TCS_OK;

	if (!tcs_bus_url_is_kafka(conf->bus.url))
		return TCS_OK;
	for (size_t i = 0; i < kafka->n; i++) {
		char *value = NULL;
		if (kafka->files[i] == NULL ||
		    kafka->properties[i].value != NULL)
			continue;
		enum tcs_err one = property_read(kafka->files[i], &value, diag);
		err = err == TCS_OK ? one : err;
		kafka->properties[i].value = value;
	}
	return err;
}

void
tcs_conf_bus(const struct tcs_conf *conf, struct tcs_bus_conf *ret_bus)
{
	*ret_bus = (struct tcs_bus_conf){.url = conf->bus.url,
	    .partitions = (unsigned)conf->bus.partitions,
	    .properties = conf->kafka.properties,
	    .properties_n = conf->kafka.n,
	    .file = conf->path};
}
