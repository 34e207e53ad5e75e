/* Why: a file that is named in the configuration may be anything: missing, a pipe that would block for ever, a key that
 * everybody on the host can read, one that asks for a passphrase on a terminal which nobody sits at. Each
 * is told in one line. What was judged is what is read: the mode is that of the open file, not of its name.
 * Called by tls.c, at start and for a reload. */
#include "tls_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (8 << 20) /* bytes; chains are a few thousand */

const char *
tls_file_refusal(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text != NULL ? text : "refused";
}

static enum srv_err
cannot_read(const char *word, struct srv_reason *why)
{
	return srv_fail(why, errno == ENOENT ? SRV_ENOENT : SRV_EIO, "%s: %s", word, strerror(errno));
}

static enum srv_err
judge(int fd, const char *word, bool secret, struct srv_reason *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return cannot_read(word, why);
	if (!S_ISREG(st.st_mode))
		return srv_fail(why, SRV_EINVAL, "%s: not a file", word);
	if (st.st_size > FILE_MAX)
		return srv_fail(why, SRV_EINVAL, "%s: the file is too large", word);
	if (secret && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return srv_fail(why, SRV_EINVAL,
		    "%s: the file is open to its group or to others (mode %03o); chmod 600 it", word,
		    (unsigned)(st.st_mode & 0777));
	return SRV_OK;
}

/* The memory is wiped when it is freed, as all that a BIO of this kind holds. */
static enum srv_err
read_all(int fd, const char *word, BIO *into, struct srv_reason *why)
{
	char bytes[4096];
	size_t all = 0;
	enum srv_err err = SRV_OK;
	ssize_t n;

	while (err == SRV_OK && (n = read(fd, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno != EINTR)
			err = cannot_read(word, why);
		else if (n > 0 && (all += (size_t)n) > FILE_MAX)
			err = srv_fail(why, SRV_EINVAL, "%s: the file is too large", word);
		else if (n > 0 && BIO_write(into, bytes, (int)n) != n)
			err = srv_fail(why, SRV_ENOMEM, "%s: out of memory", word);
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return err;
}

static enum srv_err
open_file(const char *path, const char *word, bool secret, BIO **out, struct srv_reason *why)
{
	/* Without O_NONBLOCK a pipe would hold us until somebody writes to it. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	BIO *bio = NULL;
	enum srv_err err;

	if (fd < 0)
		return cannot_read(word, why);
	err = judge(fd, word, secret, why);
	if (err != SRV_OK)
		goto out;
	bio = BIO_new(BIO_s_mem());
	if (bio == NULL) {
		err = srv_fail(why, SRV_ENOMEM, "%s: out of memory", word);
		goto out;
	}
	err = read_all(fd, word, bio, why);
out:
	close(fd);
	if (err != SRV_OK)
		BIO_free(bio);
	else
		*out = bio;
	return err;
}

/* OpenSSL's own would ask on the terminal. */
static int
no_passphrase(char *to, int size, int writing, void *arg)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

enum srv_err
tls_file_certificates(const char *path, const char *word, struct stack_st_X509 **out, struct srv_reason *why)
{
	struct stack_st_X509 *list = NULL;
	BIO *bio = NULL;
	X509 *one;
	enum srv_err err = open_file(path, word, false, &bio, why);

	if (err != SRV_OK)
		return err;
	ERR_clear_error();
	list = sk_X509_new_null();
	while (list != NULL && (one = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
		if (sk_X509_push(list, one) > 0)
			continue;
		X509_free(one);
		sk_X509_pop_free(list, X509_free);
		list = NULL;
	}
	if (list == NULL)
		err = srv_fail(why, SRV_ENOMEM, "%s: out of memory", word);
	else if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		err = srv_fail(why, SRV_EINVAL, "%s: damaged: %s", word, tls_file_refusal());
	else if (sk_X509_num(list) == 0)
		err = srv_fail(why, SRV_EINVAL, "%s: no certificate in PEM is in the file", word);
	ERR_clear_error();
	BIO_free(bio);
	if (err != SRV_OK)
		sk_X509_pop_free(list, X509_free);
	else
		*out = list;
	return err;
}

enum srv_err
tls_file_key(const char *path, const char *word, EVP_PKEY **out, struct srv_reason *why)
{
	EVP_PKEY *key;
	BIO *bio = NULL;
	enum srv_err err = open_file(path, word, true, &bio, why);

	if (err != SRV_OK)
		return err;
	ERR_clear_error();
	key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (key == NULL)
		return srv_fail(
		    why, SRV_EINVAL, "%s: no private key in PEM without a passphrase: %s", word, tls_file_refusal());
	ERR_clear_error();
	*out = key;
	return SRV_OK;
}
