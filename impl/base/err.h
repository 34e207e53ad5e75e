/* The one error idiom: what can fail returns enum srv_err, SRV_OK is 0, results leave by out-pointer and
 * are untouched on failure. Anyone may include this. */
#ifndef SRV_BASE_ERR_H
#define SRV_BASE_ERR_H

#define SRV_ERRORS(X)                                       \
	X(SRV_OK, "success")                                \
	X(SRV_ENOMEM, "out of memory")                      \
	X(SRV_EIO, "input/output error")                    \
	X(SRV_ENOENT, "not found")                          \
	X(SRV_EEXIST, "exists already")                     \
	X(SRV_EBUSY, "busy")                                \
	X(SRV_EINVAL, "invalid")                            \
	X(SRV_ELIMIT, "over a limit")                       \
	X(SRV_ECORRUPT, "damaged")                          \
	X(SRV_EVERSION, "made by a newer version")          \
	X(SRV_EAGAIN, "not known without waiting")          \
	X(SRV_ETICKET, "session expired or invalid ticket") \
	X(SRV_ERIGHTS, "insufficient rights")               \
	X(SRV_EAUTH, "authentication failed")               \
	X(SRV_ENOTICKET, "ticket generation not allowed")   \
	X(SRV_EFORMAT, "invalid ticket format")             \
	X(SRV_ESTOPPED, "shutting down")

enum srv_err {
#define X(name, text) name,
	SRV_ERRORS(X)
#undef X
};

/* The words for an error, a constant: for logs and for people, never for the wire. */
const char *srv_err_text(enum srv_err);

/* Why something failed, in words, where the code alone is not enough: one line, no path, no SQL, no
 * secret, because it may reach a caller. Written only on failure. */
struct srv_reason {
	char text[256];
};

/* Fills why (may be NULL) as printf does, cut to fit on a UTF-8 boundary, and returns err, so that one
 * line can say both:  return srv_fail(why, SRV_EINVAL, "line %d: ...", n); */
enum srv_err srv_fail(struct srv_reason *why, enum srv_err err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
