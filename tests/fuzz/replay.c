/* Gives a fuzz target each input of its corpus once: what was ever found is asked again with every build, without
 * clang. The program replay_X reads tests/fuzz/corpus/X of $SRV_TOP, or the files that its command line names. It says
 * which input it is at, so that the last one named is the one that ended it. */
#include "fuzz.h"
#include "../unit/tempdir.h"

static int replayed;

static int
replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *bytes = NULL;
	size_t len = 0, cap = 0;

	if (f == NULL) {
		perror(path);
		return -1;
	}
	do {
		char *grown = realloc(bytes, cap += 65536);
		if (grown == NULL)
			abort();
		bytes = grown;
		len += fread(bytes + len, 1, cap - len, f);
	} while (len == cap);
	fclose(f);
	printf("%s\n", path);
	fflush(stdout);
	uint8_t *exact = (uint8_t *)fuzz_copy(bytes, len);
	free(bytes);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	replayed++;
	return 0;
}

static int
replay_folder(const char *folder)
{
	struct dirent **entry;
	int n = scandir(folder, &entry, NULL, alphasort), status = 0;

	if (n < 0) {
		perror(folder);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char path[TEMP_PATH_MAX];
		temp_join(path, folder, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.')
			status |= replay(path);
		free(entry[i]);
	}
	free(entry);
	return status;
}

int
main(int argc, char *argv[])
{
	const char *name = strstr(argv[0], "replay_"), *top = getenv("SRV_TOP");
	char folder[TEMP_PATH_MAX];
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= replay(argv[i]);
	if (argc == 1) {
		MUST(name != NULL);
		snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", top != NULL ? top : ".",
		    name + strlen("replay_"));
		status = replay_folder(folder);
	}
	if (status == 0)
		printf("[  PASSED  ] %d test(s).\n", replayed);
	return status != 0;
}
