/* Why: who changed users, rights or settings must be found out later, and not from him. So each change, made or
 * refused, is one line of the system's log, under authpriv, where those of useradd(8), passwd(1) and sudo(8) are: a
 * file of ours would be one more to look for, to rotate and to protect, and the store can be written by whom it would
 * tell of. Passwords never come here, and of a setting only the name, for its value may be one. */
#include "srvadm.h"

#include "../base/buf.h"
#include "../base/log.h"
#include "../base/text.h"
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static const char *
user_name(uid_t uid, char out[64])
{
	const struct passwd *p = getpwuid(uid);

	if (p != NULL)
		snprintf(out, 64, "%s", p->pw_name);
	else
		snprintf(out, 64, "%lu", (unsigned long)uid);
	return out;
}

/* Who logged in, whatever he became by su or sudo since; the kernel lets nobody change it. NULL if it was no login. */
static const char *
login_name(char out[64])
{
	FILE *f = fopen("/proc/self/loginuid", "re");
	char text[32] = "";
	int64_t uid = 0;
	bool known = f != NULL && fgets(text, sizeof text, f) != NULL && text_parse_int(text, 0, UINT32_MAX - 1, &uid);

	if (f != NULL)
		fclose(f);
	return known ? user_name((uid_t)uid, out) : NULL;
}

static const char *
terminal_name(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (isatty(fd) == 1)
			return ttyname(fd);
	return NULL;
}

void
adm_audit(const struct adm *a, const char *command, int arg_count, int status, int64_t ms)
{
	char user[64], login[64];
	struct buf arguments;

	buf_init(&arguments, 0);
	for (int i = 0; i < arg_count; i++)
		buf_printf(&arguments, "%s%s", i > 0 ? " " : "", a->arg[i]);
	if (a->all)
		buf_puts(&arguments, "--all");
	openlog("srvadm", LOG_PID, LOG_AUTHPRIV);
	syslog(status == ADM_OK ? LOG_NOTICE : LOG_WARNING,
	    "command=\"%s\" arguments=%s user=%s login=%s terminal=%s database=%s outcome=%s reason=%s ms=%lld",
	    command, LOG_STR(buf_str(&arguments)), LOG_STR(user_name(getuid(), user)), LOG_STR(login_name(login)),
	    LOG_STR(terminal_name()), LOG_STR(a->database), status == ADM_OK ? "success" : "failure",
	    LOG_STR(status == ADM_OK ? NULL : adm_said()), (long long)ms);
	buf_fini(&arguments);
}
