/* The configuration: defaults, the four sources and their precedence, flags, and that the manual page and the
 * sample file know every key. */
#include <errno.h>
#include <inttypes.h>
#include "conf_fixture.h"
#include "../../impl/base/buf.h"

/* Owned. */
static char *
read_whole(const char *path)
{
	FILE *file = fopen(path, "r");
	struct buf b;
	char *text;
	size_t n;

	if (file == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	buf_init(&b, 0);
	do {
		assert_int_equal(buf_reserve(&b, 4096), SRV_OK);
		n = fread(b.data + b.len, 1, 4096, file);
		b.data[b.len += n] = '\0';
	} while (n > 0);
	assert_int_equal(fclose(file), 0);
	text = buf_take(&b);
	assert_non_null(text);
	return text;
}

static char *
read_below_top(const char *path)
{
	const char *top = getenv("SRV_TOP");
	char whole[1024];

	(void)snprintf(whole, sizeof(whole), "%s/%s", top != NULL ? top : ".", path);
	return read_whole(whole);
}

static void
conf_defaults_are_the_documented_ones(void **state)
{
	struct fixture *f = *state;
	const struct conf *c;

	assert_loads(f, NONE, NONE);
	c = f->conf;
	assert_list(&c->listen, ARGS("127.0.0.1:8080"));
	assert_int_equal(c->listen_proxy.count, 0);
	assert_int_equal(c->listen_tls.count, 0);
	assert_null(c->tls_certificate);
	assert_null(c->tls_key);
	assert_null(c->tls_client_ca);
	assert_int_equal(c->tls_handshake_timeout, 5);
	assert_string_equal(c->database, "/var/lib/srv/srv.db");
	assert_string_equal(c->license, "/etc/srv/license.xml");
	assert_string_equal(c->base_path, "");
	assert_null(c->public_url);
	assert_int_equal(c->trusted_proxies.count, 0);
	assert_int_equal(c->allowed_origins.count, 0);
	assert_string_equal(c->result_element, "documented");
	assert_string_equal(c->log_level, "info");
	assert_null(c->user);
	assert_string_equal(c->sandbox, "best-effort");
	assert_false(c->core_dumps);
	assert_int_equal(c->session_max_days, 90);
	assert_int_equal(c->session_idle_days, 30);
	assert_int_equal(c->workers, 0);
	assert_true(c->jobs);
	assert_int_equal(c->max_request_line, 8192);
	assert_int_equal(c->max_field_line, 8192);
	assert_int_equal(c->max_head, 16384);
	assert_int_equal(c->max_fields, 64);
	assert_int_equal(c->max_body, 65536);
	assert_int_equal(c->max_chunks, 1024);
	assert_int_equal(c->max_trailers, 1024);
	assert_int_equal(c->max_pipelined, 65536);
	assert_int_equal(c->max_requests, 10000);
	assert_int_equal(c->max_connections, 20000);
	assert_int_equal(c->max_connections_per_address, 1000);
	assert_int_equal(c->head_timeout, 10);
	assert_int_equal(c->body_timeout, 10);
	assert_int_equal(c->answer_timeout, 10);
	assert_int_equal(c->idle_timeout, 60);
	assert_int_equal(c->pool_queue, 64);
	assert_int_equal(c->xml_max_depth, 16);
	assert_int_equal(c->xml_max_elements, 256);
	assert_int_equal(c->xml_max_attributes, 128);
	assert_int_equal(c->xml_max_namespaces, 32);
	assert_int_equal(c->xml_max_name, 128);
	assert_int_equal(c->xml_max_attribute, 1024);
	assert_int_equal(c->max_parameter, 4096);
	assert_int_equal(c->max_parameters, 64);
	assert_null(c->config_file);
	assert_false(c->test_config || c->print_config || c->help || c->version);
}

static void
conf_every_default_is_that_of_the_list(void **state)
{
	struct fixture *f = *state;
	char *text, *line;

	assert_loads(f, NONE, NONE);
	text = printed(f->conf);
	line = text;
	for (size_t i = 0; i < KEYS; i++) {
		const char *value = keys[i].fallback != NULL ? keys[i].fallback : "";
		char want[256], *end = strchr(line, '\n');

		assert_non_null(end);
		*end = '\0';
		(void)snprintf(want, sizeof(want), "%s =%s%s", keys[i].name, *value != '\0' ? " " : "", value);
		assert_string_equal(line, want);
		line = end + 1;
	}
	assert_string_equal(line, "");
	free(text);
}

static void
conf_each_source_beats_the_weaker_ones(void **state)
{
	struct fixture *f = *state;

	write_file(f, "workers = 2\nlog_level = warn\njobs = no\nlisten = 10.0.0.1:1, 10.0.0.2:2\n");
	assert_loads(f, ARGS("--config", f->file), NONE);
	assert_int_equal(f->conf->workers, 2);
	assert_string_equal(f->conf->log_level, "warn");
	assert_false(f->conf->jobs);
	assert_list(&f->conf->listen, ARGS("10.0.0.1:1", "10.0.0.2:2"));
	assert_string_equal(f->conf->config_file, f->file);

	assert_loads(f, ARGS("--config", f->file),
	    ENV("SRVD_WORKERS=3", "SRVD_LOG_LEVEL=error", "SRVD_JOBS=on", "SRVD_LISTEN=10.0.0.3:3"));
	assert_int_equal(f->conf->workers, 3);
	assert_string_equal(f->conf->log_level, "error");
	assert_true(f->conf->jobs);
	assert_list(&f->conf->listen, ARGS("10.0.0.3:3"));

	assert_loads(f,
	    ARGS("--workers=4", "--log-level", "debug", "--no-jobs", "--listen=10.0.0.4:4", "--config", f->file),
	    ENV("SRVD_WORKERS=3", "SRVD_LOG_LEVEL=error", "SRVD_JOBS=on", "SRVD_LISTEN=10.0.0.3:3"));
	assert_int_equal(f->conf->workers, 4);
	assert_string_equal(f->conf->log_level, "debug");
	assert_false(f->conf->jobs);
	assert_list(&f->conf->listen, ARGS("10.0.0.4:4"));

	assert_loads(f, ARGS("--workers", "5"), ENV("SRVD_LOG_LEVEL=warn"));
	assert_int_equal(f->conf->workers, 5);
	assert_string_equal(f->conf->log_level, "warn");
}

/* A value for the key that is not its default. */
static const char *
other_value(const struct key *k, char number[24])
{
	static const char *const text[][2] = {{"listen", "192.0.2.1:81"}, {"listen_proxy", "192.0.2.1:82"},
	    {"listen_tls", "192.0.2.1:443"}, {"tls_certificate", "other.pem"}, {"tls_key", "other.key"},
	    {"tls_client_ca", "ca.pem"}, {"database", "other.db"}, {"license", "other.xml"},
	    {"base_path", "/InfoRouter"}, {"public_url", "https://dms.example.com"},
	    {"trusted_proxies", "192.0.2.0/24"}, {"allowed_origins", "https://a.example.com"},
	    {"result_element", "response"}, {"invoke_forms", "off"}, {"log_level", "debug"}, {"log_format", "json"},
	    {"user", "other"}, {"sandbox", "on"}};

	if (k->kind == KIND_BOOL)
		return strcmp(k->fallback, "true") == 0 ? "false" : "true";
	if (k->kind == KIND_INT) {
		(void)snprintf(number, 24, "%" PRId64, atoll(k->fallback) == k->max ? k->min : k->max);
		return number;
	}
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		if (strcmp(text[i][0], k->name) == 0)
			return text[i][1];
	}
	fail_msg("add a value for the key %s to this test", k->name);
	return NULL;
}

static void
conf_every_key_is_taken_from_every_source(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < KEYS; i++) {
		char number[24], flag[64], variable[64], text[256];
		const char *value = other_value(&keys[i], number);

		(void)snprintf(text, sizeof(text), "[srvd]\n%s = %s\n", keys[i].name, value);
		write_file(f, text);
		assert_loads(f, ARGS("--config", f->file), NONE);
		assert_printed(f, keys[i].name, value);

		variable_of(&keys[i], variable);
		(void)snprintf(text, sizeof(text), "%s=%s", variable, value);
		assert_loads(f, NONE, ENV(text));
		assert_printed(f, keys[i].name, value);

		flag_of(&keys[i], flag);
		assert_loads(f, ARGS(flag, value), NONE);
		assert_printed(f, keys[i].name, value);

		(void)snprintf(text, sizeof(text), "%s=%s", flag, value);
		assert_loads(f, ARGS(text), NONE);
		assert_printed(f, keys[i].name, value);
	}
}

static void
conf_switches_take_words_or_stand_alone(void **state)
{
	struct fixture *f = *state;

	assert_loads(f, ARGS("--jobs"), ENV("SRVD_JOBS=false"));
	assert_true(f->conf->jobs);
	assert_loads(f, ARGS("--no-jobs"), NONE);
	assert_false(f->conf->jobs);
	assert_loads(f, ARGS("--jobs", "OFF"), NONE);
	assert_false(f->conf->jobs);
	assert_loads(f, ARGS("--jobs=0"), NONE);
	assert_false(f->conf->jobs);
	assert_loads(f, ARGS("--no-jobs", "--jobs", "--workers=1"), NONE);
	assert_true(f->conf->jobs);
	assert_int_equal(f->conf->workers, 1);
	assert_refused(f, ARGS("--jobs=maybe"), NONE, "--jobs: \"maybe\" is not true or false");
	assert_refused(f, ARGS("--jobs", "maybe"), NONE, "--jobs: \"maybe\" is not true or false");
	assert_refused(f, NONE, ENV("SRVD_JOBS="), "SRVD_JOBS: \"\" is not true or false");
	assert_refused(f, ARGS("--no-jobs=true"), NONE, "--no-jobs takes no value");
	assert_refused(f, ARGS("--no-jobs", "true"), NONE, "unexpected argument \"true\"");
	assert_refused(f, ARGS("--no-workers"), NONE, "unknown option --no-workers");
}

static void
conf_lists_grow_within_a_source_and_are_replaced_by_a_stronger_one(void **state)
{
	struct fixture *f = *state;

	assert_loads(f, ARGS("--listen", "127.0.0.1:1", "--listen=[::1]:2", "--listen=127.0.0.1:3,127.0.0.1:4"), NONE);
	assert_list(&f->conf->listen, ARGS("127.0.0.1:1", "[::1]:2", "127.0.0.1:3", "127.0.0.1:4"));
	assert_loads(f, NONE, ENV("SRVD_LISTEN= 127.0.0.1:1 ,,\t[::1]:2,"));
	assert_list(&f->conf->listen, ARGS("127.0.0.1:1", "[::1]:2"));
	write_file(f, "listen = 127.0.0.1:1\nlisten = 127.0.0.1:2 127.0.0.1:3\n");
	assert_loads(f, ARGS("--config", f->file), NONE);
	assert_list(&f->conf->listen, ARGS("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"));
	write_file(f, "trusted_proxies = 10.0.0.0/8\n");
	assert_loads(f, ARGS("--config", f->file), ENV("SRVD_TRUSTED_PROXIES="));
	assert_int_equal(f->conf->trusted_proxies.count, 0);
}

static void
conf_without_an_address_to_serve_on_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, ARGS("--listen="), NONE, "listen: no address to serve on");
	assert_refused(f, NONE, ENV("SRVD_LISTEN= , "), "listen: no address to serve on");
	assert_loads(f, ARGS("--listen=", "--listen-proxy=127.0.0.1:0"), NONE);
	assert_int_equal(f->conf->listen.count, 0);
	assert_list(&f->conf->listen_proxy, ARGS("127.0.0.1:0"));
	assert_loads(f, ARGS("--listen=", "--listen-tls=127.0.0.1:0"), NONE);
	assert_int_equal(f->conf->listen.count, 0);
	assert_list(&f->conf->listen_tls, ARGS("127.0.0.1:0"));
}

static void
conf_unknown_options_are_named(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, ARGS("--lisen"), NONE, "unknown option --lisen");
	assert_refused(f, ARGS("--lisen", "127.0.0.1:1"), NONE, "unknown option --lisen");
	assert_refused(f, ARGS("--password=secret"), NONE, "unknown option --password");
	assert_refused(f, ARGS("--base_path=/x"), NONE, "unknown option --base_path");
	assert_refused(f, ARGS("--Workers=1"), NONE, "unknown option --Workers");
	assert_refused(f, ARGS("--work=1"), NONE, "unknown option --work");
	assert_refused(f, ARGS("-v"), NONE, "unknown option -v");
	assert_refused(f, ARGS("-"), NONE, "unknown option -");
	assert_refused(f, ARGS("--"), NONE, "unknown option --");
	assert_refused(f, ARGS("--=x"), NONE, "unknown option --");
	assert_refused(f, ARGS("--a\nb"), NONE, "unknown option --a b");
	assert_refused(f, ARGS("srv.ini"), NONE, "unexpected argument \"srv.ini\"");
	assert_refused(f, ARGS(""), NONE, "unexpected argument \"\"");
	assert_refused(f,
	    ARGS("--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	    NONE, "unknown option --aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}

static void
conf_forgotten_values_are_missed(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, ARGS("--listen"), NONE, "--listen wants a value");
	assert_refused(f, ARGS("--database", "--jobs"), NONE, "--database wants a value");
	assert_refused(f, ARGS("--config"), NONE, "--config wants a value");
	assert_loads(f, ARGS("--database=--jobs"), NONE);
	assert_string_equal(f->conf->database, "--jobs");
}

static void
conf_of_a_repeated_flag_the_last_counts(void **state)
{
	struct fixture *f = *state;

	assert_loads(f, ARGS("--workers=1", "--workers=2"), NONE);
	assert_int_equal(f->conf->workers, 2);
	assert_refused(f, ARGS("--config", "a", "--config=b"), NONE, "--config was given twice");
}

static void
conf_switches_of_the_program_are_set(void **state)
{
	struct fixture *f = *state;

	assert_loads(f, ARGS("--test-config"), NONE);
	assert_true(f->conf->test_config);
	assert_loads(f, ARGS("--version"), NONE);
	assert_true(f->conf->version);
	assert_loads(f, ARGS("--help"), NONE);
	assert_true(f->conf->help);
	assert_refused(f, ARGS("--help=x"), NONE, "--help takes no value");
	assert_refused(f, ARGS("--version="), NONE, "--version takes no value");
	assert_loads(f, ARGS("--print-config"), NONE);
	assert_true(f->conf->print_config);
	assert_refused(f, ARGS("--print-config=1"), NONE, "--print-config takes no value");
	assert_refused(f, ARGS("--test-config=1"), NONE, "--test-config takes no value");
}

static void
conf_help_is_given_where_the_rest_is_wrong(void **state)
{
	struct fixture *f = *state;

	assert_loads(f, ARGS("--config", "/nonexistent/srv.ini", "--workers=x", "--help"), ENV("SRVD_JOBS=maybe"));
	assert_true(f->conf->help);
	assert_loads(f, ARGS("--version", "--config", "/nonexistent/srv.ini"), NONE);
	assert_true(f->conf->version);
	assert_refused(f, ARGS("--help", "--lisen"), NONE, "unknown option --lisen");
}

static void
conf_other_variables_are_let_be(void **state)
{
	struct fixture *f = *state;

	assert_loads(f, NONE,
	    ENV("SRVD_SERVICE_HOST=10.0.0.1", "SRVD_WORKERSX=x", "WORKERS=x", "srvd_workers=x", "SRVD_",
		"SRVD_WORKERS"));
	assert_int_equal(f->conf->workers, 0);
	conf_free(&f->conf);
	assert_int_equal(conf_load(0, NULL, NULL, &f->conf, &f->why), SRV_OK);
}

static void
conf_first_of_two_equal_variables_counts(void **state)
{
	struct fixture *f = *state;

	assert_loads(f, NONE, ENV("SRVD_WORKERS=1", "SRVD_WORKERS=2"));
	assert_int_equal(f->conf->workers, 1);
}

static void
conf_failure_leaves_the_output_alone(void **state)
{
	struct fixture *f = *state;
	char *argv[] = {(char *)"srvd", (char *)"--nonsense", NULL}, *env[] = {NULL};
	struct conf *mine = (struct conf *)f;

	assert_int_equal(conf_load(2, argv, env, &mine, NULL), SRV_EINVAL);
	assert_ptr_equal(mine, f);
}

static void
conf_free_takes_null_and_gives_null(void **state)
{
	struct fixture *f = *state;

	assert_loads(f, NONE, NONE);
	conf_free(&f->conf);
	assert_null(f->conf);
	conf_free(&f->conf);
}

static void
conf_what_is_printed_loads_to_the_same(void **state)
{
	struct fixture *f = *state;
	char *first, *second;

	assert_loads(f,
	    ARGS("--listen=[::1]:1,127.0.0.1:2", "--public-url=https://x", "--no-jobs", "--base-path=/y", "--workers=7",
		"--database=;a"),
	    ENV("SRVD_TRUSTED_PROXIES=10.0.0.0/8"));
	first = printed(f->conf);
	write_file(f, first);
	assert_loads(f, ARGS("--config", f->file), NONE);
	second = printed(f->conf);
	assert_string_equal(first, second);
	free(first);
	free(second);
}

static void
conf_usage_has_every_flag_with_help_and_default(void **state)
{
	static const char *const others[] = {"--config", "--test-config", "--print-config", "--help", "--version"};
	char *text = NULL, *line;
	size_t len;
	FILE *mem = open_memstream(&text, &len);

	(void)state;
	assert_non_null(mem);
	conf_usage(mem);
	assert_int_equal(fclose(mem), 0);
	line = strtok(text, "\n");
	for (size_t i = 0; i < KEYS; i++) {
		char flag[64], fallback[128];
		const char *value = keys[i].fallback;

		flag_of(&keys[i], flag);
		(void)snprintf(fallback, sizeof(fallback), "(default: %s)", value == NULL || !*value ? "none" : value);
		assert_non_null(line);
		assert_memory_equal(line, "  ", 2);
		assert_memory_equal(line + 2, flag, strlen(flag));
		assert_int_equal(line[2 + strlen(flag)], '=');
		assert_non_null(strstr(line, keys[i].help));
		assert_string_equal(line + strlen(line) - strlen(fallback), fallback);
		line = strtok(NULL, "\n");
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_non_null(line);
		assert_memory_equal(line + 2, others[i], strlen(others[i]));
		line = strtok(NULL, "\n");
	}
	assert_null(line);
	free(text);
}

/* The page's entry for a key: from its `.It` line to the next, with line feeds as blanks. Owned. */
static char *
manual_entry(const char *page, const struct key *k)
{
	char flag[64], variable[64], begin[160], *entry;
	const char *from, *to;

	flag_of(k, flag);
	variable_of(k, variable);
	(void)snprintf(begin, sizeof(begin), "\n.It Ic %s , Fl %s ", k->name, flag + 1);
	from = strstr(page, begin);
	if (from == NULL) {
		fail_msg("srvd.8 has no entry for the key %s", k->name);
		return NULL;
	}
	to = strstr(from + 1, "\n.It ");
	if (to == NULL || (strstr(from, "\n.El") != NULL && strstr(from, "\n.El") < to))
		to = strstr(from, "\n.El");
	assert_non_null(to);
	entry = strndup(from + 1, (size_t)(to - from) - 1);
	assert_non_null(entry);
	(void)snprintf(begin, sizeof(begin), ", Ev %s\n", variable);
	if (strstr(entry, begin) == NULL)
		fail_msg("srvd.8 does not name %s at the key %s", variable, k->name);
	for (char *p = entry; *p != '\0'; p++) {
		if (*p == '\n')
			*p = ' ';
	}
	return entry;
}

static void
conf_every_key_is_in_the_manual_page_with_flag_variable_and_default(void **state)
{
	char *page = read_below_top("impl/srvd/srvd.8");
	size_t entries = 0;

	(void)state;
	for (size_t i = 0; i < KEYS; i++) {
		const char *value = keys[i].fallback;
		char *entry = manual_entry(page, &keys[i]), want[160];
		size_t end;

		if (value == NULL || *value == '\0')
			(void)snprintf(want, sizeof(want), " No default.");
		else if (keys[i].kind == KIND_INT)
			(void)snprintf(want, sizeof(want), " Default %s, from %" PRId64 " to %" PRId64 ".", value,
			    keys[i].min, keys[i].max);
		else
			(void)snprintf(want, sizeof(want), " Default %s.", value);
		end = strlen(entry) - strlen(want);
		if (strlen(entry) < strlen(want) || strcmp(entry + end, want) != 0)
			fail_msg("srvd.8: the entry of %s does not end in \"%s\"", keys[i].name, want + 1);
		free(entry);
	}
	for (const char *p = page; (p = strstr(p, "\n.It Ic ")) != NULL; p++)
		entries++;
	assert_int_equal(entries, KEYS);
	free(page);
}

static void
conf_every_key_is_in_the_sample_file_at_its_default(void **state)
{
	char *sample = read_below_top("impl/srvd/srvd.ini");
	size_t lines = 0;

	(void)state;
	for (size_t i = 0; i < KEYS; i++) {
		const char *value = keys[i].fallback != NULL ? keys[i].fallback : "";
		char want[256], *at;

		(void)snprintf(want, sizeof(want), "\n#%s =%s%s\n", keys[i].name, *value != '\0' ? " " : "", value);
		at = strstr(sample, want);
		if (at == NULL)
			fail_msg("srvd.ini has no line \"%.*s\"", (int)strlen(want) - 2, want + 1);
		while (at > sample && at[-1] != '\n')
			at--;
		assert_memory_equal(at, "# ", 2);
		if (strncmp(at + 3, keys[i].help + 1, strlen(keys[i].help) - 1) != 0)
			fail_msg("srvd.ini explains %s otherwise than the list of keys", keys[i].name);
	}
	for (const char *p = sample; (p = strchr(p, '\n')) != NULL; p++)
		lines += p[1] == '#' && p[2] != ' ';
	assert_int_equal(lines, KEYS);
	free(sample);
}

static void
conf_sample_file_taken_in_use_changes_nothing(void **state)
{
	struct fixture *f = *state;
	char *sample = read_below_top("impl/srvd/srvd.ini"), *defaults, *used;

	assert_loads(f, NONE, NONE);
	defaults = printed(f->conf);
	for (char *p = sample; *p != '\0'; p++) {
		if (*p == '#' && p > sample && p[-1] == '\n' && p[1] != ' ')
			*p = ' ';
	}
	write_file(f, sample);
	assert_loads(f, ARGS("--config", f->file), NONE);
	used = printed(f->conf);
	assert_string_equal(used, defaults);
	free(sample);
	free(defaults);
	free(used);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(conf_defaults_are_the_documented_ones),
	    T(conf_every_default_is_that_of_the_list),
	    T(conf_each_source_beats_the_weaker_ones),
	    T(conf_every_key_is_taken_from_every_source),
	    T(conf_switches_take_words_or_stand_alone),
	    T(conf_lists_grow_within_a_source_and_are_replaced_by_a_stronger_one),
	    T(conf_without_an_address_to_serve_on_is_refused),
	    T(conf_unknown_options_are_named),
	    T(conf_forgotten_values_are_missed),
	    T(conf_of_a_repeated_flag_the_last_counts),
	    T(conf_switches_of_the_program_are_set),
	    T(conf_help_is_given_where_the_rest_is_wrong),
	    T(conf_other_variables_are_let_be),
	    T(conf_first_of_two_equal_variables_counts),
	    T(conf_failure_leaves_the_output_alone),
	    T(conf_free_takes_null_and_gives_null),
	    T(conf_what_is_printed_loads_to_the_same),
	    T(conf_usage_has_every_flag_with_help_and_default),
	    T(conf_every_key_is_in_the_manual_page_with_flag_variable_and_default),
	    T(conf_every_key_is_in_the_sample_file_at_its_default),
	    T(conf_sample_file_taken_in_use_changes_nothing),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
