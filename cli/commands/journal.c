/* journal - is the journal what was written? Reads the files, and compares
 * their end with the head that the store holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "journal/verify.h"

extern const struct tcs_command_ops tcs_command_journal;

enum { JOURNAL_WAIT_MS = 3000 };

/* What is to be read, and the heads of the store: `has_heads` is false when it
 * could not be asked, `why` then says why. */
struct journal_check {
	const char *dir;
	struct tcs_journal_head heads[TCS_JOURNAL_PARTITIONS];
	bool has_heads;
	struct tcs_diag why;
	size_t faults;
};

/* "p<partition>" and its head. */
static enum tcs_err
journal_add_head(struct journal_check *check, struct tcs_slice field,
    struct tcs_slice value, struct tcs_diag *diag)
{
	uint64_t partition;

	if (field.n < 2 || field.p[0] != 'p' ||
	    tcs_slice_u64(tcs_slice(field.p + 1, field.n - 1),
	        TCS_JOURNAL_PARTITIONS - 1, &partition) != TCS_OK)
		return TCS_OK; /* not a partition's */
	tcs_journal_head_fini(&check->heads[partition]);
	return tcs_journal_head_read(value, &check->heads[partition], diag);
}

static enum tcs_err
journal_ask_store(
    struct journal_check *check, struct tcs_store *store, struct tcs_diag *diag)
{
	struct tcs_reply *reply = NULL;
	char key[128];

	enum tcs_err err = tcs_store_wait(store, JOURNAL_WAIT_MS, diag);
	if (err != TCS_OK)
		return err;
	(void)snprintf(key, sizeof(key), "%s%s", tcs_store_realm(store),
	    TCS_JOURNAL_HEAD_KEY);
	err = tcs_store_call(store, &reply, "HGETALL", key, NULL);
	for (size_t i = 0; err == TCS_OK && i + 1 < tcs_reply_count(reply);
	     i += 2)
		err = journal_add_head(check,
		    tcs_reply_slice(tcs_reply_at(reply, i)),
		    tcs_reply_slice(tcs_reply_at(reply, i + 1)), diag);
	tcs_reply_free(&reply);
	return err;
}

static void
journal_get_heads(struct journal_check *check, const struct tcs_args *args,
    const struct tcs_conf *conf)
{
	struct tcs_program_conf program_conf;
	struct tcs_program program = {0};

	tcs_args_program(args, conf, "cli", &program_conf);
	enum tcs_err err =
	    tcs_program_open(&program_conf, &program, &check->why);
	if (err == TCS_OK)
		err = journal_ask_store(check, program.store, &check->why);
	check->has_heads = err == TCS_OK;
	if (err != TCS_OK && check->why.n == 0)
		(void)tcs_diag_add(
		    &check->why, err, NULL, 0, "%s", tcs_strerror(err));
	tcs_program_close(&program);
}

static void
journal_print_findings(const char *dir, const struct tcs_diag *diag)
{
	for (size_t i = 0; i < diag->n; i++) {
		const struct tcs_finding *f = &diag->items[i];
		const char *file = f->file == NULL ? "" : f->file;
		if (file[0] != '/')
			printf("%s/", dir);
		printf("%s:%u: %s\n", file, f->line, f->text);
	}
	if (diag->dropped > 0)
		printf("and %zu more\n", diag->dropped);
}

static enum tcs_err
journal_check_partition(struct journal_check *check, unsigned partition)
{
	const struct tcs_journal_head *head =
	    check->has_heads ? &check->heads[partition] : NULL;
	struct tcs_verified seen;
	struct tcs_diag diag = {0};

	enum tcs_err err =
	    tcs_journal_verify(check->dir, partition, head, &seen, &diag);
	journal_print_findings(check->dir, &diag);
	check->faults += diag.n + diag.dropped;
	tcs_diag_fini(&diag);
	if (err != TCS_OK && err != TCS_EINVAL)
		return err;
	if (seen.files == 0 && (head == NULL || head->mark.n == 0))
		return TCS_OK;
	printf("partition %u: %llu lines in %llu files, ", partition,
	    (unsigned long long)seen.lines, (unsigned long long)seen.files);
	if (head != NULL && seen.is_proven)
		printf("end proven: line %llu, %.16s…\n",
		    (unsigned long long)head->mark.n, head->mark.hash);
	else
		printf("end not proven\n");
	if (seen.beyond > 0)
		printf("partition %u: %llu lines behind that end are not yet "
		       "acknowledged\n",
		    partition, (unsigned long long)seen.beyond);
	return TCS_OK;
}

/* TCS_EINVAL: there are faults, and they were printed. */
static enum tcs_err
journal_verify(struct journal_check *check)
{
	enum tcs_err err = TCS_OK;

	for (unsigned p = 0; p < TCS_JOURNAL_PARTITIONS && err == TCS_OK; p++)
		err = journal_check_partition(check, p);
	if (err != TCS_OK)
		return err;
	if (!check->has_heads)
		printf("end not proven: the store was not asked (%s)\n",
		    tcs_diag_text(&check->why));
	printf("%s: %zu faults\n", check->dir, check->faults);
	return check->faults > 0 ? TCS_EINVAL : TCS_OK;
}

/* With --dir a journal is read on any machine; its configuration and store are
 * then welcome, not needed. */
static int
journal_execute(
    struct journal_check *check, const struct tcs_args *args, const char *dir)
{
	struct tcs_conf *conf = NULL;
	struct tcs_diag none = {0};

	if (strcmp(args->operands[0], "verify") != 0) {
		fprintf(stderr,
		    "there is no \"journal %.40s\"; write: tocsin "
		    "journal verify\n",
		    args->operands[0]);
		return TCS_EXIT_USAGE;
	}
	enum tcs_err err =
	    tcs_args_load(args, tcs_cli_drivers(), &conf, &check->why);
	if (err != TCS_OK && dir == NULL)
		return tcs_cli_report(err, &check->why);
	if (err == TCS_OK)
		journal_get_heads(check, args, conf);
	check->dir = dir != NULL ? dir : conf->paths.journal;
	err = journal_verify(check);
	tcs_conf_free(&conf);
	return err == TCS_EINVAL ? TCS_EXIT_FAILURE
	                         : tcs_cli_report(err, &none);
}

static int
journal_run(int argc, char **argv)
{
	static struct journal_check check;
	const char *dir = NULL;
	struct tcs_args args;
	const struct tcs_args_option options[] = {
	    {"dir", "DIR", "the journal's files; default: the configuration's",
	        &dir, NULL},
	    {0}};
	const struct tcs_cli_spec spec = {.command = &tcs_command_journal,
	    .details = "verify names each line that was changed, removed, "
	               "inserted or cut. Exit status 0: none.\n"
	               "Without the store it cannot prove that the end is the "
	               "end, and says so.",
	    .options = options,
	    .operands_min = 1,
	    .operands_max = 1};
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status == TCS_ARGS_GO)
		status = journal_execute(&check, &args, dir);
	for (size_t i = 0; i < TCS_JOURNAL_PARTITIONS; i++)
		tcs_journal_head_fini(&check.heads[i]);
	tcs_diag_fini(&check.why);
	return status;
}

const struct tcs_command_ops tcs_command_journal = {
    .name = "journal",
    .usage = "journal verify [--dir DIR] [OPTION…]",
    .about = "verify: is the journal what was written?",
    .run = journal_run,
};
