#include "journal/head.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"

void
tcs_journal_head_init(struct tcs_journal_head *head)
{
	*head = (struct tcs_journal_head){0};
	tcs_journal_mark_start(&head->mark);
}

void
tcs_journal_head_fini(struct tcs_journal_head *head)
{
	if (head == NULL)
		return;
	for (size_t i = 0; i < head->ahead_n; i++)
		free(head->ahead[i]);
	free(head->ahead);
	tcs_journal_head_init(head);
}

enum tcs_err
tcs_journal_head_add(struct tcs_journal_head *head, char *name)
{
	if (head->ahead_n == TCS_JOURNAL_AHEAD_MAX) {
		free(name);
		return TCS_ELIMIT;
	}
	if (head->ahead == NULL)
		head->ahead = calloc(TCS_JOURNAL_AHEAD_MAX, sizeof(char *));
	if (head->ahead == NULL || name == NULL) {
		free(name);
		return TCS_ENOMEM;
	}
	head->ahead[head->ahead_n++] = name;
	return TCS_OK;
}

/* "topic.partition" of "topic.partition position". */
static bool
head_same_topic(const char *a, const char *b)
{
	size_t n = strcspn(a, " ");

	return n == strcspn(b, " ") && memcmp(a, b, n) == 0;
}

bool
tcs_journal_head_has(struct tcs_journal_head *head, const char *name)
{
	bool is_there = false;
	size_t kept = 0;

	for (size_t i = 0; i < head->ahead_n; i++) {
		char *item = head->ahead[i];
		if (is_there || !head_same_topic(item, name)) {
			head->ahead[kept++] = item;
			continue;
		}
		is_there = strcmp(item, name) == 0;
		free(item);
	}
	head->ahead_n = kept;
	return is_there;
}

void
tcs_journal_head_write(const struct tcs_journal_head *head, struct tcs_buf *buf)
{
	json_t *object = json_object();
	json_t *ahead = json_array();
	bool ok = object != NULL && ahead != NULL &&
	          tcs_json_set_str(object, "file", head->file) &&
	          tcs_json_set_i64(object, "size", (int64_t)head->size) &&
	          tcs_json_set_i64(object, "n", (int64_t)head->mark.n) &&
	          tcs_json_set_str(object, "hash", head->mark.hash);

	for (size_t i = 0; ok && i < head->ahead_n; i++)
		ok = json_array_append_new(
		         ahead, json_string(head->ahead[i])) == 0;
	if (ok && head->ahead_n > 0)
		ok = json_object_set(object, "ahead", ahead) == 0;
	if (ok)
		tcs_json_write(buf, object);
	else if (buf->err == TCS_OK)
		buf->err = TCS_ENOMEM;
	json_decref(ahead);
	json_decref(object);
}

static enum tcs_err
head_fill(const json_t *object, struct tcs_journal_head *head)
{
	const char *file = tcs_json_str(object, "file", "");
	const char *hash = tcs_json_str(object, "hash", "");
	const json_t *ahead = json_object_get(object, "ahead");
	int64_t n = tcs_json_i64(object, "n", -1);
	int64_t size = tcs_json_i64(object, "size", -1);
	unsigned partition;
	uint64_t number;

	if (n < 0 || size < 0 || strlen(hash) != TCS_DIGEST_HEX - 1 ||
	    strspn(hash, "0123456789abcdef") != TCS_DIGEST_HEX - 1 ||
	    tcs_journal_file_parse(file, &partition, &number) != TCS_OK)
		return TCS_EPARSE;
	memcpy(head->file, file, strlen(file) + 1);
	memcpy(head->mark.hash, hash, TCS_DIGEST_HEX);
	head->mark.n = (uint64_t)n;
	head->size = (uint64_t)size;
	for (size_t i = 0; i < json_array_size(ahead); i++) {
		const char *name = json_string_value(json_array_get(ahead, i));
		if (name == NULL)
			return TCS_EPARSE;
		enum tcs_err err = tcs_journal_head_add(head, strdup(name));
		if (err != TCS_OK)
			return err;
	}
	return TCS_OK;
}

enum tcs_err
tcs_journal_head_read(struct tcs_slice text, struct tcs_journal_head *ret_head,
    struct tcs_diag *diag)
{
	struct tcs_journal_head head;
	json_t *object = NULL;
	enum tcs_err err = tcs_json_parse(text, &object, NULL, diag);

	if (err != TCS_OK)
		return err;
	tcs_journal_head_init(&head);
	err = head_fill(object, &head);
	json_decref(object);
	if (err == TCS_OK) {
		*ret_head = head;
		return TCS_OK;
	}
	tcs_journal_head_fini(&head);
	return tcs_diag_add(diag, err, NULL, 0,
	    "%s does not hold file, size, n and hash of the journal's end",
	    TCS_JOURNAL_HEAD_KEY);
}
