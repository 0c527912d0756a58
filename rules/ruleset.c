#include "rules/ruleset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/map.h"
#include "core/xml.h"
#include "rules/match.h"

enum { EXAMPLE_TEXT_MAX = 256 * 1024 };

/* A folder while it is read. */
struct loader {
	const char *folder;
	const struct tcs_xml_schema *schema;
	int64_t now_ms;
	struct tcs_ruleset *rules;
	struct tcs_map ids; /* rule id to its rule */
	struct tcs_diag *diag;
};

static enum tcs_err
ruleset_run_example(const struct tcs_rule *rule,
    const struct tcs_example *example, struct tcs_buf *folded,
    struct tcs_diag *diag)
{
	struct tcs_subject subject;
	enum tcs_err err = tcs_subject_init(&subject, &example->signal, folded);

	if (err != TCS_OK)
		return tcs_diag_add(diag, err, rule->file, example->line,
		    "example with too long a text");
	enum tcs_match got = tcs_rule_match(rule, &subject).opens;
	if (got == example->want)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_EINVAL, rule->file, example->line,
	    "the rule answers %s to this example, which says match=\"%s\": "
	    "correct the one or the other",
	    tcs_match_name(got), tcs_match_name(example->want));
}

static enum tcs_err
ruleset_run_examples(const struct tcs_rule *rule, struct tcs_diag *diag)
{
	struct tcs_buf folded;
	enum tcs_err first = TCS_OK;

	tcs_buf_init(&folded, EXAMPLE_TEXT_MAX);
	for (const struct tcs_example *e = rule->examples; e != NULL;
	     e = e->next) {
		enum tcs_err err = ruleset_run_example(rule, e, &folded, diag);
		if (first == TCS_OK)
			first = err;
	}
	tcs_buf_fini(&folded);
	return first;
}

enum tcs_err
tcs_rule_load(struct tcs_slice text, const struct tcs_rule_origin *origin,
    struct tcs_rule **ret_rule, struct tcs_diag *diag)
{
	struct tcs_rule *rule = NULL;
	enum tcs_err err = tcs_rule_compile(text, origin, &rule, diag);

	if (err == TCS_OK)
		err = ruleset_run_examples(rule, diag);
	if (err == TCS_OK)
		*ret_rule = rule;
	else
		tcs_rule_free(&rule);
	return err;
}

static enum tcs_err
ruleset_add(struct loader *loader, struct tcs_rule *rule)
{
	const struct tcs_rule *other = tcs_map_get(&loader->ids, rule->id);

	if (other != NULL) {
		return tcs_diag_add(loader->diag, TCS_EINVAL, rule->file, 1,
		    "rule '%s' is in %s already: give this one an id of its "
		    "own",
		    rule->id, other->file);
	}
	enum tcs_err err = tcs_map_put(&loader->ids, rule->id, rule);
	if (err == TCS_OK)
		loader->rules->rules[loader->rules->n++] = rule;
	return err;
}

static enum tcs_err
ruleset_load_file(struct loader *loader, const char *name)
{
	struct tcs_buf text;
	struct tcs_rule *rule = NULL;
	char *path;

	if (asprintf(&path, "%s/%s", loader->folder, name) < 0)
		return TCS_ENOMEM;
	const struct tcs_rule_origin origin = {
	    .file = path, .schema = loader->schema, .now_ms = loader->now_ms};
	tcs_buf_init(&text, TCS_RULE_BYTES_MAX + 1);
	enum tcs_err err = tcs_file_read(path, &text, loader->diag);
	if (err == TCS_OK)
		err = tcs_rule_load(
		    tcs_buf_view(&text), &origin, &rule, loader->diag);
	if (err == TCS_OK)
		err = ruleset_add(loader, rule);
	if (err != TCS_OK)
		tcs_rule_free(&rule);
	tcs_buf_fini(&text);
	free(path);
	return err;
}

/* Every file is read, also after a fault: all faults are shown at once. */
static enum tcs_err
ruleset_load_files(struct loader *loader, char *const *names, size_t n)
{
	enum tcs_err first = TCS_OK;

	if (n == 0)
		return tcs_diag_add(loader->diag, TCS_ENOTFOUND, loader->folder,
		    0, "no rule (*.xml) in this folder: nothing is watched");
	if (n > TCS_RULES_MAX)
		return tcs_diag_add(loader->diag, TCS_ELIMIT, loader->folder, 0,
		    "%zu rules, more than the %d allowed", n, TCS_RULES_MAX);
	loader->rules->rules = calloc(n, sizeof(struct tcs_rule *));
	if (loader->rules->rules == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n && first != TCS_ENOMEM; i++) {
		enum tcs_err err = ruleset_load_file(loader, names[i]);
		if (first == TCS_OK || err == TCS_ENOMEM)
			first = err;
	}
	return first;
}

static enum tcs_err
ruleset_load(struct loader *loader, struct tcs_ruleset **ret_rules)
{
	char **names = NULL;
	size_t n = 0;
	enum tcs_err err =
	    tcs_dir_list(loader->folder, ".xml", &names, &n, loader->diag);

	if (err != TCS_OK)
		return err;
	loader->rules = calloc(1, sizeof(*loader->rules));
	err = loader->rules == NULL ? TCS_ENOMEM
	                            : ruleset_load_files(loader, names, n);
	if (err == TCS_OK) {
		*ret_rules = loader->rules;
		loader->rules = NULL;
	}
	tcs_ruleset_free(&loader->rules);
	tcs_map_fini(&loader->ids);
	tcs_names_free(names, n);
	return err;
}

enum tcs_err
tcs_ruleset_load(const char *folder, const char *schema, int64_t now_ms,
    struct tcs_ruleset **ret_rules, struct tcs_diag *diag)
{
	struct tcs_xml_schema *xsd = NULL;
	enum tcs_err err = tcs_xml_schema_load(
	    schema == NULL ? TOCSIN_RULES_SCHEMA : schema, &xsd, diag);

	if (err == TCS_OK) {
		struct loader loader = {.folder = folder,
		    .schema = xsd,
		    .now_ms = now_ms,
		    .diag = diag};
		err = ruleset_load(&loader, ret_rules);
	}
	tcs_xml_schema_free(&xsd);
	return err;
}

void
tcs_ruleset_free(struct tcs_ruleset **rules)
{
	if (rules == NULL || *rules == NULL)
		return;
	for (size_t i = 0; i < (*rules)->n; i++)
		tcs_rule_free(&(*rules)->rules[i]);
	free((*rules)->rules);
	free(*rules);
	*rules = NULL;
}
