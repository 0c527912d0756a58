#include "config/schema.h"

#include <string.h>

#include "core/bus_url.h"
#include "core/clock.h"
#include "territory/list.h"

static const char *
schema_check_name(const char *text)
{
	return tcs_option_is_name(tcs_slice_str(text))
	           ? NULL
	           : "an audience has letters without accent, digits, '.', "
	             "'_' and '-' only";
}

/* CAP 1.2, 3.2.1: no space, comma, < or &. */
static const char *
schema_check_sender(const char *text)
{
	return strpbrk(text, " ,<&") == NULL
	           ? NULL
	           : "a CAP sender has no blank, comma, < or &";
}

/* "62", "2A", "974". */
static const char *
schema_check_departement(const char *text)
{
	size_t n = strlen(text);
	bool is_overseas = n == 3 && text[0] == '9' &&
	                   (text[1] == '7' || text[1] == '8') &&
	                   text[2] >= '0' && text[2] <= '9';
	bool is_corse = strcmp(text, "2A") == 0 || strcmp(text, "2B") == 0;
	bool is_number = n == 2 && strspn(text, "0123456789") == 2 &&
	                 strcmp(text, "00") != 0 && strcmp(text, "20") != 0 &&
	                 strcmp(text, "95") <= 0;

	return is_overseas || is_corse || is_number
	           ? NULL
	           : "a département is 01 to 95, 2A, 2B or 971 to 989";
}

static const char *
schema_check_insee(const char *text)
{
	return tcs_insee_is_valid(text) ? NULL
	                                : "an INSEE code of a commune has five "
	                                  "characters, as 62765 or 2A004";
}

/* local@domain, as an SMTP command can carry it. */
static const char *
schema_check_email(const char *text)
{
	const char *at = strchr(text, '@');
	const char *domain = at == NULL ? "" : at + 1;
	bool is_sound = at != NULL && at != text && strlen(text) <= 254 &&
	                strchr(domain, '.') != NULL && domain[0] != '.' &&
	                domain[strlen(domain) - 1] != '.' &&
	                strspn(domain, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                               "abcdefghijklmnopqrstuvwxyz"
	                               "0123456789.-") == strlen(domain);

	for (const char *p = text; *p != '\0' && is_sound; p++)
		is_sound = *p > ' ' && *p < 0x7f &&
		           strchr("<>()[],;:\\\"", *p) == NULL;
	return is_sound ? NULL : "is not an e-mail address";
}

/* unix:PATH, or a loopback address with its port. */
static const char *
schema_check_address(const char *text)
{
	const char *port = strrchr(text, ':');

	if (strncmp(text, "unix:", 5) == 0)
		return text[5] == '\0' ? "has no path after unix:" : NULL;
	if (strncmp(text, "127.", 4) != 0 && strncmp(text, "[::1]:", 6) != 0)
		return "is neither a UNIX socket nor a loopback address";
	if (port == NULL || port[1] == '\0' ||
	    port[1 + strspn(port + 1, "0123456789")] != '\0')
		return "has no port";
	return NULL;
}

static const struct tcs_option schema_observatory[] = {
    {.name = "name",
        .kind = TCS_OPTION_NAME,
        .offset = offsetof(struct tcs_conf_observatory, name),
        .is_required = 1,
        .example = "\"sidpc62\"",
        .help = "first part of every identifier"},
    {.name = "sender",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct tcs_conf_observatory, sender),
        .is_required = 1,
        .check = schema_check_sender,
        .example = "\"sidpc62@prefecture.example\"",
        .help = "sender of every CAP message"},
    {.name = "title",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct tcs_conf_observatory, title),
        .is_required = 1,
        .example = "\"SIDPC du Pas-de-Calais\"",
        .help = "who speaks, in texts"},
    {.name = "departements",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct tcs_conf_observatory, departements),
        .is_required = 1,
        .check = schema_check_departement,
        .example = "{\"62\"}",
        .help = "what is watched"},
    {.name = "timezone",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct tcs_conf_observatory, timezone),
        .fallback = "Europe/Paris",
        .help = "legal time of the territory"},
    TCS_OPT_BOOL("live", struct tcs_conf_observatory, live, "no",
        "no: every text begins ESSAI and every CAP message is a Test"),
    TCS_OPT_END,
};

static const struct tcs_option schema_store[] = {
    {.name = "address",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct tcs_conf_store, address),
        .fallback = "unix:/run/tocsin/redis.sock",
        .check = schema_check_address,
        .help = "Redis: unix:PATH, or 127.0.0.1:PORT"},
    TCS_OPT_PATH("secrets", struct tcs_conf_store, secrets,
        "/var/lib/tocsin/secrets",
        "folder with one password file per user of the store"),
    TCS_OPT_PATH("admin", struct tcs_conf_store, admin, NULL,
        "file with the administrator's password, for `tocsin run` only"),
    TCS_OPT_END,
};

static const struct tcs_option schema_bus[] = {
    {.name = "url",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct tcs_conf_bus, url),
        .fallback = "redis:",
        .check = tcs_bus_url_fault,
        .help = "where records travel: redis:, the store's own server, or "
                "kafka://host:9092,other:9092"},
    TCS_OPT_INTEGER("partitions", struct tcs_conf_bus, partitions, "1", 1, 64,
        "partitions of each topic"),
    TCS_OPT_END,
};

/* Its keys are read by config/property.h. */
static const struct tcs_option schema_kafka[] = {
    TCS_OPT_END,
};

static const struct tcs_option schema_paths[] = {
    TCS_OPT_PATH("rules", struct tcs_conf_paths, rules, "rules.d",
        "folder of the rules, *.xml"),
    TCS_OPT_PATH("lists", struct tcs_conf_paths, lists, "lists.d",
        "folder of the lists of communes, *.csv"),
    TCS_OPT_PATH("state", struct tcs_conf_paths, state, "/var/lib/tocsin",
        "folder in which the next two are when they are not given"),
    TCS_OPT_PATH("documents", struct tcs_conf_paths, documents, NULL,
        "folder of fetched documents; default: documents in state"),
    TCS_OPT_PATH("journal", struct tcs_conf_paths, journal, NULL,
        "folder of the journal's files; default: journal in state"),
    TCS_OPT_END,
};

static const struct tcs_option schema_cli[] = {
    {.name = "group",
        .kind = TCS_OPTION_NAME,
        .offset = offsetof(struct tcs_conf_cli, group),
        .fallback = "tocsin",
        .help = "system group whose members may decide"},
    TCS_OPT_END,
};

static const struct tcs_option schema_feed[] = {
    {.name = "driver",
        .kind = TCS_OPTION_NAME,
        .offset = offsetof(struct tcs_conf_feed, driver),
        .is_required = 1,
        .example = "vigicrues",
        .help = "how the source is read (`tocsin feeds drivers`)"},
    TCS_OPT_URL("url", struct tcs_conf_feed, url, NULL,
        "what is fetched; default: the driver's"),
    TCS_OPT_DURATION("every", struct tcs_conf_feed, every_ms, NULL,
        TCS_SECONDS(1), TCS_HOURS(24),
        "time between two fetches, 10 s and more for a source that is not "
        "on this machine; default: the driver's"),
    TCS_OPT_DURATION("timeout", struct tcs_conf_feed, timeout_ms, "30 s",
        TCS_SECONDS(1), TCS_MINUTES(5), "longest time of one fetch"),
    TCS_OPT_SIZE("body_max", struct tcs_conf_feed, body_max, "8 MB", 1000,
        64000000, "largest document"),
    TCS_OPT_DURATION("interval", struct tcs_conf_feed, interval_ms, "1 s", 0,
        TCS_HOURS(1), "least time between two requests to one host"),
    TCS_OPT_URL("proxy", struct tcs_conf_feed, proxy, NULL,
        "HTTP proxy; default: the environment's"),
    TCS_OPT_PATH("ca_file", struct tcs_conf_feed, ca_file, NULL,
        "certificates to trust; default: the system's"),
    {.name = "source",
        .kind = TCS_OPTION_NAME,
        .offset = offsetof(struct tcs_conf_feed, source),
        .help = "who issues, as rules and identifiers name it; default: the "
                "driver's"},
    TCS_OPT_STRING("source_name", struct tcs_conf_feed, source_name, NULL,
        "who issues, in texts; default: the driver's"),
    TCS_OPT_PATH("key_file", struct tcs_conf_feed, key_file, NULL,
        "file of the key that the service asks for"),
    TCS_OPT_URL("token_url", struct tcs_conf_feed, token_url, NULL,
        "where OAuth2 tokens are asked for, in place of key_file"),
    TCS_OPT_PATH("client_file", struct tcs_conf_feed, client_file, NULL,
        "file of the OAuth2 application's id, as its Basic header has it"),
    TCS_OPT_END,
};

static const struct tcs_option schema_contact[] = {
    TCS_OPT_STRING("function", struct tcs_conf_contact, function, NULL,
        "what the contact is, in texts"),
    {.name = "audiences",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct tcs_conf_contact, audiences),
        .is_required = 1,
        .check = schema_check_name,
        .example = "{\"communes\"}",
        .help = "groups of the rules to which it belongs"},
    {.name = "insee",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct tcs_conf_contact, insee),
        .check = schema_check_insee,
        .example = "{\"62765\"}",
        .help = "communes it stands for; this or departements"},
    {.name = "departements",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct tcs_conf_contact, departements),
        .check = schema_check_departement,
        .example = "{\"62\"}",
        .help = "départements it stands for"},
    {.name = "email",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct tcs_conf_contact, email),
        .check = schema_check_email,
        .example = "\"astreinte@prefecture.example\"",
        .help = "address of its mailbox; this or webhook, or both"},
    {.name = "webhook",
        .kind = TCS_OPTION_URL,
        .offset = offsetof(struct tcs_conf_contact, webhook),
        .example = "\"https://crise.prefecture.example/tocsin\"",
        .help = "URL that takes its messages"},
    TCS_OPT_END,
};

static const struct tcs_option schema_channel[] = {
    TCS_OPT_INTEGER("slots", struct tcs_conf_channel, slots, "16", 1, 256,
        "attempts on their way at once"),
    TCS_OPT_DURATION("retry_base", struct tcs_conf_channel, retry_base_ms,
        "5 s", 100, TCS_MINUTES(10), "wait after a first failure"),
    TCS_OPT_DURATION("retry_cap", struct tcs_conf_channel, retry_cap_ms,
        "10 min", 100, TCS_HOURS(24), "longest wait"),
    TCS_OPT_INTEGER("attempts_max", struct tcs_conf_channel, attempts_max, "20",
        1, 1000, "attempts before a delivery has failed"),
    TCS_OPT_END,
};

const struct tcs_schema tcs_schemas[TCS_SCHEMA_COUNT] = {
    [TCS_SCHEMA_OBSERVATORY] = {.name = "observatory",
        .help = "who watches, and what",
        .options = schema_observatory,
        .offset = offsetof(struct tcs_conf, observatory)},
    [TCS_SCHEMA_STORE] = {.name = "store",
        .help = "the Redis that holds state",
        .options = schema_store,
        .offset = offsetof(struct tcs_conf, store)},
    [TCS_SCHEMA_BUS] = {.name = "bus",
        .help = "the way between programs",
        .options = schema_bus,
        .offset = offsetof(struct tcs_conf, bus)},
    [TCS_SCHEMA_KAFKA] = {.name = "kafka",
        .help = "the clients of a kafka:// bus",
        .options = schema_kafka,
        .offset = offsetof(struct tcs_conf, kafka),
        .keys = "  PROPERTY       any of librdkafka, bare or in quotes, 64 at "
                "most: 'security.protocol' = \"SASL_SSL\"\n"
                "  PROPERTY_file  file that has its value; the only way for "
                "a secret: 'sasl.password_file' = \"kafka.password\"\n"
                "                 Those on which a promise hangs (acks, "
                "group.id, …) are Tocsin's: `tocsin check` says so.\n"},
    [TCS_SCHEMA_PATHS] = {.name = "paths",
        .help = "files; a relative path is beside the configuration",
        .options = schema_paths,
        .offset = offsetof(struct tcs_conf, paths)},
    [TCS_SCHEMA_CLI] = {.name = "cli",
        .help = "the command line",
        .options = schema_cli,
        .offset = offsetof(struct tcs_conf, cli)},
    [TCS_SCHEMA_FEED] = {.name = "feed",
        .help = "one source that is polled",
        .options = schema_feed,
        .has_title = true,
        .title = "NAME"},
    [TCS_SCHEMA_CONTACT] = {.name = "contact",
        .help = "who receives",
        .options = schema_contact,
        .has_title = true,
        .title = "NAME"},
    [TCS_SCHEMA_CHANNEL] = {.name = "channel",
        .help = "one way to send, named by its driver",
        .options = schema_channel,
        .has_title = true,
        .title = "DRIVER"},
};

const struct tcs_schema *
tcs_schema_find(struct tcs_slice name)
{
	for (size_t i = 0; i < TCS_SCHEMA_COUNT; i++)
		if (tcs_slice_is(name, tcs_schemas[i].name))
			return &tcs_schemas[i];
	return NULL;
}

static bool
schema_has_channel(const struct tcs_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->channels_n; i++)
		if (strcmp(conf->channels[i].name, name) == 0)
			return true;
	return false;
}

static enum tcs_err
schema_check_means(const struct tcs_conf *conf,
    const struct tcs_conf_contact *contact, const char *channel,
    struct tcs_diag *diag)
{
	if (schema_has_channel(conf, channel))
		return TCS_OK;
	return tcs_diag_add(diag, TCS_ECONFIG, conf->path, contact->line,
	    "contact %s has an address for %s, and there is no such channel; "
	    "write: channel %s { … }",
	    contact->name, channel, channel);
}

enum tcs_err
tcs_schema_check_contact(const struct tcs_conf *conf,
    const struct tcs_conf_contact *contact, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	if (contact->insee.n == 0 && contact->departements.n == 0)
		err = tcs_diag_add(diag, TCS_ECONFIG, conf->path, contact->line,
		    "contact %s has no territory; write: insee = {\"62765\"}, "
		    "or departements = {\"62\"}",
		    contact->name);
	if (contact->email == NULL && contact->webhook == NULL)
		err = tcs_diag_add(diag, TCS_ECONFIG, conf->path, contact->line,
		    "contact %s cannot be reached; write: email = "
		    "\"astreinte@prefecture.example\", or webhook = "
		    "\"https://…\"",
		    contact->name);
	if (contact->email != NULL &&
	    schema_check_means(conf, contact, "email", diag) != TCS_OK)
		err = TCS_ECONFIG;
	if (contact->webhook != NULL &&
	    schema_check_means(conf, contact, "webhook", diag) != TCS_OK)
		err = TCS_ECONFIG;
	return err;
}

enum tcs_err
tcs_schema_check_channel(const struct tcs_conf *conf,
    const struct tcs_conf_channel *channel, struct tcs_diag *diag)
{
	if (channel->retry_cap_ms >= channel->retry_base_ms)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_ECONFIG, conf->path, channel->line,
	    "channel %s: its longest wait is less than its first; write: a "
	    "retry_cap not below retry_base",
	    channel->name);
}

static bool
schema_is_loopback(const char *url)
{
	static const char *const hosts[] = {
	    "http://127.", "http://localhost", "http://[::1]"};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strncmp(url, hosts[i], strlen(hosts[i])) == 0)
			return true;
	return false;
}

enum tcs_err
tcs_schema_check_feed(const struct tcs_conf *conf,
    const struct tcs_conf_feed *feed, struct tcs_diag *diag)
{
	bool is_near = feed->url != NULL && schema_is_loopback(feed->url);

	if (feed->every_ms == 0 || feed->every_ms >= TCS_SECONDS(10) || is_near)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_ECONFIG, conf->path, feed->line,
	    "feed %s asks a public source more often than each 10 s; write: "
	    "every = \"10 s\", or more",
	    feed->name);
}
