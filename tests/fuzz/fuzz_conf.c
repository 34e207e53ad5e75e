/* The configuration: a file, flags and variables, cut out of the input at its NULs: what stands before the first is the
 * file, then each piece is a variable if it begins with SRVD_, else an argument. What is taken from a file, written as
 * conf_print does, reads as the same configuration (a flag may have blanks around its value, a file cannot); what is
 * refused is refused with one line. */
#include "fuzz.h"
#include "fuzz_file.h"

#include "../../impl/base/conf.h"

#define WORDS_MAX 16

struct words {
	char *word[WORDS_MAX + 1];
	int count;
};

static void
add(struct words *w, char *word)
{
	if (w->count < WORDS_MAX)
		w->word[w->count++] = word;
}

/* conf as INI lines; the caller's to free. */
static char *
print(const struct conf *conf, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	MUST(out != NULL);
	conf_print(conf, out);
	MUST(fclose(out) == 0);
	return text;
}

static void
check_round(const struct conf *conf)
{
	struct conf *again = NULL;
	struct srv_reason why = {""};
	size_t len, len_again;
	char *text = print(conf, &len), *text_again, flag[TEMP_PATH_MAX + 16];

	snprintf(flag, sizeof flag, "--config=%s", file_write(text, len));
	if (conf_load(2, (char *[]){(char *)"srvd", flag, NULL}, NULL, &again, &why) != SRV_OK) {
		fprintf(stderr, "%s\n%s\n", why.text, text);
		fuzz_broken("what is printed can be read", __FILE__, __LINE__);
	}
	text_again = print(again, &len_again);
	MUST(len == len_again && memcmp(text, text_again, len) == 0);
	conf_free(&again);
	free(text);
	free(text_again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all = fuzz_string(data, size), *end = all + size, *at = all + strlen(all);
	char flag[TEMP_PATH_MAX + 16];
	struct words arguments = {0}, variables = {0};
	struct srv_reason why = {""};
	struct conf *conf = NULL;
	enum srv_err err;

	snprintf(flag, sizeof flag, "--config=%s", file_write(all, (size_t)(at - all)));
	add(&arguments, (char *)"srvd");
	add(&arguments, flag);
	while (at < end) {
		at++;
		/* Another file is not ours to read. */
		if (strstr(at, "--config") == NULL)
			add(strncmp(at, "SRVD_", 5) == 0 ? &variables : &arguments, at);
		at += strlen(at);
	}
	err = conf_load(arguments.count, arguments.word, variables.word, &conf, &why);
	if (err != SRV_OK) {
		MUST(err == SRV_EINVAL && conf == NULL);
		fuzz_check_reason(&why);
	} else if (arguments.count == 2 && variables.count == 0) {
		check_round(conf);
	}
	conf_free(&conf);
	free(all);
	return 0;
}
