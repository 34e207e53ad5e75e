/* The commands about users. A list is made in two rounds, because the store must not be called from
 * within one of its callbacks. */
#include "srvadm.h"

#include "../base/text.h"
#include "../session/session.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 256 /* of a first or last name or an address */

static int
password_hash(const struct adm *a, char **out)
{
	char *pwd = NULL;
	int status = adm_password_read(a, &pwd);
	if (status != ADM_OK)
		return status;
	enum srv_err err = session_password_hash(pwd, out);
	text_wipe(&pwd);
	return err == SRV_OK ? ADM_OK : adm_failed("the password cannot be hashed: %s", srv_err_text(err));
}

static int
names_check(const struct adm *a)
{
	const struct {
		const char *option, *value;
	} texts[] = {{"--first-name", a->first_name}, {"--last-name", a->last_name}, {"--email", a->email}};
	for (size_t i = 0; i < 3; i++)
		if (texts[i].value != NULL && !adm_is_plain(texts[i].value, NAME_MAX_BYTES))
			return adm_usage(
			    "the value of %s is not plain text of at most %d bytes", texts[i].option, NAME_MAX_BYTES);
	if (a->language != NULL && a->language[0] != '\0' && !adm_is_language(a->language))
		return adm_usage("%s is no language; one looks like en or de-AT", a->language);
	if (a->arg[0][0] == '\0' || !adm_is_plain(a->arg[0], SESSION_UID_MAX))
		return adm_usage("a user's name is plain text of 1 to %d bytes", SESSION_UID_MAX);
	return ADM_OK;
}

/* The store takes what it will not change as char *, since the same struct carries what it hands out. */
static char *
lent(const char *text)
{
	return (char *)(uintptr_t)(text != NULL ? text : "");
}

int
adm_user_add(struct adm *a)
{
	struct store_user there;
	char *hash = NULL;
	int64_t user_id = 0;
	int status = names_check(a);
	if (status != ADM_OK)
		return status;
	enum srv_err err = store_user_find(a->store, a->arg[0], &there);
	if (err == SRV_OK) { /* said before a password is asked for */
		store_user_fini(&there);
		return adm_failed("there is a user %s already", a->arg[0]);
	}
	if (err != SRV_ENOENT)
		return adm_store_failed(a, err, NULL);
	status = password_hash(a, &hash);
	if (status != ADM_OK)
		return status;
	struct store_user user = {.username = lent(a->arg[0]),
	    .password_hash = hash,
	    .first_name = lent(a->first_name),
	    .last_name = lent(a->last_name),
	    .email = lent(a->email),
	    .language = lent(a->language),
	    .enabled = true,
	    .may_have_ticket = true};
	err = store_user_add(a->store, &user, &user_id);
	free(hash);
	if (err == SRV_EEXIST)
		return adm_failed("there is a user %s already", a->arg[0]);
	if (err != SRV_OK)
		return adm_store_failed(a, err, NULL);
	printf("user %s added with number %lld\n", a->arg[0], (long long)user_id);
	return ADM_OK;
}

int
adm_user_passwd(struct adm *a)
{
	struct store_user user;
	char *hash = NULL;
	int status = adm_user_find(a, a->arg[0], &user);
	if (status != ADM_OK)
		return status;
	status = password_hash(a, &hash);
	if (status == ADM_OK) {
		enum srv_err err = store_user_set_password(a->store, user.user_id, hash, true);
		if (err != SRV_OK)
			status = adm_store_failed(a, err, NULL);
		else
			printf("password of %s set, tickets ended\n", user.username);
	}
	free(hash);
	store_user_fini(&user);
	return status;
}

static int
set(struct adm *a, enum srv_err (*setter)(struct store *, int64_t, bool), bool value, const char *done)
{
	struct store_user user;
	int status = adm_user_find(a, a->arg[0], &user);
	if (status != ADM_OK)
		return status;
	enum srv_err err = setter(a->store, user.user_id, value);
	if (err != SRV_OK)
		status = adm_store_failed(a, err, NULL);
	else
		printf("user %s %s\n", user.username, done);
	store_user_fini(&user);
	return status;
}

int
adm_user_enable(struct adm *a)
{
	return set(a, store_user_set_enabled, true, "enabled");
}

int
adm_user_disable(struct adm *a)
{
	return set(a, store_user_set_enabled, false, "disabled");
}

int
adm_user_allow_tickets(struct adm *a)
{
	return set(a, store_user_set_may_have_ticket, true, "may have tickets");
}

int
adm_user_deny_tickets(struct adm *a)
{
	return set(a, store_user_set_may_have_ticket, false, "gets no more tickets");
}

/* ---- list ---- */

struct listed {
	struct store_user *user;
	size_t count, cap;
	bool failed;
};

static bool
copy_text(char **out, const char *text)
{
	*out = strdup(text);
	return *out != NULL;
}

/* gcc's analyzer loses sight of what is stored in an element whose index it does not know. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
static bool
user_keep(void *arg, const struct store_user *u)
{
	struct listed *l = arg;
	if (l->count == l->cap) {
		size_t cap = l->cap == 0 ? 16 : l->cap * 2;
		struct store_user *grown = realloc(l->user, cap * sizeof *grown);
		if (grown == NULL) {
			l->failed = true;
			return false;
		}
		l->user = grown;
		l->cap = cap;
	}
	struct store_user *k = &l->user[l->count++];
	*k = (struct store_user){.user_id = u->user_id, .enabled = u->enabled, .may_have_ticket = u->may_have_ticket};
	l->failed = !copy_text(&k->username, u->username) || !copy_text(&k->first_name, u->first_name) ||
		    !copy_text(&k->last_name, u->last_name) || !copy_text(&k->email, u->email) ||
		    !copy_text(&k->language, u->language);
	return !l->failed;
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

static bool
permission_print(void *arg, const char *permission)
{
	bool *any = arg;
	putchar(*any ? ' ' : '\t');
	adm_print_field(permission, '\0');
	*any = true;
	return true;
}

int
adm_user_list(struct adm *a)
{
	struct listed l = {0};
	int status = ADM_OK;
	enum srv_err err = store_user_each(a->store, user_keep, &l);
	if (err == SRV_OK && l.failed)
		err = SRV_ENOMEM;
	for (size_t i = 0; err == SRV_OK && i < l.count; i++) {
		const struct store_user *u = &l.user[i];
		bool any = false;
		printf("%lld\t", (long long)u->user_id);
		adm_print_field(u->username, '\t');
		printf("%s\t%s\t", u->enabled ? "enabled" : "disabled", u->may_have_ticket ? "ticket" : "no-ticket");
		adm_print_field(u->first_name, '\t');
		adm_print_field(u->last_name, '\t');
		adm_print_field(u->email, '\t');
		adm_print_field(u->language, '\0');
		err = store_permission_each(a->store, u->user_id, permission_print, &any);
		puts(any ? "" : "\t-");
	}
	if (err != SRV_OK)
		status = adm_store_failed(a, err, NULL);
	for (size_t i = 0; i < l.count; i++)
		store_user_fini(&l.user[i]);
	free(l.user);
	return status;
}
