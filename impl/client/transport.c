/* Why: HTTP, TLS, time limits and kept connections are libcurl's craft; gSOAP's own would need another build of gSOAP,
 * has no limit for a whole call, and writes to a TLS socket that is gone with a signal.
 * Model: one easy handle, which keeps options and connections. Nothing but HTTP is spoken, nothing is followed
 * elsewhere: no redirect, no proxy from the environment, no .netrc, because a request carries a password or a
 * ticket. The head of an answer is bounded here, its body by the buffer that it goes to.
 * Callers: one thread at a time. SIGPIPE is held back in it for as long as a transfer takes, whatever a library
 * beneath does, and taken away again if it came. */
#include "transport.h"
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 65536 /* bytes of all header lines of an answer */

struct transport {
	CURL *curl;
	bool https;
	/* Of the transfer under way. */
	struct buf *answer;
	size_t head; /* bytes so far */
	bool over;   /* a limit was reached */
	char said[CURL_ERROR_SIZE];
};

/* ---- the library beneath ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode begun;

static void
begin(void)
{
	begun = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static enum srvclient_err
option_err(CURLcode code)
{
	if (code == CURLE_OK)
		return SRVCLIENT_OK;
	return code == CURLE_OUT_OF_MEMORY ? SRVCLIENT_MEMORY : SRVCLIENT_USAGE;
}

/* ---- what comes ---- */

static size_t
on_body(char *bytes, size_t one, size_t len, void *arg)
{
	struct transport *t = arg;

	(void)one;
	buf_put(t->answer, bytes, len);
	t->over = t->answer->err == SRV_ELIMIT;
	return t->answer->err == SRV_OK ? len : 0;
}

static size_t
on_head(char *line, size_t one, size_t len, void *arg)
{
	struct transport *t = arg;

	(void)line;
	(void)one;
	t->head += len;
	t->over = t->head > HEAD_MAX;
	return t->over ? 0 : len;
}

/* ---- a handle ---- */

static bool
is_plain(const char *url)
{
	for (const char *p = url; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~')
			return false;
	}
	return true;
}

static enum srvclient_err
check_url(const char *url, bool *https, struct srv_reason *why)
{
	CURLU *u = curl_url();
	const char *host = "/";
	bool good;

	if (u == NULL)
		return SRVCLIENT_MEMORY;
	*https = strncmp(url, "https://", 8) == 0;
	if (*https || strncmp(url, "http://", 7) == 0)
		host = strstr(url, "://") + 3;
	/* libcurl would read http:///x as http://x. */
	good = *host != '/' && is_plain(url) && strpbrk(url, "?#") == NULL &&
	       curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK;
	curl_url_cleanup(u);
	if (good)
		return SRVCLIENT_OK;
	(void)srv_fail(why, SRV_EINVAL, "the URL is not http[s]://HOST[:PORT]/PATH");
	return SRVCLIENT_USAGE;
}

/* The options are made known to libcurl one by one; code keeps the first failure. */
#define SET(option, value)                                              \
	do {                                                            \
		if (code == CURLE_OK)                                   \
			code = curl_easy_setopt(curl, option, (value)); \
	} while (0)

static CURLcode
set_up(struct transport *t, const char *url)
{
	CURL *curl = t->curl;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L); /* the end of time does not wait for a name that is still looked up */
	SET(CURLOPT_NOPROGRESS, 1L);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_USERAGENT, "libsrvclient/" SRV_VERSION);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_KEYPASSWD, "");        /* for a key with a passphrase nobody is asked at a terminal */
	SET(CURLOPT_CA_CACHE_TIMEOUT, 0L); /* a file of authorities that was replaced counts for the next connection */
	SET(CURLOPT_ERRORBUFFER, t->said);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, on_head);
	SET(CURLOPT_HEADERDATA, t);
	return code;
}

enum srvclient_err
transport_new(const char *url, struct transport **out, struct srv_reason *why)
{
	struct transport *t;
	enum srvclient_err err;
	bool https = false;

	pthread_once(&once, begin);
	if (begun != CURLE_OK)
		return SRVCLIENT_MEMORY;
	if ((err = check_url(url, &https, why)) != SRVCLIENT_OK)
		return err;
	if ((t = calloc(1, sizeof *t)) == NULL)
		return SRVCLIENT_MEMORY;
	t->https = https;
	err = SRVCLIENT_MEMORY;
	if ((t->curl = curl_easy_init()) != NULL && (err = option_err(set_up(t, url))) == SRVCLIENT_OK &&
	    (err = transport_set_insecure(t, false)) == SRVCLIENT_OK)
		*out = t;
	else
		transport_free(&t);
	return err;
}

void
transport_free(struct transport **transport)
{
	struct transport *t = *transport;

	*transport = NULL;
	if (t == NULL)
		return;
	curl_easy_cleanup(t->curl);
	free(t);
}

enum srvclient_err
transport_set_timeouts(struct transport *t, long connect_ms, long total_ms)
{
	CURL *curl = t->curl;
	CURLcode code = CURLE_OK;

	if (connect_ms < 1 || total_ms < 1)
		return SRVCLIENT_USAGE;
	SET(CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
	SET(CURLOPT_TIMEOUT_MS, total_ms);
	return option_err(code);
}

enum srvclient_err
transport_set_ca(struct transport *t, const char *file, const char *directory)
{
	CURL *curl = t->curl;
	CURLcode code = CURLE_OK;

	if (file == NULL && directory == NULL) {
		const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
		file = v->cainfo;
		directory = v->capath;
	}
	SET(CURLOPT_CAINFO, file);
	SET(CURLOPT_CAPATH, directory);
	return option_err(code);
}

enum srvclient_err
transport_set_certificate(struct transport *t, const char *certificate, const char *key)
{
	CURL *curl = t->curl;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_SSLCERT, certificate);
	SET(CURLOPT_SSLKEY, key != NULL ? key : certificate);
	return option_err(code);
}

enum srvclient_err
transport_set_insecure(struct transport *t, bool insecure)
{
	CURL *curl = t->curl;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_SSL_VERIFYPEER, insecure ? 0L : 1L);
	SET(CURLOPT_SSL_VERIFYHOST, insecure ? 0L : 2L);
	return option_err(code);
}

/* ---- an exchange ---- */

/* Adds a line to the list, which is freed and NULL if there is no memory. */
static void
add_line(struct curl_slist **lines, bool *failed, const char *name, const char *value)
{
	struct curl_slist *more = NULL;
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "%s:%s%s", name, *value != '\0' ? " " : "", value);
	if (!*failed && line.err == SRV_OK)
		more = curl_slist_append(*lines, buf_str(&line));
	buf_fini(&line);
	if (more == NULL)
		*failed = true;
	else
		*lines = more;
}

static CURLcode
perform(CURL *curl)
{
	static const struct timespec none = {0};
	sigset_t pipe, old, pending;
	CURLcode code;
	bool ours;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	ours = sigismember(&pending, SIGPIPE) == 0;
	pthread_sigmask(SIG_BLOCK, &pipe, &old);
	code = curl_easy_perform(curl);
	sigpending(&pending);
	if (ours && sigismember(&pending, SIGPIPE) == 1)
		(void)sigtimedwait(&pipe, NULL, &none);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return code;
}

/* libcurl's verdict as ours. */
static enum srvclient_err
verdict(const struct transport *t, CURLcode code)
{
	long os_error = 0;

	switch (code) {
	case CURLE_OK:
		return SRVCLIENT_OK;
	case CURLE_OUT_OF_MEMORY:
		return SRVCLIENT_MEMORY;
	case CURLE_WRITE_ERROR:
		return t->over ? SRVCLIENT_LIMIT : SRVCLIENT_MEMORY;
	case CURLE_OPERATION_TIMEDOUT:
		return SRVCLIENT_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CLIENTCERT:
		return SRVCLIENT_TLS;
	case CURLE_UNSUPPORTED_PROTOCOL: /* what came is not HTTP; our own scheme was looked at before */
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
		return SRVCLIENT_MALFORMED;
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		/* A server that speaks TLS 1.3 refuses our certificate after the handshake: an alert, no error of a
		 * socket. */
		if (t->https && curl_easy_getinfo(t->curl, CURLINFO_OS_ERRNO, &os_error) == CURLE_OK && os_error == 0 &&
		    strstr(t->said, "alert") != NULL)
			return SRVCLIENT_TLS;
		return SRVCLIENT_TRANSPORT;
	default:
		return SRVCLIENT_TRANSPORT;
	}
}

static void
explain(const struct transport *t, CURLcode code, enum srvclient_err err, struct srv_reason *why)
{
	const char *said = t->said[0] != '\0' ? t->said : curl_easy_strerror(code);
	curl_off_t connected = 0;

	switch (err) {
	case SRVCLIENT_TIMEOUT:
		(void)curl_easy_getinfo(t->curl, CURLINFO_PRETRANSFER_TIME_T, &connected);
		(void)srv_fail(
		    why, SRV_EIO, connected > 0 ? "no answer in time" : "cannot connect: no connection in time");
		return;
	case SRVCLIENT_LIMIT:
		(void)srv_fail(why, SRV_ELIMIT, "the answer is too large");
		return;
	case SRVCLIENT_MEMORY:
		(void)srv_fail(why, SRV_ENOMEM, "out of memory");
		return;
	case SRVCLIENT_MALFORMED:
		(void)srv_fail(why, SRV_EINVAL, "the answer is not HTTP: %s", said);
		return;
	default:
		(void)srv_fail(why, SRV_EIO,
		    code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ? "cannot connect: %s" : "%s",
		    said);
	}
}

enum srvclient_err
transport_post(
    struct transport *t, const struct transport_request *r, struct buf *answer, int *status, struct srv_reason *why)
{
	CURL *curl = t->curl;
	CURLcode code = CURLE_OK;
	struct curl_slist *lines = NULL;
	enum srvclient_err err;
	bool failed = false;
	long got = 0;

	add_line(&lines, &failed, "Content-Type", r->content_type);
	if (r->action != NULL)
		add_line(&lines, &failed, "SOAPAction", r->action);
	add_line(&lines, &failed, "Expect", ""); /* the body is sent at once */
	if (failed)
		code = CURLE_OUT_OF_MEMORY;
	t->answer = answer;
	t->head = 0;
	t->over = false;
	t->said[0] = '\0';
	SET(CURLOPT_HTTPHEADER, lines);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	SET(CURLOPT_POSTFIELDS, r->body);
	if (code == CURLE_OK)
		code = perform(curl);
	if ((err = verdict(t, code)) == SRVCLIENT_OK) {
		(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &got);
		*status = (int)got;
	} else {
		explain(t, code, err, why);
	}
	/* The handle outlives what it was lent. */
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
	(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(lines);
	t->answer = NULL;
	return err;
}
