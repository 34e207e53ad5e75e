/* A program on libsrvclient: logs in, has the service load its cache anew, lists the maintenance jobs, logs out.
 *
 *     cc -o example example.c $(pkg-config --cflags --libs srvclient)
 *     ./example https://dms.example.com/srv.asmx jsmith <password-file [CA-FILE]
 *
 * The password is the first line of standard input. */
#include <srvclient.h>
#include <stdio.h>
#include <string.h>

static int
complain(const struct srvclient *c, const char *what, enum srvclient_err err)
{
	fprintf(stderr, "%s: %s\n", what, c != NULL ? srvclient_text(c) : srvclient_err_text(err));
	return srvclient_is_refusal(err) ? 1 : 3;
}

static void
list(const struct srvclient_maintenance_jobs *jobs)
{
	char when[32];

	for (size_t i = 0; i < jobs->maintenance_job_count; i++) {
		const struct srvclient_maintenance_job *job = &jobs->maintenance_job[i];

		strcpy(when, "never");
		if (job->has_start_date)
			strftime(when, sizeof when, "%Y-%m-%d %H:%M", &job->start_date);
		printf("%-30s %s%s\n", job->job_name, when, job->is_late ? " LATE" : "");
	}
}

int
main(int argc, char **argv)
{
	struct srvclient *c = NULL;
	struct srvclient_login *login = NULL;
	struct srvclient_maintenance_jobs *jobs = NULL;
	enum srvclient_err err;
	char password[256];
	int status = 0;

	if (argc < 3 || fgets(password, sizeof password, stdin) == NULL) {
		fprintf(stderr, "usage: example URL USER [CA-FILE] <password-file\n");
		return 2;
	}
	password[strcspn(password, "\n")] = '\0';
	if ((err = srvclient_new(argv[1], &c)) != SRVCLIENT_OK)
		return complain(NULL, argv[1], err);
	if (argc > 3)
		srvclient_set_ca(c, argv[3], NULL);

	if ((err = srvclient_authenticate_user(c, argv[2], password, &login)) != SRVCLIENT_OK) {
		status = complain(c, "log in", err);
	} else {
		if ((err = srvclient_flush_application_cache(c, login->ticket)) != SRVCLIENT_OK)
			status = complain(c, "flush", err);
		else
			puts("The application cache was loaded anew.");
		if ((err = srvclient_get_maintenance_jobs_status(c, login->ticket, &jobs)) != SRVCLIENT_OK)
			status = complain(c, "jobs", err);
		else
			list(jobs);
		if ((err = srvclient_log_out(c, login->ticket)) != SRVCLIENT_OK)
			status = complain(c, "log out", err);
	}
	srvclient_maintenance_jobs_free(&jobs);
	srvclient_login_free(&login);
	srvclient_free(&c);
	return status;
}
