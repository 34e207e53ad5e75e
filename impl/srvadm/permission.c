/* grant and revoke. All names are looked at before anything is changed. */
#include "srvadm.h"

#include "../session/session.h"
#include <stdio.h>

static int
names_check(const struct adm *a)
{
	for (int i = 1; i < a->arg_count; i++) {
		if (session_permission_known(a->arg[i]))
			continue;
#define X(name, text) " " text
		return adm_usage("there is no permission %s; there are:" SESSION_PERMISSIONS(X), a->arg[i]);
#undef X
	}
	return ADM_OK;
}

static int
change(struct adm *a, enum srv_err (*each)(struct store *, int64_t user_id, const char *permission), const char *done)
{
	struct store_user user;
	enum srv_err err = SRV_OK;
	int status = names_check(a);
	if (status == ADM_OK)
		status = adm_user_find(a, a->arg[0], &user);
	if (status != ADM_OK)
		return status;
	for (int i = 1; err == SRV_OK && i < a->arg_count; i++) {
		err = each(a->store, user.user_id, a->arg[i]);
		if (err == SRV_OK)
			printf("%s %s %s\n", a->arg[i], done, user.username);
	}
	store_user_fini(&user);
	return err == SRV_OK ? ADM_OK : adm_store_failed(a, err, NULL);
}

int
adm_grant(struct adm *a)
{
	return change(a, store_permission_grant, "granted to");
}

int
adm_revoke(struct adm *a)
{
	return change(a, store_permission_revoke, "revoked from");
}
