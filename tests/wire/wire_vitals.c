/* What the system says of a running srvd: /proc for what it holds, the processor clock of the process for what it
 * spends. Figures are printed as lines that begin with "figures:", which tests/run shows. */
#include "wire_vitals.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BACK_TMO_MS (WIRE_SLOWNESS * 5000) /* until descriptors and threads are back where they were */

static long
entries(pid_t pid, const char *what)
{
	DIR *dir = opendir(wire_printf("/proc/%d/%s", (int)pid, what));
	long n = -2; /* . and .. */

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static long
resident_kib(pid_t pid)
{
	char line[256];
	long kib = -1;
	FILE *f = fopen(wire_printf("/proc/%d/status", (int)pid), "r");

	assert_non_null(f);
	while (kib < 0 && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	fclose(f);
	assert_true(kib >= 0);
	return kib;
}

static double
processor_ms(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
	assert_int_equal(clock_gettime(clock, &t), 0);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

struct wire_vitals
wire_vitals(const struct wire_srvd *srv)
{
	return (struct wire_vitals){.pid = srv->pid,
	    .descriptors = entries(srv->pid, "fd"),
	    .threads = entries(srv->pid, "task"),
	    .resident_kib = resident_kib(srv->pid),
	    .processor_ms = processor_ms(srv->pid)};
}

void
wire_expect_unharmed(const struct wire_srvd *srv, const struct wire_vitals *before, long slack_kib, const char *what)
{
	int64_t until = wire_now_ms() + BACK_TMO_MS;
	struct wire_vitals now;

	wire_expect_alive(srv);
	do {
		wire_rest_ms(20);
		now = wire_vitals(srv);
	} while ((now.descriptors > before->descriptors || now.threads > before->threads) && wire_now_ms() < until);
	print_message(
	    "figures: %s: descriptors %ld, then %ld; threads %ld, then %ld; resident KiB %ld, then %ld; %.0f ms of "
	    "processor time\n",
	    what, before->descriptors, now.descriptors, before->threads, now.threads, before->resident_kib,
	    now.resident_kib, now.processor_ms - before->processor_ms);
	assert_int_equal(now.pid, before->pid);
	assert_true(now.descriptors <= before->descriptors);
	assert_true(now.threads <= before->threads);
	if (!WIRE_SANITIZED)
		assert_true(now.resident_kib <= before->resident_kib + slack_kib);
}

/* ---- probes ---- */

static double
precise_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

void
wire_probe(const struct wire_srvd *srv, struct wire_probe *p)
{
	double begin = precise_ms();
	struct wire_conn *c = wire_connect_from(srv, "127.0.0.77");

	assert_non_null(c);
	assert_true(wire_send(c, wire_get(srv, "/srv.asmx/ServerInfo", NULL)));
	struct wire_answer *a = wire_read(c, false);
	assert_non_null(a);
	assert_int_equal(a->status, 200);
	wire_forget(c);
	assert_true(p->count < sizeof p->ms / sizeof *p->ms);
	p->ms[p->count++] = precise_ms() - begin;
}

void
wire_probe_for(const struct wire_srvd *srv, struct wire_probe *p, int ms)
{
	for (int64_t until = wire_now_ms() + ms; wire_now_ms() < until; wire_rest_ms(5))
		wire_probe(srv, p);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double
wire_probe_at(const struct wire_probe *p, double share)
{
	double sorted[sizeof p->ms / sizeof *p->ms];

	assert_true(p->count > 0);
	memcpy(sorted, p->ms, p->count * sizeof *sorted);
	qsort(sorted, p->count, sizeof *sorted, compare);
	return sorted[(size_t)(share * (double)(p->count - 1))];
}

void
wire_probe_expect(const struct wire_probe *p, double p90_ms, const char *what)
{
	print_message("figures: %s: %zu callers waited %.1f ms in the middle, %.1f ms at 98 %%, %.1f ms at most\n",
	    what, p->count, wire_probe_at(p, 0.5), wire_probe_at(p, 0.98), wire_probe_at(p, 1));
	if (!WIRE_SANITIZED)
		assert_true(wire_probe_at(p, 0.9) < p90_ms);
}
