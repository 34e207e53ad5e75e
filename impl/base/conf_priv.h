/* What the parts of conf share: the table of keys, and the configuration while it is being put together.
 * Only conf*.c may include this. */
#ifndef SRV_BASE_CONF_PRIV_H
#define SRV_BASE_CONF_PRIV_H

#include "conf.h"

enum conf_kind { CONF_KIND_TEXT, CONF_KIND_INT, CONF_KIND_BOOL, CONF_KIND_LIST };

/* Where a value may come from, weakest first. */
enum conf_source { CONF_FROM_DEFAULT, CONF_FROM_FILE, CONF_FROM_ENVIRONMENT, CONF_FROM_FLAG };

struct conf_key {
	const char *name; /* as in a file: base_path */
	enum conf_kind kind;
	const char *fallback; /* the default, as text; NULL is no value */
	int64_t min, max;     /* INT only */
	const char *help;
	size_t offset; /* in struct conf */
};

enum {
#define X(key, ...) CONF_INDEX_##key,
	CONF_KEYS(X)
#undef X
	    CONF_KEY_COUNT
};

#define CONF_NAME_MAX 64 /* bytes of a key's name, as a flag or variable, with its NUL */

extern const struct conf_key conf_key_table[CONF_KEY_COUNT];

/* Where the key's value is: a char *, int64_t, bool or struct conf_list. */
void *conf_key_at(const struct conf *, const struct conf_key *);
/* NULL if there is none of that name. */
const struct conf_key *conf_key_find(const char *name);
/* `--base-path` and `SRVD_BASE_PATH`. Both return out. */
const char *conf_key_flag(const struct conf_key *, char out[CONF_NAME_MAX]);
const char *conf_key_variable(const struct conf_key *, char out[CONF_NAME_MAX]);

struct conf_draft {
	struct conf *conf;                       /* owned until conf_load gives it away */
	enum conf_source source[CONF_KEY_COUNT]; /* of the value that is there */
};

/* Gives a key the value that text spells, if no stronger source has given one. A list takes more items from
 * the same source, and is begun anew by a stronger one. what is the beginning of an error line: `--workers`,
 * `SRVD_WORKERS`, `srv.ini:12: workers`. The text is checked whether or not it is then used.
 * Errors: SRV_EINVAL, SRV_ENOMEM. */
enum srv_err conf_set(struct conf_draft *, const struct conf_key *, enum conf_source, const char *text,
    const char *what, struct srv_reason *why);

/* Reads the file that conf->config_file names. Errors: SRV_ENOENT, SRV_EIO, SRV_EINVAL, SRV_ENOMEM. */
enum srv_err conf_read_file(struct conf_draft *, struct srv_reason *why);

/* What the command line says, before it is applied. */
struct conf_flag {
	const struct conf_key *key;
	const char *value; /* borrowed from argv, or a constant */
};
struct conf_flags {
	struct conf_flag *flag; /* owned, free() */
	size_t count;
	const char *config_file; /* borrowed, or NULL */
	bool test_config, print_config, help, version;
};
/* Errors: SRV_EINVAL, SRV_ENOMEM; *out needs no freeing then. */
enum srv_err conf_read_flags(int argc, char *const argv[], struct conf_flags *out, struct srv_reason *why);

/* True if text, one item of a list or a whole text value, may be the key's value; else *wanted says what may be,
 * as the end of an error line: `ADDR:PORT`. */
bool conf_check(const struct conf_key *, const char *text, const char **wanted);

/* Quotes a value for an error line, cut so that the words around it keep their room. */
#define CONF_QUOTE(s) log_quote((char[96]){0}, 96, (s))

#endif
