/* The operations that show how things are: the server, its jobs, its warehouses. */
#include "operations_fixture.h"

#include "../../impl/jobs/jobs.h"
#include "../../impl/operations/disks.h"
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <sys/statvfs.h>

/* ---- a disk that does not answer --------------------------------------------------------------------------------- */

static _Thread_local bool hang; /* for this thread, until it is let go on */
static sem_t hangs, go_on;

/* The operation gets this one in the place of the C library's. */
int
statvfs(const char *path, struct statvfs *out)
{
	if (hang) {
		sem_post(&hangs);
		while (sem_wait(&go_on) != 0)
			;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fstatvfs(fd, out);
	close(fd);
	return rc;
}

/* ---- ServerInfo --------------------------------------------------------------------------------------------- */

static void
assert_server_info(const char *tz, const char *local, const char *offset)
{
	char expected[1024];

	zone(tz);
	ask(.operation = &op_ServerInfo, .element = "root");
	snprintf(expected, sizeof expected,
	    "<root success=\"true\" VersionNumber=\"1.0.0.0\" Server_date_time=\"%s\" "
	    "Coordinated_Universal_Time=\"2026-02-18T14:35:00Z\" UTC_Offset=\"%s\" Company=\"Example Company\" "
	    "ServerName=\"dms1\" LicenseCount=\"25\" SubscriptionEndDate=\"2030-12-31T23:59:59Z\" "
	    "WindowsAuthenticationIsOn=\"false\" WorkflowIsOn=\"true\" AnonymousAccessIsOn=\"false\" "
	    "ComplianceModuleIsOn=\"false\" />",
	    local, offset);
	assert_result(expected);
}

static void
server_info_tells_time_settings_and_licence(void **state)
{
	(void)state;
	assert_server_info("UTC", "2026-02-18T14:35:00", "0");
	assert_server_info("EST5EDT,M3.2.0,M11.1.0", "2026-02-18T09:35:00", "-5");
	assert_server_info("IST-5:30", "2026-02-18T20:05:00", "5.5");
	assert_server_info("NPT-5:45", "2026-02-18T20:20:00", "5.75");
	assert_server_info("NST3:30", "2026-02-18T11:05:00", "-3.5");
	assert_server_info("XXX-14", "2026-02-19T04:35:00", "14");
	assert_server_info("LMT0:44:30", "2026-02-18T13:50:30", "-0.7417");
	zone("UTC");
	sql("INSERT INTO settings VALUES ('WindowsAuthenticationIsOn', '1')");
	reload();
	ask(.operation = &op_ServerInfo, .element = "root");
	assert_non_null(strstr(result, " WindowsAuthenticationIsOn=\"true\" "));
}

/* ---- GetMaintenanceJobsStatus ------------------------------------------------------------------------------ */

static void
jobs_status_of_an_empty_table_is_empty(void **state)
{
	(void)state;
	ask(.operation = &op_GetMaintenanceJobsStatus, .element = "response", .param = {LOGIN("jsmith", NULL)});
	assert_result("<response success=\"true\" />");
	ask(.operation = &op_GetMaintenanceJobsStatus, .element = "response", .param = {LOGIN("plain", NULL)});
	assert_result("<response success=\"false\" error=\"[921]Insufficient rights\" />");
}

static void
jobs_status_shows_each_job_with_its_last_run(void **state)
{
	(void)state;
	sql("INSERT INTO maintenance_jobs VALUES (1, 'A', 'Hourly'), (2, 'B', 'Daily'), (3, 'C', 'WeekLyOnMonday'),"
	    "(10, 'D', 'AnyTime')");
	sql("INSERT INTO resources VALUES ('A', 'en', 'Job \"A\"')");
	sql("INSERT INTO maintenance_job_log VALUES (1, '2026-02-18T14:00:00Z', 12, 1, 'fine'),"
	    "(1, '2026-02-18T13:00:00Z', 99, 0, 'older'), (1, '2026-02-18T14:34:00Z', NULL, NULL, NULL),"
	    "(2, '2026-02-17T14:34:59Z', 3600000, 0, 'failed'), (3, '2026-02-11T14:35:00Z', 5, 1, ''),"
	    "(7, '2026-02-18T00:00:00Z', 5, 1, 'no such job')");
	reload();
	zone("CET-1");
	ask(.operation = &op_GetMaintenanceJobsStatus, .element = "response", .param = {LOGIN("jsmith", "en")});
	assert_result(
	    "<response success=\"true\">"
	    "<MaintenanceJob JobId=\"1\" JobNameResourceId=\"A\" JobName=\"Job &quot;A&quot;\" ScheduleType=\"Hourly\" "
	    "StartDate=\"2026-02-18T15:00:00\" TimeElapsedMs=\"12\" Success=\"true\" IsLate=\"false\" />"
	    "<MaintenanceJob JobId=\"2\" JobNameResourceId=\"B\" JobName=\"B\" ScheduleType=\"Daily\" "
	    "StartDate=\"2026-02-17T15:34:59\" TimeElapsedMs=\"3600000\" Success=\"false\" IsLate=\"true\" />"
	    "<MaintenanceJob JobId=\"3\" JobNameResourceId=\"C\" JobName=\"C\" ScheduleType=\"WeekLyOnMonday\" "
	    "StartDate=\"2026-02-11T15:35:00\" TimeElapsedMs=\"5\" Success=\"true\" IsLate=\"false\" />"
	    "<MaintenanceJob JobId=\"10\" JobNameResourceId=\"D\" JobName=\"D\" ScheduleType=\"AnyTime\" "
	    "StartDate=\"\" TimeElapsedMs=\"0\" Result=\"\" IsLate=\"false\" />"
	    "</response>");
}

static void
assert_job_name(const char *uid, const char *language, const char *name)
{
	char expected[256];

	ask(.operation = &op_GetMaintenanceJobsStatus, .element = "response", .param = {LOGIN(uid, language)});
	snprintf(expected, sizeof expected, "JobNameResourceId=\"MaintenanceJob.DatabaseMaintenance\" JobName=\"%s\" ",
	    name);
	if (strstr(result, expected) == NULL)
		fail_msg("%s: no %s in %s", language == NULL ? "no language" : language, expected, result);
}

static void
jobs_status_names_jobs_in_the_sessions_language(void **state)
{
	(void)state;
	assert_int_equal(jobs_define(env.store), SRV_OK);
	sql("INSERT INTO permissions VALUES (43, 'ViewServerStatus')");
	reload();
	assert_job_name("jsmith", "en", "Database maintenance");
	assert_job_name("jsmith", "de", "Datenbankwartung");
	assert_job_name("jsmith", "fr", "Maintenance de la base de données");
	assert_job_name("jsmith", "tr", "Veritabanı bakımı");
	assert_job_name("jsmith", "tr-TR", "Veritabanı bakımı");
	assert_job_name("jsmith", NULL, "Datenbankwartung"); /* the user's own */
	assert_job_name("jsmith", "", "Datenbankwartung");
	assert_job_name("plain", NULL, "Database maintenance"); /* who has none: the default, en */
	assert_job_name("jsmith", "ja", "Database maintenance");
	sql("INSERT INTO settings VALUES ('DefaultLanguage', 'fr')");
	reload();
	assert_job_name("plain", NULL, "Maintenance de la base de données");
	assert_job_name("jsmith", "ja", "Maintenance de la base de données");
	sql("DELETE FROM resources WHERE language = 'fr'");
	reload();
	assert_job_name("jsmith", "ja", "Database maintenance");
	sql("DELETE FROM resources");
	reload();
	assert_job_name("jsmith", "de", "MaintenanceJob.DatabaseMaintenance");
}

/* ---- GetWarehouseStatus ------------------------------------------------------------------------------------- */

static void
warehouse_status_without_a_path_is_empty(void **state)
{
	(void)state;
	sql("INSERT INTO warehouse_statistics VALUES (5, 100, 3, '2026-01-01T00:00:00Z')"); /* configured no more */
	ask(.operation = &op_GetWarehouseStatus, .element = "response", .param = {LOGIN("jsmith", NULL)});
	assert_result(
	    "<response success=\"true\" TotalWarehouseSize=\"0\" TotalDocumentCount=\"0\"><WarehousePaths /><Disks />"
	    "</response>");
	ask(.operation = &op_GetWarehouseStatus, .element = "response", .param = {LOGIN("plain", NULL)});
	assert_result("<response success=\"false\" error=\"[921]Insufficient rights\" />");
}

/* The mount point above path: where the device changes. */
static void
mount_point_of(const char *path, char out[TEMP_PATH_MAX])
{
	char *real = realpath(path, NULL);
	struct stat here, above;

	assert_non_null(real);
	while (strcmp(real, "/") != 0) {
		char parent[TEMP_PATH_MAX];

		snprintf(parent, sizeof parent, "%s", real);
		*strrchr(parent, '/') = '\0';
		if (parent[0] == '\0')
			strcpy(parent, "/");
		assert_int_equal(stat(real, &here), 0);
		assert_int_equal(stat(parent, &above), 0);
		if (here.st_dev != above.st_dev)
			break;
		strcpy(real, parent);
	}
	snprintf(out, TEMP_PATH_MAX, "%s", real);
	free(real);
}

/* What a disk of the answer should read, given the free space that it showed. */
static void
expect_disk(struct buf *expected, const char *path, const char *mount_point)
{
	struct mounts mounts;
	struct disk_space space;
	enum disk_type type;
	char at[2 * TEMP_PATH_MAX];
	long long shown = -1;
	const char *disk;

	snprintf(at, sizeof at, "<Disk VolumeName=\"%s\" ", mount_point);
	disk = strstr(result, at);
	if (disk == NULL)
		fail_msg("no %s in %s", at, result);
	assert_int_equal(sscanf(strstr(disk, "FreeSpace="), "FreeSpace=\"%lld\"", &shown), 1);
	assert_int_equal(disk_space(path, &space), SRV_OK);
	assert_true(shown >= 0 && shown <= space.size);
	space.free = shown;
	assert_int_equal(mounts_read_system(&mounts), SRV_OK);
	type = disk_type(mounts_find_path(&mounts, path), DISKS_SYSFS);
	mounts_fini(&mounts);
	buf_printf(expected,
	    "<Disk VolumeName=\"%s\" DiskSize=\"%lld\" FreeSpace=\"%lld\" DiskType=\"%s\" DriveTypeExplanation=\"%s\" "
	    "CriticalFreeSpace=\"%s\" />",
	    mount_point, (long long)space.size, shown, disk_type_name(type), disk_type_explanation(type),
	    disk_is_critical(&space) ? "true" : "false");
}

static void
warehouse_status_shows_paths_and_each_disk_once(void **state)
{
	char memory[] = "/dev/shm/srv-unit-XXXXXX", on_disk[TEMP_PATH_MAX], in_memory[TEMP_PATH_MAX];
	struct buf expected;

	(void)state;
	if (mkdtemp(memory) == NULL)
		skip();
	mount_point_of(dir, on_disk);
	mount_point_of(memory, in_memory);
	if (strcmp(on_disk, in_memory) == 0) {
		rmdir(memory);
		skip(); /* no second file system at hand */
	}
	sql("INSERT INTO warehouse_paths VALUES (99, '%s'), (0, '%s'), (7, '%s'), (12, '%s/none'), (3, '%s/')", dir,
	    dir, memory, dir, memory);
	sql("INSERT INTO warehouse_statistics VALUES (0, 5000000000, 12, '2026-01-01T00:00:00Z'),"
	    "(7, 1, 2, '2026-01-01T00:00:00Z'), (12, 30, 1, '2026-01-01T00:00:00Z'), (50, 9, 9, "
	    "'2026-01-01T00:00:00Z')");
	reload();
	ask(.operation = &op_GetWarehouseStatus, .element = "response", .param = {LOGIN("jsmith", NULL)});
	buf_init(&expected, 0);
	buf_printf(&expected,
	    "<response success=\"true\" TotalWarehouseSize=\"5000000031\" TotalDocumentCount=\"15\"><WarehousePaths>"
	    "<WarehousePath WhNo=\"00\" Path=\"%s\" RootDrive=\"%s\" Size=\"5000000000\" DocCount=\"12\" />"
	    "<WarehousePath WhNo=\"03\" Path=\"%s/\" RootDrive=\"%s\" Size=\"0\" DocCount=\"0\" />"
	    "<WarehousePath WhNo=\"07\" Path=\"%s\" RootDrive=\"%s\" Size=\"1\" DocCount=\"2\" />"
	    "<WarehousePath WhNo=\"12\" Path=\"%s/none\" RootDrive=\"\" Size=\"30\" DocCount=\"1\" />"
	    "<WarehousePath WhNo=\"99\" Path=\"%s\" RootDrive=\"%s\" Size=\"0\" DocCount=\"0\" />"
	    "</WarehousePaths><Disks>",
	    dir, on_disk, memory, in_memory, memory, in_memory, dir, dir, on_disk);
	expect_disk(&expected, dir, on_disk);
	expect_disk(&expected, memory, in_memory);
	buf_puts(&expected, "</Disks></response>");
	assert_result(buf_str(&expected));
	buf_fini(&expected);
	rmdir(memory);
}

static void *
ask_and_hang(void *arg)
{
	hang = true;
	ask_this(arg);
	return NULL;
}

static int64_t
took_ms(const struct asking *a)
{
	struct timespec begun, now;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	ask_this(a);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)(now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000;
}

static void
warehouse_status_of_a_disk_that_does_not_answer_keeps_one_thread(void **state)
{
	struct asking a = {.operation = &op_GetWarehouseStatus, .element = "response"};
	pthread_t thread;

	(void)state;
	assert_int_equal(sem_init(&hangs, 0, 0) | sem_init(&go_on, 0, 0), 0);
	sql("INSERT INTO warehouse_paths VALUES (0, '%s')", dir);
	reload();
	a.param[0] = LOGIN("jsmith", NULL);
	assert_int_equal(pthread_create(&thread, NULL, ask_and_hang, &a), 0);
	while (sem_wait(&hangs) != 0)
		;
	assert_true(took_ms(&a) < 10000);
	assert_result(UNAVAILABLE("response"));
	assert_true(took_ms(&a) < 1000); /* who comes now need not wait as long */
	assert_result(UNAVAILABLE("response"));
	sem_post(&go_on);
	assert_int_equal(pthread_join(thread, NULL), 0);
	ask_this(&a);
	assert_non_null(strstr(result, "success=\"true\""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(server_info_tells_time_settings_and_licence),
	    T(jobs_status_of_an_empty_table_is_empty),
	    T(jobs_status_shows_each_job_with_its_last_run),
	    T(jobs_status_names_jobs_in_the_sessions_language),
	    T(warehouse_status_without_a_path_is_empty),
	    T(warehouse_status_shows_paths_and_each_disk_once),
	    T(warehouse_status_of_a_disk_that_does_not_answer_keeps_one_thread),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, forget_hash);
}
