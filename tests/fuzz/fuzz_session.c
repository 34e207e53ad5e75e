/* Tickets as text, and what is known of them. An input is lines: a letter that says what to do, then the ticket's text:
 * `p` and `c` look (session_peek, session_check), `u` uses, `o` logs out, and `a` puts one of four tickets into the
 * store by another hand. A model of four bits says what must come out: no ticket but these is ever good, and none
 * behind its logout. */
#include "fuzz.h"

#include "../../impl/base/log.h"
#include "../../impl/session/session.h"
#include "../../impl/session/ticket.h"
#include "../unit/tempdir.h"

#define TICKETS 4
#define LINES_MAX 24

static struct {
	char dir[TEMP_PATH_MAX];
	struct store *store;
	struct sessions *sessions;
	bool alive[TICKETS];
} s;

static const uint8_t tickets[TICKETS][TICKET_BYTES] = {{0x00}, {0x01, 0xff}, {0xab, 0xcd, 0xef}, {0xff}};

static void
end(void)
{
	sessions_free(&s.sessions);
	store_close(&s.store);
	temp_remove(s.dir);
}

static void
make_once(void)
{
	const struct sessions_conf lives = {30, 90};
	struct store_user user = {.username = (char *)(uintptr_t) "a",
	    .password_hash = (char *)(uintptr_t) "!",
	    .first_name = (char *)(uintptr_t) "",
	    .last_name = (char *)(uintptr_t) "",
	    .email = (char *)(uintptr_t) "",
	    .language = (char *)(uintptr_t) "",
	    .enabled = true,
	    .may_have_ticket = true};
	char database[TEMP_PATH_MAX];
	struct srv_reason why;
	int64_t id;

	if (s.store != NULL)
		return;
	log_init(LOG_LEVEL_ERROR);
	temp_make(s.dir);
	MUST(store_open(temp_join(database, s.dir, "srv.db"), true, 2, &s.store, &why) == SRV_OK);
	MUST(store_user_add(s.store, &user, &id) == SRV_OK && id == 1);
	MUST(sessions_new(s.store, &lives, NULL, &s.sessions) == SRV_OK);
	atexit(end);
}

static void
put(int i)
{
	uint8_t hash[TICKET_HASH_BYTES];
	wall_t now = clock_wall();

	if (s.alive[i])
		return;
	ticket_hash(tickets[i], hash);
	MUST(store_ticket_add(s.store, hash, 1, "", now, (wall_t){now.s + 86400}) == SRV_OK);
	s.alive[i] = true;
}

/* Which of the four a text is; -1: none. What parses is 36 characters, and the same in every spelling. */
static int
which(const char *text)
{
	uint8_t bytes[TICKET_BYTES], again[TICKET_BYTES];
	char written[TICKET_TEXT_LEN + 1];

	if (!ticket_parse(text, bytes))
		return -1;
	ticket_format(bytes, written);
	MUST(strlen(text) == TICKET_TEXT_LEN && strcasecmp(text, written) == 0);
	MUST(ticket_parse(written, again) && memcmp(bytes, again, sizeof bytes) == 0);
	for (int i = 0; i < TICKETS; i++)
		if (memcmp(bytes, tickets[i], sizeof bytes) == 0)
			return i;
	return -1;
}

static void
look(char how, const char *text)
{
	const struct session *session = NULL;
	wall_t expires;
	int i = which(text);
	enum srv_err want = i >= 0 && s.alive[i] ? SRV_OK : SRV_ETICKET, got;

	got = how == 'p' ? session_peek(s.sessions, text, false, &session, &expires)
			 : session_check(s.sessions, text, how == 'u', &session, &expires);
	MUST(got == want || (how == 'p' && got == SRV_EAGAIN));
	MUST((session != NULL) == (got == SRV_OK));
	session_unref(&session);
}

static void
log_out(const char *text)
{
	int i = which(text);
	enum srv_err err = session_logout(s.sessions, text);

	MUST(err == (i >= 0 && s.alive[i] ? SRV_OK : SRV_ETICKET));
	if (err == SRV_OK)
		s.alive[i] = false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all = fuzz_string(data, size), *rest = all, *line;

	make_once();
	for (int n = 0; n < LINES_MAX && (line = strsep(&rest, "\n")) != NULL; n++) {
		if (line[0] == 'p' || line[0] == 'c' || line[0] == 'u')
			look(line[0], line + 1);
		else if (line[0] == 'o')
			log_out(line + 1);
		else if (line[0] == 'a')
			put(line[1] & 3);
	}
	/* The next input finds the same. */
	for (int i = 0; i < TICKETS; i++) {
		char text[TICKET_TEXT_LEN + 1];
		ticket_format(tickets[i], text);
		if (s.alive[i])
			log_out(text);
	}
	free(all);
	return 0;
}
