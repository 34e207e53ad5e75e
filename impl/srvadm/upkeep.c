/* init, backup and check: the commands about the store as a file. */
#include "srvadm.h"

#include "../jobs/jobs.h"
#include <stdio.h>

int
adm_init(struct adm *a)
{
	struct srv_reason why = {{0}};
	enum srv_err err = store_open(a->database, false, 1, &a->store, &why);
	if (err == SRV_OK) {
		printf("%s: the store exists already, nothing is changed\n", a->database);
		return ADM_OK;
	}
	/* What is no store may be what `touch` makes, or what is left of an init that was broken off: it is made one if
	 * nothing is in it, and refused again if something is. */
	if (err == SRV_ENOENT || err == SRV_ECORRUPT)
		err = store_open(a->database, true, 1, &a->store, &why);
	if (err != SRV_OK)
		return adm_store_failed(a, err, &why);
	err = jobs_define(a->store);
	if (err != SRV_OK)
		return adm_store_failed(a, err, NULL);
	printf("%s: the store is made\n", a->database);
	return ADM_OK;
}

int
adm_backup(struct adm *a)
{
	struct srv_reason why = {{0}};
	enum srv_err err = store_backup(a->store, a->arg[0], &why);
	if (err == SRV_EEXIST)
		return adm_failed("%s: %s", a->arg[0], why.text);
	if (err != SRV_OK)
		return adm_failed(
		    "%s: the backup failed: %s", a->arg[0], why.text[0] != '\0' ? why.text : srv_err_text(err));
	printf("%s: the backup is made\n", a->arg[0]);
	return ADM_OK;
}

int
adm_check(struct adm *a)
{
	struct srv_reason why = {{0}};
	enum srv_err err = store_check(a->store, &why);
	if (err != SRV_OK)
		return adm_store_failed(a, err, &why);
	printf("%s: no damage is found\n", a->database);
	return ADM_OK;
}
