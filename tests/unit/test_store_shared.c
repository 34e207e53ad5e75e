/* The store among others: threads of this process, other processes with their locks and commits, and the
 * end that comes without warning. */
#include "store_help.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

static int64_t
elapsed_ms(const struct timespec *from)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)(now.tv_sec - from->tv_sec) * 1000 + (now.tv_nsec - from->tv_nsec) / 1000000;
}

/* ---- another process: the sqlite3 shell, fed through a pipe ---- */

struct shell {
	pid_t pid;
	FILE *to, *from;
};

static void
shell_start(struct shell *sh, const char *path)
{
	int in[2], out[2];
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	sh->pid = fork();
	assert_true(sh->pid >= 0);
	if (sh->pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[0]);
		close(in[1]);
		close(out[0]);
		close(out[1]);
		execlp("sqlite3", "sqlite3", "-batch", path, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	fcntl(in[1], F_SETFD, FD_CLOEXEC);
	fcntl(out[0], F_SETFD, FD_CLOEXEC);
	sh->to = fdopen(in[1], "w");
	sh->from = fdopen(out[0], "r");
	assert_true(sh->to != NULL && sh->from != NULL);
}

/* Runs SQL and waits until it is done. */
static void
shell_run(struct shell *sh, const char *sql)
{
	char line[256];
	fprintf(sh->to, "%s;\nSELECT 'done';\n", sql);
	assert_int_equal(fflush(sh->to), 0);
	do
		assert_non_null(fgets(line, sizeof line, sh->from));
	while (strcmp(line, "done\n") != 0);
}

static void
shell_end(struct shell *sh)
{
	int status = 0;
	fclose(sh->to);
	fclose(sh->from);
	assert_int_equal(waitpid(sh->pid, &status, 0), sh->pid);
	assert_int_equal(status, 0);
}

static void
store_write_gives_up_after_two_seconds_and_reads_go_on(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct shell sh;
	struct store_user u = {0};
	struct timespec start;
	char *value = NULL;
	int64_t id = user_made(s, "a");
	shell_start(&sh, p->db);
	shell_run(&sh, "BEGIN IMMEDIATE; INSERT INTO settings VALUES ('Held', '1')");
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(store_user_set_enabled(s, id, false), SRV_EBUSY);
	int64_t took = elapsed_ms(&start);
	assert_true(took >= 1900 && took < 4000);
	assert_int_equal(store_user_find(s, "a", &u), SRV_OK);
	assert_true(u.enabled);
	store_user_fini(&u);
	assert_int_equal(store_setting_get(s, "Held", &value), SRV_ENOENT);
	assert_int_equal(store_load(s, &(struct store_loader){0}, NULL, NULL), SRV_OK);
	shell_run(&sh, "COMMIT");
	assert_int_equal(store_user_set_enabled(s, id, false), SRV_OK);
	assert_int_equal(store_setting_get(s, "Held", &value), SRV_OK);
	free(value);
	shell_end(&sh);
	store_close(&s);
}

struct job {
	struct store *store;
	int number, rounds;
	atomic_int *failures;
	atomic_bool *stop;
	int64_t took_ms;
	enum srv_err err;
	const char *file;
};

static void *
write_one(void *arg)
{
	struct job *j = arg;
	struct timespec start;
	clock_gettime(CLOCK_MONOTONIC, &start);
	j->err = store_setting_set(j->store, "Name", "value");
	j->took_ms = elapsed_ms(&start);
	return NULL;
}

static void
store_writers_waiting_for_another_process_do_not_add_up(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct shell sh;
	struct store_user u = {0};
	struct job jobs[4];
	pthread_t threads[4];
	uint64_t before = 0, version = 0;
	struct timespec start;
	user_made(s, "a");
	assert_int_equal(store_version(s, &before), SRV_OK);
	shell_start(&sh, p->db);
	shell_run(&sh, "BEGIN IMMEDIATE");
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < 4; i++) {
		jobs[i] = (struct job){.store = s};
		assert_int_equal(pthread_create(&threads[i], NULL, write_one, &jobs[i]), 0);
	}
	while (elapsed_ms(&start) < 300) { /* meanwhile reading and asking for changes is quick */
		struct timespec asked;
		clock_gettime(CLOCK_MONOTONIC, &asked);
		assert_int_equal(store_user_find(s, "a", &u), SRV_OK);
		store_user_fini(&u);
		assert_int_equal(store_version(s, &version), SRV_OK);
		assert_true(elapsed_ms(&asked) < 1000);
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(jobs[i].err, SRV_EBUSY);
		assert_true(jobs[i].took_ms < 4000);
	}
	shell_run(&sh, "ROLLBACK");
	shell_end(&sh);
	store_close(&s);
}

static void
store_write_waiting_for_a_lock_goes_over_to_the_file_that_comes(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db), *other = NULL;
	struct shell sh;
	char path[512];
	struct job j = {.store = s};
	pthread_t thread;
	shell_start(&sh, p->db);
	shell_run(&sh, "BEGIN IMMEDIATE");
	assert_int_equal(pthread_create(&thread, NULL, write_one, &j), 0);
	nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	other = store_made(place_path(p, path, "other.db"));
	store_close(&other);
	assert_int_equal(rename(path, p->db), 0);
	pthread_join(thread, NULL);
	assert_int_equal(j.err, SRV_OK);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM settings WHERE name = 'Name'"), 1);
	shell_run(&sh, "ROLLBACK");
	shell_end(&sh);
	store_close(&s);
}

/* ---- noticing ---- */

static void
store_version_changes_for_others_commits_and_not_for_ours(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db), *other = NULL;
	struct shell sh;
	uint64_t a = 0, b = 0;
	char path[512];
	int64_t id = user_made(s, "a");
	assert_int_equal(store_version(s, &a), SRV_OK);
	assert_int_equal(store_version(s, &b), SRV_OK);
	assert_true(a == b);
	assert_int_equal(store_user_set_enabled(s, id, false), SRV_OK);
	assert_int_equal(store_setting_set(s, "x", "y"), SRV_OK);
	assert_int_equal(store_optimize(s), SRV_OK);
	assert_int_equal(store_load(s, &(struct store_loader){0}, NULL, NULL), SRV_OK);
	assert_int_equal(store_version(s, &b), SRV_OK);
	assert_true(a == b);
	shell_start(&sh, p->db);
	shell_run(&sh, "UPDATE users SET enabled = 1");
	assert_int_equal(store_version(s, &b), SRV_OK);
	assert_true(a != b);
	/* also when a write of ours comes between the change and the question */
	shell_run(&sh, "UPDATE users SET enabled = 0");
	assert_int_equal(store_setting_set(s, "x", "z"), SRV_OK);
	assert_int_equal(store_version(s, &a), SRV_OK);
	assert_true(a != b);
	shell_run(&sh, "SELECT count(*) FROM users");
	assert_int_equal(store_version(s, &b), SRV_OK);
	assert_true(a == b);
	shell_end(&sh);
	other = store_made(place_path(p, path, "other.db"));
	store_close(&other);
	assert_int_equal(rename(path, p->db), 0);
	assert_int_equal(store_refresh(s, NULL), SRV_OK);
	assert_int_equal(store_version(s, &b), SRV_OK);
	assert_true(a != b);
	store_close(&s);
}

static void
store_version_notices_a_commit_while_a_write_of_ours_waits(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct shell sh;
	struct job j = {.store = s};
	pthread_t thread;
	uint64_t a = 0, b = 0;
	shell_start(&sh, p->db);
	assert_int_equal(store_version(s, &a), SRV_OK);
	shell_run(&sh, "BEGIN IMMEDIATE; INSERT INTO settings VALUES ('Held', '1')");
	assert_int_equal(pthread_create(&thread, NULL, write_one, &j), 0);
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	shell_run(&sh, "COMMIT; BEGIN IMMEDIATE");
	assert_int_equal(store_version(s, &b), SRV_OK);
	assert_true(a != b);
	shell_run(&sh, "ROLLBACK");
	pthread_join(thread, NULL);
	assert_int_equal(j.err, SRV_OK);
	shell_end(&sh);
	store_close(&s);
}

/* ---- threads ---- */

static void *
work(void *arg)
{
	struct job *j = arg;
	uint8_t hash[STORE_HASH_BYTES];
	for (int i = 0; i < j->rounds; i++) {
		struct store_ticket t = {0};
		struct store_user u = {0};
		uint64_t version = 0;
		hash_make(hash, j->number * 1000 + i);
		bool ok = store_ticket_add(j->store, hash, 1, "en", at("2026-01-01"), at("2026-02-01")) == SRV_OK &&
			  store_ticket_find(j->store, hash, &t) == SRV_OK &&
			  store_user_find(j->store, "A", &u) == SRV_OK &&
			  store_ticket_touch(j->store, hash, at("2026-03-01")) == SRV_OK &&
			  store_version(j->store, &version) == SRV_OK;
		if (!ok || t.permission_count != 1)
			atomic_fetch_add(j->failures, 1);
		store_ticket_fini(&t);
		store_user_fini(&u);
	}
	return NULL;
}

static void
store_serves_more_threads_than_it_has_connections(void **state)
{
	struct place *p = *state;
	struct store *s = NULL;
	pthread_t threads[8];
	struct job jobs[8];
	atomic_int failures = 0;
	uint64_t a = 0, b = 0;
	assert_int_equal(store_open(p->db, true, 2, &s, NULL), SRV_OK);
	int64_t id = user_made(s, "a");
	assert_int_equal(store_permission_grant(s, id, "ViewServerStatus"), SRV_OK);
	assert_int_equal(store_version(s, &a), SRV_OK);
	for (int i = 0; i < 8; i++) {
		jobs[i] = (struct job){.store = s, .number = i, .rounds = 25, .failures = &failures};
		assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
	}
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&failures), 0);
	assert_int_equal(store_version(s, &b), SRV_OK);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM tickets WHERE expires_at = '2026-03-01T00:00:00Z'"), 200);
	assert_int_equal(store_check(s, NULL), SRV_OK);
	store_close(&s);
}

/* What may go wrong while files come and go: nothing but that a row is not in the new file. */
static void *
work_while_replaced(void *arg)
{
	struct job *j = arg;
	struct srv_reason why;
	char name[64];
	for (int i = 0; !atomic_load(j->stop); i++) {
		struct store_user u = {0};
		int64_t id = 0;
		snprintf(name, sizeof name, "t%d-%d", j->number, i);
		struct store_user added = {.username = name, .password_hash = name};
		enum srv_err err = store_user_add(j->store, &added, &id);
		if (err != SRV_OK)
			atomic_fetch_add(j->failures, 1);
		err = store_user_find(j->store, name, &u);
		if (err != SRV_OK && err != SRV_ENOENT)
			atomic_fetch_add(j->failures, 1);
		store_user_fini(&u);
		if (j->number == 0 && store_check(j->store, &why) != SRV_OK)
			atomic_fetch_add(j->failures, 1);
		if (j->number == 1 && store_load(j->store, &(struct store_loader){0}, NULL, &why) != SRV_OK)
			atomic_fetch_add(j->failures, 1);
	}
	return NULL;
}

static void
store_under_load_goes_over_to_each_new_file(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db), *other = NULL;
	pthread_t threads[4];
	struct job jobs[4];
	atomic_int failures = 0;
	atomic_bool stop = false;
	char path[512];
	for (int i = 0; i < 4; i++) {
		jobs[i] = (struct job){.store = s, .number = i, .failures = &failures, .stop = &stop};
		assert_int_equal(pthread_create(&threads[i], NULL, work_while_replaced, &jobs[i]), 0);
	}
	for (int i = 0; i < 12; i++) {
		other = store_made(place_path(p, path, "next.db"));
		user_made(other, "marker");
		store_close(&other);
		assert_int_equal(rename(path, p->db), 0);
		nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&failures), 0);
	assert_int_equal(store_refresh(s, NULL), SRV_OK);
	assert_int_equal(store_check(s, NULL), SRV_OK);
	store_close(&s);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM users WHERE username = 'marker'"), 1);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
}

static void *
write_on(void *arg)
{
	struct job *j = arg;
	char name[32];
	for (int i = 0; !atomic_load(j->stop); i++) {
		snprintf(name, sizeof name, "s%d", i % 50);
		if (store_setting_set(j->store, name, "v") != SRV_OK)
			atomic_fetch_add(j->failures, 1);
	}
	return NULL;
}

static void
store_backup_under_load_is_sound(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	pthread_t thread;
	atomic_int failures = 0;
	atomic_bool stop = false;
	struct job j = {.store = s, .failures = &failures, .stop = &stop};
	struct srv_reason why = {{0}};
	char path[512], name[32];
	assert_int_equal(pthread_create(&thread, NULL, write_on, &j), 0);
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "copy%d.db", i);
		assert_int_equal(store_backup(s, place_path(p, path, name), &why), SRV_OK);
		assert_int_equal(
		    ask(path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
		assert_int_equal(ask(path, "PRAGMA user_version"), 1);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&failures), 0);
	store_close(&s);
}

/* ---- the end without warning ---- */

static void
child_writes(const char *path, int round, int fd)
{
	struct store *s = NULL;
	uint8_t hash[STORE_HASH_BYTES];
	if (store_open(path, false, 2, &s, NULL) != SRV_OK)
		_exit(1);
	for (int i = 0;; i++) {
		int number = round * 100000 + i;
		hash_make(hash, number);
		if (store_ticket_add(s, hash, 1, "", at("2026-01-01"), at("2026-02-01")) != SRV_OK)
			_exit(2);
		if (i % 3 == 2) { /* and a logout now and then */
			hash_make(hash, number - 1);
			if (store_ticket_remove(s, hash) != SRV_OK)
				_exit(3);
			number = -number;
		}
		if (write(fd, &number, sizeof number) != sizeof number)
			_exit(4);
	}
}

static void
store_keeps_what_it_acknowledged_when_killed(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	static int numbers[100000];
	unsigned seed = 7;
	size_t total = 0;
	user_made(s, "a");
	store_close(&s);
	for (int round = 1; round <= 20; round++) {
		int fds[2], status = 0;
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			close(fds[0]);
			child_writes(p->db, round, fds[1]);
		}
		close(fds[1]);
		size_t count = 0;
		seed = seed * 1103515245 + 12345;
		size_t last = 1 + (seed >> 16) % 60;
		bool killed = false;
		while (count < sizeof numbers / sizeof numbers[0] &&
		       read(fds[0], &numbers[count], sizeof numbers[0]) == sizeof numbers[0]) {
			count++;
			if (!killed && count >= last) {
				nanosleep(&(struct timespec){.tv_nsec = (seed >> 8) % 2000000}, NULL);
				kill(pid, SIGKILL);
				killed = true;
			}
		}
		close(fds[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_true(count >= last);

		struct srv_reason why = {{0}};
		assert_int_equal(store_open(p->db, false, 2, &s, &why), SRV_OK);
		for (size_t i = 0; i < count; i++) {
			uint8_t hash[STORE_HASH_BYTES];
			struct store_ticket t = {0};
			int n = abs(numbers[i]);
			hash_make(hash, n);
			/* the one that the next logout, perhaps not acknowledged, is about may be gone */
			enum srv_err err = store_ticket_find(s, hash, &t);
			bool next_logs_out = n % 100000 % 3 == 1;
			if (!next_logs_out)
				assert_int_equal(err, SRV_OK);
			else if (i + 2 < count)
				assert_int_equal(err, SRV_ENOENT);
			store_ticket_fini(&t);
		}
		assert_int_equal(store_check(s, &why), SRV_OK);
		store_close(&s);
		total += count;
	}
	assert_true(total >= 20);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
	const struct CMUnitTest tests[] = {
	    T(store_write_gives_up_after_two_seconds_and_reads_go_on),
	    T(store_writers_waiting_for_another_process_do_not_add_up),
	    T(store_write_waiting_for_a_lock_goes_over_to_the_file_that_comes),
	    T(store_version_changes_for_others_commits_and_not_for_ours),
	    T(store_version_notices_a_commit_while_a_write_of_ours_waits),
	    T(store_serves_more_threads_than_it_has_connections),
	    T(store_under_load_goes_over_to_each_new_file),
	    T(store_backup_under_load_is_sound),
	    T(store_keeps_what_it_acknowledged_when_killed),
	};
	return cmocka_run_group_tests_name("store_shared", tests, NULL, NULL);
}
