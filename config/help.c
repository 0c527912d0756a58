#include "config/conf.h"
#include "config/schema.h"

static void
help_drivers(struct tcs_buf *buf, const char *kind,
    const struct tcs_conf_driver *drivers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (drivers[i].options == NULL ||
		    drivers[i].options->name == NULL)
			continue;
		tcs_buf_printf(
		    buf, "\n  and, for the %s %s:\n", kind, drivers[i].name);
		tcs_option_help(drivers[i].options, buf);
	}
}

void
tcs_conf_help(const struct tcs_conf_drivers *drivers, struct tcs_buf *buf)
{
	for (size_t i = 0; i < TCS_SCHEMA_COUNT; i++) {
		const struct tcs_schema *schema = &tcs_schemas[i];
		tcs_buf_printf(buf, "%s%s%s%s { }  %s\n", i == 0 ? "" : "\n",
		    schema->name, schema->has_title ? " " : "",
		    schema->has_title ? schema->title : "", schema->help);
		tcs_option_help(schema->options, buf);
		tcs_buf_str(buf, schema->keys == NULL ? "" : schema->keys);
		if (drivers != NULL && i == TCS_SCHEMA_FEED)
			help_drivers(
			    buf, "driver", drivers->feeds, drivers->feeds_n);
		if (drivers != NULL && i == TCS_SCHEMA_CHANNEL)
			help_drivers(buf, "channel", drivers->channels,
			    drivers->channels_n);
	}
}
