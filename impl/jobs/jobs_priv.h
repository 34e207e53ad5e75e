/* The table of the maintenance jobs and what their functions share. Only the files of this folder include
 * it. A new job is one entry here and one file with its function. */
#ifndef SRV_JOBS_PRIV_H
#define SRV_JOBS_PRIV_H

#include "jobs.h"

/* X(job_id, function, schedule_type, resource id of its name, its name in English, German, French, Turkish)
 * A job_id is never used again for another job: the log knows jobs by it. */
#define JOBS(X)                                                                                                     \
	X(1, purge_tickets, "Hourly", "MaintenanceJob.PurgeExpiredTickets", "Purge of expired tickets",             \
	    "Löschen abgelaufener Tickets", "Purge des tickets expirés", "Süresi dolan biletlerin silinmesi")       \
	X(2, warehouse_statistics, "Daily", "MaintenanceJob.WarehouseStatistics", "Warehouse statistics",           \
	    "Lagerstatistik", "Statistiques des entrepôts", "Depo istatistikleri")                                  \
	X(3, purge_job_log, "Daily", "MaintenanceJob.PurgeJobLog", "Purge of the job log",                          \
	    "Bereinigen des Auftragsprotokolls", "Purge du journal des tâches", "İş günlüğünün temizlenmesi")       \
	X(4, database_maintenance, "WeekLyOnMonday", "MaintenanceJob.DatabaseMaintenance", "Database maintenance",  \
	    "Datenbankwartung", "Maintenance de la base de données", "Veritabanı bakımı")                           \
	X(5, database_check, "WeekLyOnMonday", "MaintenanceJob.DatabaseIntegrityCheck", "Database integrity check", \
	    "Integritätsprüfung der Datenbank", "Contrôle d'intégrité de la base de données",                       \
	    "Veritabanı bütünlük denetimi")

#define X(job_id, function, ...) job_run job_##function;
JOBS(X)
#undef X

/* Deletes in slices, so that no other writer waits long: calls slice(env, limit, &removed) until one
 * removed less than it might have, and adds the counts up in *removed, on failure too. Errors: those of
 * slice; SRV_ESTOPPED. */
enum srv_err job_purge(
    const struct job_env *, enum srv_err (*slice)(const struct job_env *, int limit, int64_t *), int64_t *removed);

#endif
