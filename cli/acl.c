#include "cli/acl.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"

enum { ACL_WORD_MAX = 4096, ACL_REALM_MAX = 64 };

#define ACL_DAEMONS "collector rules dispatcher journal"
#define ACL_STATE                                                              \
	"+get +set +del +hget +hgetall +hscan +hset +hdel +zadd +zrem "        \
	"+zscore +zrange +type"
#define ACL_LOOK                                                               \
	"+get +hget +hgetall +hscan +hlen +zscore +zrange +zcard +smembers "   \
	"+xrange +xrevrange +xread +xlen +pttl +exists +type"
/* A publisher trims what every group has read. */
#define ACL_PUBLISH "+xadd +xtrim +type"

/* One selector. In `keys` each pattern is preceded by its permission and gets
 * the realm's prefix; '@' stands for the role, which is its group's name. */
struct acl_right {
	const char *roles;    /* blank-separated */
	const char *commands; /* blank-separated */
	const char *keys;     /* blank-separated */
};

static const struct acl_right acl_rights[] = {
    /* Ownership, fence, positions, what is in hand: of its own group. */
    {ACL_DAEMONS, "+get +set +del +incr +pexpire +type",
        "%RW~lease:@:* %RW~fence:@:* %RW~pos:@:*"},
    {ACL_DAEMONS, "+hget +hmget +hset +hdel +del +type", "%RW~hand:@:*"},
    /* What waits to be published on a bus that is not the store. */
    {ACL_DAEMONS, "+hgetall +hset +hdel +type", "%RW~outbox:@:*"},
    /* A collector that reads the bus is of another group. */
    {"collector", "+get +set +del +incr +pexpire +type",
        "%RW~lease:reports:* %RW~fence:reports:* %RW~pos:reports:*"},
    {"collector", "+hget +hmget +hset +hdel +del +type", "%RW~hand:reports:*"},
    {"collector", "+hgetall +hset +hdel +type", "%RW~outbox:reports:*"},
    /* Who must have read a record before it is trimmed. */
    {ACL_DAEMONS, "+sadd +smembers", "%RW~groups"},
    {ACL_DAEMONS, "+get", "%R~pos:* %R~schema %R~clock"},
    /* What is known of things: one prefix a daemon. */
    {"collector", ACL_STATE, "%RW~src:*"},
    {"rules", ACL_STATE, "%RW~rule:*"},
    {"dispatcher", ACL_STATE, "%RW~ledger:*"},
    {"journal", ACL_STATE, "%RW~journal:*"},
    /* Topics: read, and published. */
    {"collector", "+xread", "%R~reports.*"},
    {"rules", "+xread", "%R~signals.*"},
    {"dispatcher", "+xread", "%R~proposals.* %R~decisions.*"},
    {"journal", "+xread",
        "%R~documents.* %R~health.* %R~signals.* %R~proposals.* %R~decisions.* "
        "%R~alerts.* %R~receipts.* %R~reports.* %R~events.* %R~rejected.*"},
    {"collector", ACL_PUBLISH, "%W~documents.* %W~health.* %W~signals.*"},
    {"rules", ACL_PUBLISH, "%W~proposals.*"},
    {"dispatcher", ACL_PUBLISH, "%W~alerts.* %W~receipts.*"},
    {"cli player", ACL_PUBLISH, "%W~decisions.* %W~reports.*"},
    /* Not their writer: what was set aside, given back as it was by `tocsin
     * rejected retry`, to the topics that a daemon decides on. */
    {"cli", ACL_PUBLISH, "%W~signals.* %W~proposals.*"},
    {ACL_DAEMONS " cli player", ACL_PUBLISH, "%W~events.* %W~rejected.*"},
    /* The CLI shows everything; the player moves an exercise's clock. */
    {"cli player", ACL_LOOK, "%R~*"},
    {"player", "+set", "%RW~clock"},
};

static const char *const acl_roles[] = {
    "collector", "rules", "dispatcher", "journal", "cli", "player"};

/* Before any right: what needs no key. */
static const char *const acl_base[] = {"reset", "on", "-@all", "+ping", "+info",
    "+config|get", "+evalsha", "+script|load"};

static bool
acl_is_exercise(const char *realm)
{
	return strncmp(realm, "x-", 2) == 0;
}

const char *
tcs_acl_role(const char *realm, size_t i)
{
	size_t n = sizeof(acl_roles) / sizeof(acl_roles[0]);

	if (!acl_is_exercise(realm))
		n--;
	return i < n ? acl_roles[i] : NULL;
}

bool
tcs_acl_is_realm(const char *realm)
{
	size_t n = strlen(realm);

	if (strcmp(realm, "tocsin.") == 0)
		return true;
	if (n < 4 || n > ACL_REALM_MAX || !acl_is_exercise(realm))
		return false;
	return realm[n - 1] == '.' &&
	       strspn(realm, "abcdefghijklmnopqrstuvwxyz0123456789-") == n - 1;
}

/* `word` is one of the blank-separated `words`. */
static bool
acl_names(const char *words, const char *word)
{
	struct tcs_slice rest = tcs_slice_str(words);

	while (rest.p != NULL) {
		if (tcs_slice_is(tcs_slice_cut(rest, ' ', &rest), word))
			return true;
	}
	return false;
}

/* "%R~pos:@:*" is " %R~tocsin.pos:rules:*". */
static void
acl_append_pattern(struct tcs_buf *buf, struct tcs_slice pattern,
    const char *realm, const char *role)
{
	struct tcs_slice name;
	struct tcs_slice permission = tcs_slice_cut(pattern, '~', &name);

	tcs_buf_printf(buf, " %.*s~%s", TCS_SLICE_ARG(permission), realm);
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '@')
			tcs_buf_str(buf, role);
		else
			tcs_buf_char(buf, name.p[i]);
	}
}

static void
acl_append_selector(struct tcs_buf *buf, const struct acl_right *right,
    const char *realm, const char *role)
{
	struct tcs_slice rest = tcs_slice_str(right->keys);

	tcs_buf_printf(buf, "(%s", right->commands);
	while (rest.p != NULL)
		acl_append_pattern(
		    buf, tcs_slice_cut(rest, ' ', &rest), realm, role);
	tcs_buf_char(buf, ')');
}

/* Empties `buf` into a new word. */
static enum tcs_err
acl_add(struct tcs_acl *acl, struct tcs_buf *buf)
{
	tcs_assert(acl->n < TCS_ACL_WORDS_MAX);
	enum tcs_err err = tcs_buf_steal(buf, &acl->words[acl->n]);
	if (err == TCS_OK)
		acl->n++;
	return err;
}

static bool
acl_has_role(const char *realm, const char *role)
{
	const char *one;

	for (size_t i = 0; (one = tcs_acl_role(realm, i)) != NULL; i++) {
		if (strcmp(one, role) == 0)
			return true;
	}
	return false;
}

enum tcs_err
tcs_acl_build(const char *realm, const char *role, const char *password,
    struct tcs_acl *ret_acl)
{
	struct tcs_buf buf;
	enum tcs_err err = TCS_OK;

	if (!tcs_acl_is_realm(realm) || !acl_has_role(realm, role))
		return TCS_EINVAL;
	tcs_buf_init(&buf, ACL_WORD_MAX);
	for (size_t i = 0; i < sizeof(acl_base) / sizeof(acl_base[0]); i++) {
		tcs_buf_str(&buf, acl_base[i]);
		if ((err = acl_add(ret_acl, &buf)) != TCS_OK)
			goto out;
	}
	tcs_buf_printf(&buf, ">%s", password);
	if ((err = acl_add(ret_acl, &buf)) != TCS_OK)
		goto out;
	for (size_t i = 0; i < sizeof(acl_rights) / sizeof(acl_rights[0]);
	     i++) {
		if (!acl_names(acl_rights[i].roles, role))
			continue;
		acl_append_selector(&buf, &acl_rights[i], realm, role);
		if ((err = acl_add(ret_acl, &buf)) != TCS_OK)
			goto out;
	}
out:
	tcs_buf_fini(&buf);
	if (err != TCS_OK)
		tcs_acl_fini(ret_acl);
	return err;
}

void
tcs_acl_fini(struct tcs_acl *acl)
{
	if (acl == NULL)
		return;
	for (size_t i = 0; i < acl->n; i++) {
		explicit_bzero(acl->words[i], strlen(acl->words[i]));
		free(acl->words[i]);
	}
	acl->n = 0;
}
