/* The commands about settings and warehouse paths. What the service itself reads is judged as it will be
 * judged there, so that a mistake is found here and not at the next flush. */
#include "srvadm.h"

#include "../base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096 /* bytes of a setting's name, its value, or a path */

static bool
is_bool(const char *value)
{
	bool b;
	return text_parse_bool(value, &b);
}

static bool
is_delay(const char *value)
{
	int64_t n;
	return text_parse_int(value, 0, 2000, &n);
}

static bool
is_filled(const char *value)
{
	return value[0] != '\0';
}

static const struct {
	const char *name;
	bool (*good)(const char *value); /* NULL: any text */
	const char *expected;
} known[] = {
    {"ServerName", is_filled, "not empty"},
    {"WindowsAuthenticationIsOn", is_bool, "true or false"},
    {"DefaultLanguage", adm_is_language, "a language such as en or de-AT"},
    {"SysadminAccountName", NULL, NULL},
    {"LoginDelay", is_delay, "a number of milliseconds from 0 to 2000"},
};

static int
judge(const char *name, const char *value)
{
	if (name[0] == '\0' || !adm_is_plain(name, TEXT_MAX))
		return adm_usage("a setting's name is plain text");
	if (strlen(value) > TEXT_MAX || !text_is_xml(value, strlen(value)))
		return adm_usage("the value of %s is not text of at most %d bytes", name, TEXT_MAX);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (!text_ieq(known[i].name, name))
			continue;
		if (strcmp(known[i].name, name) != 0)
			return adm_usage("there is no setting %s, but %s", name, known[i].name);
		if (known[i].good != NULL && !known[i].good(value))
			return adm_usage("the value of %s must be %s", name, known[i].expected);
	}
	return ADM_OK;
}

int
adm_setting_get(struct adm *a)
{
	char *value = NULL;
	enum srv_err err = store_setting_get(a->store, a->arg[0], &value);
	if (err == SRV_ENOENT)
		return adm_failed("the setting %s is not set", a->arg[0]);
	if (err != SRV_OK)
		return adm_store_failed(a, err, NULL);
	puts(value);
	free(value);
	return ADM_OK;
}

int
adm_setting_set(struct adm *a)
{
	int status = judge(a->arg[0], a->arg[1]);
	if (status != ADM_OK)
		return status;
	enum srv_err err = store_setting_set(a->store, a->arg[0], a->arg[1]);
	if (err != SRV_OK)
		return adm_store_failed(a, err, NULL);
	printf("setting %s set\n", a->arg[0]);
	adm_hint_flush();
	return ADM_OK;
}

static bool
setting_print(void *arg, const char *name, const char *value)
{
	(void)arg;
	adm_print_field(name, '\t');
	adm_print_field(value, '\n');
	return true;
}

int
adm_setting_list(struct adm *a)
{
	enum srv_err err = store_setting_each(a->store, setting_print, NULL);
	return err == SRV_OK ? ADM_OK : adm_store_failed(a, err, NULL);
}

int
adm_warehouse_set(struct adm *a)
{
	int64_t wh_no = 0;
	if (!text_parse_int(a->arg[0], 0, 99, &wh_no))
		return adm_usage("%s is not a warehouse number from 0 to 99", a->arg[0]);
	if (a->arg[1][0] != '/' || !adm_is_plain(a->arg[1], TEXT_MAX))
		return adm_usage("a warehouse's path is plain text of at most %d bytes and begins with /", TEXT_MAX);
	enum srv_err err = store_warehouse_set(a->store, (int)wh_no, a->arg[1]);
	if (err != SRV_OK)
		return adm_store_failed(a, err, NULL);
	printf("warehouse %02d set\n", (int)wh_no);
	adm_hint_flush();
	return ADM_OK;
}

static enum srv_err
warehouse_print(void *arg, int wh_no, const char *path)
{
	(void)arg;
	printf("%02d\t", wh_no);
	adm_print_field(path, '\n');
	return SRV_OK;
}

int
adm_warehouse_list(struct adm *a)
{
	struct srv_reason why = {{0}};
	enum srv_err err = store_load(a->store, &(struct store_loader){.warehouse_path = warehouse_print}, NULL, &why);
	return err == SRV_OK ? ADM_OK : adm_store_failed(a, err, &why);
}
