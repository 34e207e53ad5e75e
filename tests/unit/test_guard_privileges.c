/* Who the process is when it has given up what root has. As root, the tests become `nobody`; as anybody else they see
 * that nothing can be had. What holds is read from the kernel, /proc/self/status. */
#define _GNU_SOURCE
#include "guard_fixture.h"
#include "../../impl/guard/privileges.h"

#include <errno.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/prctl.h>

/* The field of /proc/self/status, without the blanks in front. */
static void
status_field(const char *name, char out[128])
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	size_t len = strlen(name);

	CHECK(f != NULL);
	out[0] = '\0';
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, len) == 0 && line[len] == ':') {
			const char *at = line + len + 1 + strspn(line + len + 1, " \t");

			(void)snprintf(out, 128, "%.*s", (int)strcspn(at, "\n"), at);
		}
	fclose(f);
}

static void
check_field(const char *name, const char *want)
{
	char is[128];

	status_field(name, is);
	if (strncmp(is, want, strlen(want)) != 0) {
		(void)dprintf(2, "%s is `%s`, not `%s`\n", name, is, want);
		_exit(99);
	}
}

static void
check_nothing_is_left(void)
{
	check_field("CapInh", "0000000000000000");
	check_field("CapPrm", "0000000000000000");
	check_field("CapEff", "0000000000000000");
	check_field("CapAmb", "0000000000000000");
	check_field("NoNewPrivs", "1");
}

static int
become_nobody(const void *dumps)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct srv_reason why = {""};
	char now[PRIVILEGES_USER_MAX], ids[64];

	CHECK(nobody != NULL);
	(void)snprintf(
	    ids, sizeof ids, "%u\t%u\t%u\t%u", nobody->pw_uid, nobody->pw_uid, nobody->pw_uid, nobody->pw_uid);
	if (privileges_drop("nobody", dumps != NULL, now, &why) != SRV_OK) {
		(void)dprintf(2, "%s\n", why.text);
		return 98;
	}
	CHECK(strcmp(now, "nobody") == 0);
	check_field("Uid", ids);
	(void)snprintf(
	    ids, sizeof ids, "%u\t%u\t%u\t%u", nobody->pw_gid, nobody->pw_gid, nobody->pw_gid, nobody->pw_gid);
	check_field("Gid", ids);
	(void)snprintf(ids, sizeof ids, "%u", nobody->pw_gid);
	check_field("Groups", ids); /* and not root's */
	check_nothing_is_left();
	check_field("CapBnd", "0000000000000000");
	CHECK(setuid(0) != 0 && setgid(0) != 0 && seteuid(0) != 0);
	CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == (dumps != NULL));
	return 7;
}

static int
stay(const void *user)
{
	struct srv_reason why = {""};
	char now[PRIVILEGES_USER_MAX];

	if (privileges_drop(user, false, now, &why) != SRV_OK)
		return strstr(why.text, "only root can become \"") != NULL ? 6 : 98;
	if (geteuid() != 0)
		check_nothing_is_left();
	/* Capabilities 0 to 3 are about files, and all that is left of root. */
	else {
		check_field("CapPrm", "000000000000000f");
		check_field("CapEff", "000000000000000f");
		check_field("CapBnd", "0000000000000000");
		check_field("NoNewPrivs", "1");
	}
	CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	return 7;
}

/* As under a unit with SystemCallFilter=~@privileged and User=. */
static int
stay_where_capset_is_forbidden(const void *arg)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	struct srv_reason why = {""};
	char now[PRIVILEGES_USER_MAX];

	(void)arg;
	if (geteuid() == 0)
		CHECK(setresuid(65534, 65534, 65534) == 0);
	CHECK(filter != NULL);
	CHECK(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(capset), 0) == 0 && seccomp_load(filter) == 0);
	seccomp_release(filter);
	if (privileges_drop(NULL, false, now, &why) != SRV_OK) {
		(void)dprintf(2, "%s\n", why.text);
		return 98;
	}
	check_nothing_is_left();
	return 7;
}

static void
privileges_that_are_not_there_need_no_giving_up(void **state)
{
	(void)state;
	assert_int_equal(apart(stay_where_capset_is_forbidden, NULL), 7);
}

static int
become_stranger(const void *arg)
{
	struct srv_reason why = {""};
	char now[PRIVILEGES_USER_MAX];

	(void)arg;
	CHECK(privileges_drop("no such user", false, now, &why) == SRV_EINVAL);
	CHECK(strcmp(why.text, "user: there is no \"no such user\" on this machine") == 0);
	return 7;
}

static int
become_default(const void *arg)
{
	struct srv_reason why = {""};
	char now[PRIVILEGES_USER_MAX];

	(void)arg;
	CHECK(privileges_drop(NULL, false, now, &why) == SRV_OK);
	CHECK(geteuid() != 0);
	return strcmp(now, getpwnam("srv") != NULL ? "srv" : "nobody") == 0 ? 7 : 5;
}

static void
privileges_of_root_are_given_up_for_the_user_of_the_configuration(void **state)
{
	(void)state;
	assert_int_equal(
	    apart(geteuid() == 0 ? become_nobody : stay, geteuid() == 0 ? NULL : "root"), geteuid() == 0 ? 7 : 6);
}

static void
privileges_leave_cores_where_the_configuration_wants_them(void **state)
{
	(void)state;
	assert_int_equal(
	    apart(geteuid() == 0 ? become_nobody : stay, geteuid() == 0 ? "dumps" : "root"), geteuid() == 0 ? 7 : 6);
}

static void
privileges_without_a_name_are_those_of_srv_or_nobody(void **state)
{
	(void)state;
	assert_int_equal(apart(geteuid() == 0 ? become_default : stay, NULL), 7);
}

static void
privileges_of_who_stays_are_files_for_root_and_none_for_others(void **state)
{
	(void)state;
	/* Who is not root and has a name may say it. */
	const struct passwd *own = getpwuid(geteuid());
	assert_int_equal(apart(stay, own != NULL ? own->pw_name : NULL), 7);
}

static void
privileges_are_not_given_to_a_stranger(void **state)
{
	(void)state;
	assert_int_equal(apart(become_stranger, NULL), 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(privileges_of_root_are_given_up_for_the_user_of_the_configuration),
	    cmocka_unit_test(privileges_leave_cores_where_the_configuration_wants_them),
	    cmocka_unit_test(privileges_without_a_name_are_those_of_srv_or_nobody),
	    cmocka_unit_test(privileges_of_who_stays_are_files_for_root_and_none_for_others),
	    cmocka_unit_test(privileges_that_are_not_there_need_no_giving_up),
	    cmocka_unit_test(privileges_are_not_given_to_a_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
