/* The commands about tickets. What is listed is the hash that the store keeps, which is no ticket. */
#include "srvadm.h"

#include <stdio.h>

static bool
ticket_print(void *arg, const struct store_ticket_row *t)
{
	char date[CLOCK_TEXT_MAX];
	(void)arg;
	adm_print_field(t->username, '\t');
	printf("%s\t", clock_format_utc(t->created_at, date));
	printf("%s\t", clock_format_utc(t->expires_at, date));
	adm_print_field(t->language, '\t');
	adm_print_field(t->ticket_hash, '\n');
	return true;
}

int
adm_ticket_list(struct adm *a)
{
	enum srv_err err = store_ticket_each(a->store, ticket_print, NULL);
	return err == SRV_OK ? ADM_OK : adm_store_failed(a, err, NULL);
}

int
adm_ticket_revoke(struct adm *a)
{
	struct store_user user = {0};
	int64_t removed = 0;
	if (a->all == (a->arg_count == 1))
		return adm_usage("usage: srvadm ticket revoke USER | --all");
	if (!a->all) {
		int status = adm_user_find(a, a->arg[0], &user);
		if (status != ADM_OK)
			return status;
	}
	enum srv_err err = store_ticket_remove_user(a->store, user.user_id, &removed);
	store_user_fini(&user);
	if (err != SRV_OK)
		return adm_store_failed(a, err, NULL);
	printf("%lld ticket%s ended\n", (long long)removed, removed == 1 ? "" : "s");
	return ADM_OK;
}
