/* replay.c - runs a fuzz target over files and folders, in builds without
 * libFuzzer: the seeds are then ordinary tests. Arguments that begin with '-'
 * are libFuzzer's and are passed over. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int
replay_file(const char *path)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, 64 << 20);
	if (tcs_file_read(path, &buf, NULL) != TCS_OK) {
		fprintf(stderr, "cannot read %s\n", path);
		return 1;
	}
	/* A copy of the exact size, so that a read past the end is seen. */
	unsigned char *copy = malloc(buf.n == 0 ? 1 : buf.n);
	if (copy == NULL)
		abort();
	if (buf.n > 0)
		memcpy(copy, buf.p, buf.n);
	(void)LLVMFuzzerTestOneInput(copy, buf.n);
	free(copy);
	tcs_buf_fini(&buf);
	return 0;
}

static int
replay_folder(const char *path, unsigned *count)
{
	char **names;
	size_t n;
	int failed = 0;

	if (tcs_dir_list(path, "", &names, &n, NULL) != TCS_OK)
		return 1;
	for (size_t i = 0; i < n; i++) {
		char *file = NULL;
		if (asprintf(&file, "%s/%s", path, names[i]) < 0)
			abort();
		failed |= replay_file(file);
		free(file);
		(*count)++;
	}
	tcs_names_free(names, n);
	return failed;
}

int
main(int argc, char **argv)
{
	unsigned count = 0;
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		if (argv[i][0] == '-')
			continue;
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
			failed |= replay_folder(argv[i], &count);
		} else {
			failed |= replay_file(argv[i]);
			count++;
		}
	}
	printf("%u seeds\n", count);
	return failed != 0 || count == 0;
}
