/* ServerInfo(): the time, the version and what the licence and the settings say. Everything is in memory. */
#include "operation.h"
#include <stdlib.h>

#define OFFSET_TEXT_MAX 32

/* Decimal hours without needless digits: -5, 5.5, 5.75, 0. No zone is 100 hours away. */
static const char *
format_offset(int seconds, char text[OFFSET_TEXT_MAX])
{
	/* Ten-thousandths of an hour, rounded: zones before 1972 had odd seconds. */
	int parts = (int)(((long long)abs(seconds) * 10000 + 1800) / 3600);
	size_t len = 0;

	if (seconds < 0 && parts > 0)
		text[len++] = '-';
	if (parts >= 100000)
		text[len++] = (char)('0' + parts / 100000 % 10);
	text[len++] = (char)('0' + parts / 10000 % 10);
	text[len++] = '.';
	for (int place = 1000; place > 0; place /= 10)
		text[len++] = (char)('0' + parts / place % 10);
	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	text[len] = '\0';
	return text;
}

static enum op_state
run(struct op_call *call)
{
	const struct snapshot *s = call->snapshot;
	char time_text[CLOCK_TEXT_MAX], offset[OFFSET_TEXT_MAX];
	wall_t now = clock_wall();
	struct xml x;

	op_result_begin(call, &x);
	xml_attr(&x, "VersionNumber", call->env->version);
	xml_attr(&x, "Server_date_time", clock_format_local(now, time_text));
	xml_attr(&x, "Coordinated_Universal_Time", clock_format_utc(now, time_text));
	xml_attr(&x, "UTC_Offset", format_offset(clock_utc_offset_s(now), offset));
	xml_attr(&x, "Company", s->license.company_name);
	xml_attr(&x, "ServerName", s->server_name);
	xml_attr_int(&x, "LicenseCount", s->license.user_count);
	xml_attr(&x, "SubscriptionEndDate", clock_format_utc(s->license.subscription_end, time_text));
	xml_attr_bool(&x, "WindowsAuthenticationIsOn", s->windows_authentication);
	xml_attr_bool(&x, "WorkflowIsOn", s->license.workflow);
	xml_attr_bool(&x, "AnonymousAccessIsOn", s->license.anonymous_access);
	xml_attr_bool(&x, "ComplianceModuleIsOn", s->license.compliance_module);
	xml_close(&x);
	return OP_DONE;
}

const struct operation op_ServerInfo = {
    .access = OP_PUBLIC,
    .run = run,
};
