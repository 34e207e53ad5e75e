/* The system's log as a file, $SRV_TEST_SYSLOG, for a program that is run with this in front of the C library
 * (LD_PRELOAD): a test must neither need a syslog daemon nor write to the one of the machine. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syslog.h>

static int facility_now;

void openlog(const char *ident, int option, int facility);
void syslog(int priority, const char *fmt, ...);
void __syslog_chk(int priority, int flag, const char *fmt, ...);

void
openlog(const char *ident, int option, int facility)
{
	(void)ident, (void)option;
	facility_now = facility;
}

static void
say(int priority, const char *fmt, va_list args)
{
	const char *path = getenv("SRV_TEST_SYSLOG");
	FILE *f = path != NULL ? fopen(path, "a") : NULL;

	if (f == NULL)
		return;
	fprintf(f, "%s.%s ", facility_now == LOG_AUTHPRIV ? "authpriv" : "other",
	    priority == LOG_NOTICE ? "notice" : "warning");
	vfprintf(f, fmt, args);
	fputc('\n', f);
	fclose(f);
}

void
syslog(int priority, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(priority, fmt, args);
	va_end(args);
}

/* What syslog is with _FORTIFY_SOURCE. */
void
__syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list args;

	(void)flag;
	va_start(args, fmt);
	say(priority, fmt, args);
	va_end(args);
}
