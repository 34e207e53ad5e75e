/* What the texts of the configuration may be. A wrong address, network, origin or path is better refused here,
 * by name and line, than found by a bind(2) that fails or by a proxy that is silently not believed.
 *
 * Addresses are numeric: what srvd serves on and whom it believes must not depend on a name server. Called by
 * conf_value.c. */
#include "conf_priv.h"
#include "log.h"
#include "text.h"

#include <arpa/inet.h>
#include <string.h>

struct check {
	int index; /* CONF_INDEX_... */
	bool (*holds)(const char *text);
	const char *wanted;
};

static bool
is_address(int family, const char *text, size_t len)
{
	char address[INET6_ADDRSTRLEN];
	unsigned char bytes[sizeof(struct in6_addr)];

	if (len == 0 || len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	return inet_pton(family, address, bytes) == 1;
}

/* `:PORT`, and nothing behind it. */
static bool
is_port(const char *text, int64_t min)
{
	int64_t port;

	return text[0] == ':' && text_parse_int(text + 1, min, 65535, &port);
}

static bool
is_listen(const char *text)
{
	const char *end;

	if (text[0] == '[') {
		end = strchr(text, ']');
		return end != NULL && is_address(AF_INET6, text + 1, (size_t)(end - text) - 1) && is_port(end + 1, 0);
	}
	end = strchr(text, ':');
	return end != NULL && is_address(AF_INET, text, (size_t)(end - text)) && is_port(end, 0);
}

static bool
is_network(const char *text)
{
	size_t len = strcspn(text, "/");
	int family = memchr(text, ':', len) != NULL ? AF_INET6 : AF_INET;
	int64_t bits;

	if (!is_address(family, text, len))
		return false;
	return text[len] == '\0' || text_parse_int(text + len + 1, 0, family == AF_INET6 ? 128 : 32, &bits);
}

/* Letters, digits, and what else is listed in more; at least one. */
static size_t
span(const char *text, const char *more)
{
	size_t len = 0;

	while ((text_lower(text[len]) >= 'a' && text_lower(text[len]) <= 'z') ||
	       (text[len] >= '0' && text[len] <= '9') || (text[len] != '\0' && strchr(more, text[len]) != NULL))
		len++;
	return len;
}

/* The length of `http://host` or `https://host:port` at the front, 0 if it is none. */
static size_t
authority(const char *text)
{
	size_t scheme, host, port = 0;

	if (strncmp(text, "https://", 8) == 0)
		scheme = 8;
	else if (strncmp(text, "http://", 7) == 0)
		scheme = 7;
	else
		return 0;
	text += scheme;
	if (text[0] == '[') {
		host = strcspn(text, "]");
		if (text[host] != ']' || !is_address(AF_INET6, text + 1, host - 1))
			return 0;
		host++;
	} else {
		host = span(text, "-._");
	}
	if (host == 0)
		return 0;
	if (text[host] == ':') {
		char digits[8];

		port = 1 + strspn(text + host + 1, "0123456789");
		if (port >= sizeof(digits))
			return 0;
		memcpy(digits, text + host, port);
		digits[port] = '\0';
		if (!is_port(digits, 1))
			return 0;
	}
	return scheme + host + port;
}

/* A path of a URL without doubled slashes, without escapes, query or fragment. */
static bool
is_path(const char *text)
{
	return text[0] == '/' && span(text, "/-._~!$&'()*+,;=:@") == strlen(text) && strstr(text, "//") == NULL;
}

static bool
is_base_path(const char *text)
{
	return text[0] == '\0' || (is_path(text) && text[strlen(text) - 1] != '/');
}

static bool
is_url(const char *text)
{
	size_t len = authority(text);

	return len > 0 && (text[len] == '\0' || is_path(text + len));
}

static bool
is_origin(const char *text)
{
	size_t len = authority(text);

	return len > 0 && text[len] == '\0';
}

static bool
is_result_element(const char *text)
{
	return strcmp(text, "documented") == 0 || strcmp(text, "response") == 0;
}

static bool
is_invoke_forms(const char *text)
{
	return strcmp(text, "always") == 0 || strcmp(text, "local") == 0 || strcmp(text, "off") == 0;
}

static bool
is_sandbox(const char *text)
{
	return strcmp(text, "on") == 0 || strcmp(text, "best-effort") == 0 || strcmp(text, "off") == 0;
}

static bool
is_log_level(const char *text)
{
	return log_level_parse(text) >= 0;
}

static bool
is_log_format(const char *text)
{
	return log_format_parse(text) >= 0;
}

static bool
is_file(const char *text)
{
	if (text[0] == '\0')
		return false;
	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	}
	return true;
}

static const struct check checks[] = {
    {CONF_INDEX_listen, is_listen, "ADDR:PORT, as 127.0.0.1:8080 or [::1]:8080"},
    {CONF_INDEX_listen_proxy, is_listen, "ADDR:PORT, as 127.0.0.1:8081 or [::1]:8081"},
    {CONF_INDEX_listen_tls, is_listen, "ADDR:PORT, as 127.0.0.1:8443 or [::1]:8443"},
    {CONF_INDEX_tls_certificate, is_file, "a file's name"},
    {CONF_INDEX_tls_key, is_file, "a file's name"},
    {CONF_INDEX_tls_client_ca, is_file, "a file's name"},
    {CONF_INDEX_database, is_file, "a file's name"},
    {CONF_INDEX_license, is_file, "a file's name"},
    {CONF_INDEX_base_path, is_base_path, "a path that begins with / and does not end in one"},
    {CONF_INDEX_public_url, is_url, "a URL that begins with http:// or https://"},
    {CONF_INDEX_trusted_proxies, is_network, "an address or network, as 10.0.0.7 or 10.0.0.0/8"},
    {CONF_INDEX_allowed_origins, is_origin, "an origin, as https://intranet.example.com"},
    {CONF_INDEX_result_element, is_result_element, "documented or response"},
    {CONF_INDEX_invoke_forms, is_invoke_forms, "always, local or off"},
    {CONF_INDEX_sandbox, is_sandbox, "on, best-effort or off"},
    {CONF_INDEX_log_level, is_log_level, "error, warn, info or debug"},
    {CONF_INDEX_log_format, is_log_format, "text or json"},
};

bool
conf_check(const struct conf_key *key, const char *text, const char **wanted)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (&conf_key_table[checks[i].index] == key && !checks[i].holds(text)) {
			*wanted = checks[i].wanted;
			return false;
		}
	}
	return true;
}
