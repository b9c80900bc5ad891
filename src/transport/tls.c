/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: OpenSSL gets no descriptor but a BIO of ours, between it and
 * the transport below. What it reads comes from there and never waits. What it
 * writes is taken at once, a record at a time, and sent on as far as the kernel
 * takes it; the rest is `unsent`. So no call of OpenSSL has to be repeated with the
 * same bytes, and an alert can always be queued behind them.
 *
 * A stream must be able to end on a path that takes no more: plain TCP queues a FIN
 * behind whatever is there. An alert takes room in the send buffer, so data stop
 * before that is full. Where the other end's FIN comes without an alert, OpenSSL is
 * not told that the file has ended: it would take that for fatal, and end this end's
 * direction as well.
 *
 * Kernel TLS (SSL_sendfile) has no place here: the kernel would need the records.
 *
 * What the parent has mapped, every fork(2) copies the tables of. So OpenSSL is
 * loaded by the first who wants TLS, and a plain connection is no dearer for it;
 * a static program has it linked in.
 */
#include "tls.h"

#include <stdio.h>

#ifdef HAVE_OPENSSL

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "transport.h"
#include "wait.h"

/* Every function of OpenSSL that is called here. Many others are macros around one
 * of these. */
#define FUNCTIONS(F)                                                                               \
	F(ASN1_INTEGER_set) F(BIO_clear_flags) F(BIO_get_data) F(BIO_meth_free) F(BIO_meth_new)     \
	F(BIO_meth_set_ctrl) F(BIO_meth_set_read) F(BIO_meth_set_write) F(BIO_new) F(BIO_set_data)  \
	F(BIO_set_flags) F(BIO_set_init) F(ERR_clear_error) F(ERR_peek_error)                       \
	F(ERR_reason_error_string) F(EVP_PKEY_Q_keygen) F(EVP_PKEY_free) F(EVP_sha256)              \
	F(SSL_CTX_check_private_key) F(SSL_CTX_ctrl) F(SSL_CTX_free) F(SSL_CTX_get0_certificate)    \
	F(SSL_CTX_get_cert_store) F(SSL_CTX_load_verify_file) F(SSL_CTX_new)                        \
	F(SSL_CTX_set_alpn_protos) F(SSL_CTX_set_default_passwd_cb)                                 \
	F(SSL_CTX_set_default_verify_paths) F(SSL_CTX_set_num_tickets) F(SSL_CTX_set_options)       \
	F(SSL_CTX_set_verify) F(SSL_CTX_use_PrivateKey) F(SSL_CTX_use_PrivateKey_file)              \
	F(SSL_CTX_use_certificate) F(SSL_CTX_use_certificate_chain_file)                            \
	F(SSL_alert_desc_string_long) F(SSL_ctrl) F(SSL_do_handshake) F(SSL_free) F(SSL_get0_param) \
	F(SSL_get_error) F(SSL_get_verify_result) F(SSL_get_version) F(SSL_is_init_finished)        \
	F(SSL_new) F(SSL_peek_ex) F(SSL_pending) F(SSL_read_ex) F(SSL_set_accept_state)             \
	F(SSL_set_bio) F(SSL_set_connect_state) F(SSL_shutdown) F(SSL_write_ex)                     \
	F(TLS_client_method) F(TLS_server_method) F(X509V3_EXT_conf_nid) F(X509V3_set_ctx)          \
	F(X509_EXTENSION_free) F(X509_NAME_add_entry_by_txt) F(X509_STORE_add_cert)                 \
	F(X509_VERIFY_PARAM_set1_host) F(X509_VERIFY_PARAM_set1_ip_asc) F(X509_add_ext)             \
	F(X509_free) F(X509_get_serialNumber) F(X509_get_subject_name) F(X509_getm_notAfter)        \
	F(X509_getm_notBefore) F(X509_gmtime_adj) F(X509_new) F(X509_set_issuer_name)               \
	F(X509_set_pubkey) F(X509_set_version) F(X509_sign) F(X509_verify_cert_error_string)

struct library {
#define F(name) __typeof__(name) *(name);
	FUNCTIONS(F)
#undef F
};

#ifdef OPENSSL_LINKED
static const struct library library = {
#define F(name) .name = name,
	FUNCTIONS(F)
#undef F
};

static int
load(char error[static TLS_ERROR_MAX])
{
	(void)error;
	return 0;
}
#else
#include <dlfcn.h>

static struct library library;

/* Returns 0, or -1 with one line in ERROR. */
static int
load(char error[static TLS_ERROR_MAX])
{
	static bool loaded;
	void *handle, *symbol;

	if (loaded)
		return 0;
	handle = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
		goto failed;
	/* dlsym(3) gives an object pointer, which ISO C does not convert. */
#define F(name)                                                                        \
	if ((symbol = dlsym(handle, #name)) == NULL)                                   \
		goto failed;                                                           \
	memcpy(&library.name, &symbol, sizeof(symbol));
	FUNCTIONS(F)
#undef F
	loaded = true;
	return 0;
failed:
	snprintf(error, TLS_ERROR_MAX, "cannot use TLS: %s", dlerror());
	return -1;
}
#endif

/* The longest record, and room for what OpenSSL adds by itself: alerts, the answers
 * to KeyUpdate. */
#define RECORD_MAX 16384
#define UNSENT_MAX ((size_t)2 * RECORD_MAX)

/* A record shorter than that is not worth its frame while the path is full. */
#define RECORD_LEAST 256

/* What one call of OpenSSL may read, several records: of those without data it would
 * take any number, for as long as a peer sends them, and nobody look at the clock. */
#define READ_MOST ((size_t)4 * RECORD_MAX)

struct tls {
	SSL_CTX *context;
	BIO_METHOD *method;
	bool service;
	bool insecure; /* any certificate will do */
	char name[256]; /* that the certificate must have; "": the host's */
	enum tls_half_close half_close;
};

/* One connection. */
struct session {
	struct transport below; /* its descriptor is the caller's to close */
	const struct tls *tls;
	SSL *ssl;
	struct transport_tls facts;
	int error;       /* errno of the transport below in the call that runs */
	size_t read;     /* bytes that this call has read */
	int broken;      /* errno of what ended TLS for good, or 0 */
	bool ended;      /* the FIN of the other end is here, no alert in front of it */
	bool sealed;     /* close_notify is among what was written */
	int64_t seal;    /* bytes that it takes */
	bool aborting;
	size_t unsent_from, unsent_to;
	uint8_t unsent[UNSENT_MAX];
};

/* The BIO. -------------------------------------------------------------------------- */

static bool
can_wait(int error)
{
	return error == EAGAIN || error == EINTR;
}

static int
take(BIO *bio, char *to, int length)
{
	struct session *s = library.BIO_get_data(bio);
	ssize_t got = -1;

	if (s->read >= READ_MOST)
		errno = EAGAIN;
	else
		got = s->below.ops->receive(&s->below, to, (size_t)length, MSG_DONTWAIT);
	library.BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
	if (got < 0) {
		s->error = errno;
		if (can_wait(errno))
			library.BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
	} else if (got == 0)
		s->ended = true;
	else
		s->read += (size_t)got;
	return (int)got;
}

static int
put(BIO *bio, const char *data, int length)
{
	struct session *s = library.BIO_get_data(bio);

	library.BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
	if ((size_t)length > UNSENT_MAX - s->unsent_to) {
		/* A peer that makes us answer, and reads no answer. */
		s->error = ENOBUFS;
		return -1;
	}
	memcpy(s->unsent + s->unsent_to, data, (size_t)length);
	s->unsent_to += (size_t)length;
	return length;
}

/* No BIO_CTRL_EOF: see the theory of operation. */
static long
control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

/* Sends what was written, as far as it is taken. 0, or -1 with errno. */
static int
flush(struct session *s)
{
	while (s->unsent_from < s->unsent_to) {
		ssize_t taken = s->below.ops->send(&s->below, s->unsent + s->unsent_from,
		                                   s->unsent_to - s->unsent_from);

		if (taken < 0)
			return -1;
		s->unsent_from += (size_t)taken;
	}
	s->unsent_from = s->unsent_to = 0;
	return 0;
}

/* As flush; what can only wait is no error. */
static int
flush_some(struct session *s)
{
	return flush(s) == -1 && !can_wait(errno) ? -1 : 0;
}

/* The operations. ------------------------------------------------------------------- */

/* Why a call of OpenSSL, which returned RC, did nothing: 0 for the end of the stream,
 * -1 with errno. EBADMSG: what came is not what was sent; EPROTO: the other end says
 * so of what it got, or ended TLS with another alert. */
static int
reason(struct session *s, int rc)
{
	int kind = library.SSL_get_error(s->ssl, rc);
	int alert;

	if (kind == SSL_ERROR_ZERO_RETURN) {
		s->facts.notify_seen = true;
		return 0;
	}
	if (s->error != 0) {
		errno = s->error;
		return -1;
	}
	if (s->ended)
		return 0;
	if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
		errno = EAGAIN;
		return -1;
	}
	alert = ERR_GET_REASON(library.ERR_peek_error()) - SSL_AD_REASON_OFFSET;
	s->broken = errno = alert >= 0 ? EPROTO : EBADMSG;
	return -1;
}

static void
begin(struct session *s)
{
	s->error = 0;
	s->read = 0;
	library.ERR_clear_error();
}

/* How many of LENGTH bytes may go into a record, so that the send buffer keeps room
 * for an alert. Full is less than what wakes poll(2), a third of it free. What a
 * record takes there may be twice its length. */
static size_t
room(const struct session *s, size_t length)
{
	uint32_t memory[SK_MEMINFO_VARS];
	socklen_t size = sizeof(memory);
	int64_t left;

	if (length > RECORD_MAX)
		length = RECORD_MAX;
	if (getsockopt(s->below.fd, SOL_SOCKET, SO_MEMINFO, memory, &size) == -1)
		return length;
	left = ((int64_t)memory[SK_MEMINFO_SNDBUF] * 7 / 8 - memory[SK_MEMINFO_WMEM_QUEUED]) / 2;
	if (left < RECORD_LEAST)
		return 0;
	return (int64_t)length < left ? length : (size_t)left;
}

/* How many of LENGTH bytes can be sent now, or -1 with errno. */
static ssize_t
sendable(struct session *s, size_t length)
{
	if (s->broken != 0) {
		errno = s->broken;
		return -1;
	}
	if (flush(s) == -1)
		return -1;
	if (length == 0)
		return 0;
	length = room(s, length);
	if (length > 0)
		return (ssize_t)length;
	errno = EAGAIN;
	return -1;
}

static ssize_t
send_record(struct session *s, const void *data, size_t length)
{
	size_t taken;

	begin(s);
	if (library.SSL_write_ex(s->ssl, data, length, &taken) != 1) {
		if (reason(s, 0) == 0)
			errno = EPIPE;
		return -1;
	}
	return flush_some(s) == -1 ? -1 : (ssize_t)taken;
}

static ssize_t
tls_send(struct transport *transport, const void *data, size_t length)
{
	struct session *s = transport->below;
	ssize_t now = sendable(s, length);

	return now > 0 ? send_record(s, data, (size_t)now) : now;
}

static ssize_t
tls_send_file(struct transport *transport, int file, off_t offset, size_t length)
{
	struct session *s = transport->below;
	uint8_t block[RECORD_MAX];
	ssize_t now = sendable(s, length);

	if (now > 0)
		now = pread(file, block, (size_t)now, offset);
	return now > 0 ? send_record(s, block, (size_t)now) : now;
}

static ssize_t
tls_receive(struct transport *transport, void *to, size_t length, int flags)
{
	struct session *s = transport->below;
	uint8_t dropped[RECORD_MAX];
	size_t got;
	int rc;

	if (s->facts.notify_seen || s->ended)
		return 0;
	if (s->broken != 0) {
		errno = s->broken;
		return -1;
	}
	if (to == NULL) {
		to = dropped;
		length = length < sizeof(dropped) ? length : sizeof(dropped);
	}
	begin(s);
	rc = flags & MSG_PEEK ? library.SSL_peek_ex(s->ssl, to, length, &got)
	                      : library.SSL_read_ex(s->ssl, to, length, &got);
	if (rc == 1)
		return (ssize_t)got;
	rc = reason(s, rc);

	/* The answers to what was no data, or the alert that says what is wrong. */
	int error = errno;

	(void)flush_some(s); /* an error shows when this end sends, as with TCP */
	errno = error;
	return rc;
}

static int64_t
tls_pending(const struct transport *transport)
{
	return library.SSL_pending(((const struct session *)transport->below)->ssl);
}

static bool
tls_unsent(const struct transport *transport)
{
	const struct session *s = transport->below;

	return s->unsent_from < s->unsent_to;
}

static int
tls_cork(struct transport *transport)
{
	struct session *s = transport->below;

	return s->below.ops->cork(&s->below);
}

/* Puts close_notify behind what was written, once. */
static int
seal(struct session *s)
{
	size_t before = s->unsent_to - s->unsent_from;

	if (s->sealed)
		return 0;
	if (s->broken != 0) {
		errno = s->broken;
		return -1;
	}
	begin(s);
	if (library.SSL_shutdown(s->ssl) < 0 && reason(s, -1) == -1)
		return -1;
	s->sealed = true;
	s->seal = (int64_t)(s->unsent_to - s->unsent_from - before);
	return 0;
}

static int
tls_close_write(struct transport *transport)
{
	struct session *s = transport->below;
	const int off = 0;

	if (s->tls->half_close != TLS_FIN && seal(s) == -1)
		return -1;
	if (flush(s) == -1)
		return -1;
	s->facts.notify_sent = s->sealed;
	if (s->tls->half_close != TLS_CLOSE_NOTIFY) {
		if (s->below.ops->close_write(&s->below) == -1)
			return -1;
		s->facts.fin_sent = true;
		return 0;
	}
	/* No FIN pushes what is corked. */
	return setsockopt(s->below.fd, IPPROTO_TCP, TCP_CORK, &off, sizeof(off));
}

static int
tls_abort(struct transport *transport)
{
	struct session *s = transport->below;

	s->aborting = true;
	return s->below.ops->abort(&s->below);
}

/* In bytes of the wire, records and all; but the end of the stream counts as one
 * byte, as a FIN does. */
static void
tls_evidence(const struct transport *transport, struct tcp_evidence *evidence)
{
	const struct session *s = transport->below;
	int64_t end = s->seal + s->facts.fin_sent;

	s->below.ops->evidence(&s->below, evidence);
	if (!evidence->known)
		return;
	evidence->receive_queue += library.SSL_pending(s->ssl);
	evidence->send_queue += (int64_t)(s->unsent_to - s->unsent_from);
	if (end > 0 && evidence->send_queue > 0)
		evidence->send_queue = evidence->send_queue > end ? evidence->send_queue - end + 1 : 1;
}

static const struct transport_tls *
tls_facts(const struct transport *transport)
{
	return &((const struct session *)transport->below)->facts;
}

static void
free_session(struct session *s)
{
	if (s != NULL)
		library.SSL_free(s->ssl);
	free(s);
}

/* A stream that just ends deserves its alert; one that is broken off must not look
 * as if it were complete. */
static void
tls_release(struct transport *transport)
{
	struct session *s = transport->below;

	if (!s->aborting && s->broken == 0 && s->tls->half_close != TLS_FIN && seal(s) == 0)
		(void)flush(s); /* what the kernel does not take now is lost, as its socket is */
	free_session(s);
}

static const struct transport_ops tls_ops = {
	.send_file = tls_send_file,
	.send = tls_send,
	.receive = tls_receive,
	.pending = tls_pending,
	.unsent = tls_unsent,
	.cork = tls_cork,
	.close_write = tls_close_write,
	.abort = tls_abort,
	.evidence = tls_evidence,
	.tls = tls_facts,
	.release = tls_release,
};

/* The handshake. -------------------------------------------------------------------- */

static bool
is_address(const char *host)
{
	uint8_t address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* Whose name it is, and to whom it is said (RFC 6066 section 3: no addresses). */
static bool
set_name(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *parameters = library.SSL_get0_param(ssl);

	if (is_address(name))
		return library.X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1;
	return library.SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
	                        (char *)(uintptr_t)name) == 1
	       && library.X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1;
}

/* What is wrong with a certificate, as a clause. */
static void
say_certificate(long result, const char *name, char error[static TLS_ERROR_MAX])
{
	switch (result) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		snprintf(error, TLS_ERROR_MAX, "the certificate has expired");
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		snprintf(error, TLS_ERROR_MAX, "the certificate is not valid yet");
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		snprintf(error, TLS_ERROR_MAX,
		         "the certificate is not for \"%.255s\"; use --tls-server-name if it is for another name",
		         name);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		snprintf(error, TLS_ERROR_MAX,
		         "the certificate is self-signed and not trusted; use --tls-ca to trust it");
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		snprintf(error, TLS_ERROR_MAX,
		         "the certificate was issued by an unknown authority; use --tls-ca to trust it");
		break;
	default:
		snprintf(error, TLS_ERROR_MAX, "the certificate is not valid: %s",
		         library.X509_verify_cert_error_string(result));
	}
}

/* What OpenSSL says, in our words where its own are for insiders. */
static void
say_failure(const struct session *s, char error[static TLS_ERROR_MAX])
{
	unsigned long code = library.ERR_peek_error();
	int why = ERR_GET_REASON(code), alert = why - SSL_AD_REASON_OFFSET;
	const char *text = library.ERR_reason_error_string(code);

	if (s->error != 0)
		snprintf(error, TLS_ERROR_MAX, "the handshake failed: %s", strerror(s->error));
	else if (s->ended)
		snprintf(error, TLS_ERROR_MAX, "the connection was closed during the handshake");
	else if (why == SSL_R_WRONG_VERSION_NUMBER || why == SSL_R_HTTP_REQUEST)
		snprintf(error, TLS_ERROR_MAX, "the other end does not speak TLS");
	else if (why == SSL_R_UNSUPPORTED_PROTOCOL)
		snprintf(error, TLS_ERROR_MAX, "the other end has no version of TLS that is allowed here");
	else if (alert >= 0)
		snprintf(error, TLS_ERROR_MAX, "the other end refused the handshake: %s",
		         library.SSL_alert_desc_string_long(alert));
	else
		snprintf(error, TLS_ERROR_MAX, "the handshake failed: %s",
		         text != NULL ? text : "unknown reason");
}

/* OpenSSL hangs up on a client that speaks no TLS. It may be one of ours, and this is how
 * it learns why: an alert in clear, protocol_version (RFC 8446 section 6.2). */
static void
hint(struct session *s)
{
	static const uint8_t alert[] = { 21, 3, 1, 0, 2, 2, 70 };

	if (s->tls->service && ERR_GET_REASON(library.ERR_peek_error()) == SSL_R_WRONG_VERSION_NUMBER
	    && s->unsent_to == 0) {
		memcpy(s->unsent, alert, sizeof(alert));
		s->unsent_to = sizeof(alert);
	}
}

/* Returns 0, or -1 with a clause in ERROR; errno is EINTR for *STOP. */
static int
shake_hands(struct session *s, const char *name, int64_t deadline, const volatile int *stop,
            char error[static TLS_ERROR_MAX])
{
	for (;;) {
		int rc, kind;
		bool blocked;
		long result;

		begin(s);
		rc = library.SSL_do_handshake(s->ssl);
		kind = rc == 1 ? SSL_ERROR_NONE : library.SSL_get_error(s->ssl, rc);
		if (rc != 1 && kind != SSL_ERROR_WANT_READ) {
			/* It has one even where nobody minds. */
			result = library.SSL_get_verify_result(s->ssl);
			if (result != X509_V_OK && !s->tls->insecure)
				say_certificate(result, name, error);
			else
				say_failure(s, error);
			hint(s);
			(void)flush(s); /* the alert that tells the other end */
			errno = EPROTO;
			return -1;
		}
		if (flush_some(s) == -1) {
			snprintf(error, TLS_ERROR_MAX, "the handshake failed: %s", strerror(errno));
			return -1;
		}
		blocked = s->unsent_from < s->unsent_to;
		if (rc == 1 && !blocked)
			return 0;
		/* A socket that is always ready never times out. */
		errno = ETIMEDOUT;
		if (clock_now() >= deadline
		    || wait_ready(s->below.fd, (short)((rc == 1 ? 0 : POLLIN) | (blocked ? POLLOUT : 0)), deadline,
		                  stop) == -1) {
			int problem = errno;

			snprintf(error, TLS_ERROR_MAX,
			         problem == ETIMEDOUT ? "the handshake did not end in time"
			                              : "the handshake failed: %s",
			         strerror(problem));
			errno = problem;
			return -1;
		}
	}
}

static struct session *
new_session(const struct tls *tls, const struct transport *transport)
{
	struct session *s = calloc(1, sizeof(*s));
	BIO *bio;

	if (s == NULL)
		return NULL;
	s->below = *transport;
	s->tls = tls;
	s->ssl = library.SSL_new(tls->context);
	bio = library.BIO_new(tls->method);
	if (s->ssl == NULL || bio == NULL) {
		free_session(s);
		return NULL;
	}
	library.BIO_set_data(bio, s);
	library.BIO_set_init(bio, 1);
	library.SSL_set_bio(s->ssl, bio, bio);
	return s;
}

/* As tls_connect and tls_accept; NAME is NULL for the latter. */
static int
establish(const struct tls *tls, struct transport *transport, const char *name, int64_t deadline,
          const volatile int *stop, char error[static TLS_ERROR_MAX])
{
	struct session *s = new_session(tls, transport);

	if (s == NULL || (name != NULL && !set_name(s->ssl, name))) {
		snprintf(error, TLS_ERROR_MAX, "cannot prepare the handshake: out of memory");
		free_session(s);
		errno = ENOMEM;
		return -1;
	}
	if (name != NULL)
		library.SSL_set_connect_state(s->ssl);
	else
		library.SSL_set_accept_state(s->ssl);
	if (shake_hands(s, name != NULL ? name : "", deadline, stop, error) == -1) {
		int problem = errno;

		free_session(s);
		errno = problem;
		return -1;
	}
	snprintf(s->facts.version, sizeof(s->facts.version), "%s", library.SSL_get_version(s->ssl));
	transport->ops = &tls_ops;
	transport->below = s;
	return 0;
}

int
tls_connect(const struct tls *tls, struct transport *transport, const char *host, int64_t deadline,
            const volatile int *stop, char error[static TLS_ERROR_MAX])
{
	return establish(tls, transport, *tls->name != '\0' ? tls->name : host, deadline, stop, error);
}

int
tls_accept(const struct tls *tls, struct transport *transport, int64_t deadline,
           const volatile int *stop, char error[static TLS_ERROR_MAX])
{
	return establish(tls, transport, NULL, deadline, stop, error);
}

/* What connections have in common. --------------------------------------------------- */

/* OpenSSL would ask at the terminal. */
static int
no_passphrase(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static struct tls *
new_tls(bool service, char error[static TLS_ERROR_MAX])
{
	struct tls *tls;

	if (load(error) == -1)
		return NULL;
	tls = calloc(1, sizeof(*tls));
	if (tls == NULL)
		goto failed;
	tls->service = service;
	tls->half_close = TLS_BOTH;
	tls->context = library.SSL_CTX_new(service ? library.TLS_server_method() : library.TLS_client_method());
	tls->method = library.BIO_meth_new(BIO_TYPE_SOURCE_SINK, PACKAGE);
	if (tls->context == NULL || tls->method == NULL
	    || library.BIO_meth_set_read(tls->method, take) != 1
	    || library.BIO_meth_set_write(tls->method, put) != 1
	    || library.BIO_meth_set_ctrl(tls->method, control) != 1)
		goto failed;
	library.SSL_CTX_ctrl(tls->context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
	library.SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	library.SSL_CTX_ctrl(tls->context, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL);
	library.SSL_CTX_set_default_passwd_cb(tls->context, no_passphrase);
	return tls;
failed:
	snprintf(error, TLS_ERROR_MAX, "cannot use TLS: out of memory");
	tls_free(tls);
	return NULL;
}

void
tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	library.SSL_CTX_free(tls->context);
	library.BIO_meth_free(tls->method);
	free(tls);
}

static const char *
problem(void)
{
	unsigned long code = library.ERR_peek_error();
	const char *text = library.ERR_reason_error_string(code);

	if (ERR_SYSTEM_ERROR(code))
		return strerror(ERR_GET_REASON(code));
	return text != NULL ? text : "unknown reason";
}

/* The protocol as ALPN has it (RFC 7301 section 3.1). */
static bool
set_protocol(SSL_CTX *context, const char *protocol)
{
	uint8_t list[256];
	size_t length = strlen(protocol);

	list[0] = (uint8_t)length;
	memcpy(list + 1, protocol, length);
	return library.SSL_CTX_set_alpn_protos(context, list, (unsigned)length + 1) == 0;
}

struct tls *
tls_tester(const struct tls_trust *trust, char error[static TLS_ERROR_MAX])
{
	struct tls *tls = new_tls(false, error);
	X509_STORE *store;

	if (tls == NULL)
		return NULL;
	tls->insecure = trust->insecure;
	tls->half_close = trust->half_close;
	if (trust->name != NULL)
		snprintf(tls->name, sizeof(tls->name), "%s", trust->name);
	if (trust->at_least_1_3)
		library.SSL_CTX_ctrl(tls->context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_3_VERSION, NULL);
	library.SSL_CTX_set_verify(tls->context, trust->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	library.ERR_clear_error();
	if (trust->ca != NULL && library.SSL_CTX_load_verify_file(tls->context, trust->ca) != 1) {
		snprintf(error, TLS_ERROR_MAX, "cannot read certificates from \"%.255s\": %s", trust->ca, problem());
		goto failed;
	}
	store = library.SSL_CTX_get_cert_store(tls->context);
	if ((trust->ca == NULL && library.SSL_CTX_set_default_verify_paths(tls->context) != 1)
	    || (trust->also != NULL
	        && library.X509_STORE_add_cert(store, library.SSL_CTX_get0_certificate(trust->also->context))
	                   != 1)
	    || (trust->protocol != NULL && !set_protocol(tls->context, trust->protocol))) {
		snprintf(error, TLS_ERROR_MAX, "cannot use TLS: %s", problem());
		goto failed;
	}
	return tls;
failed:
	tls_free(tls);
	return NULL;
}

/* No tickets: a client that never reads would get an RST for them. */
static struct tls *
new_service(char error[static TLS_ERROR_MAX])
{
	struct tls *tls = new_tls(true, error);

	if (tls == NULL)
		return NULL;
	library.SSL_CTX_set_options(tls->context, SSL_OP_NO_TICKET);
	library.SSL_CTX_set_num_tickets(tls->context, 0);
	return tls;
}

struct tls *
tls_service(const char *certificate, const char *key, char error[static TLS_ERROR_MAX])
{
	struct tls *tls = new_service(error);

	if (tls == NULL)
		return NULL;
	if (key == NULL)
		key = certificate;
	library.ERR_clear_error();
	if (library.SSL_CTX_use_certificate_chain_file(tls->context, certificate) != 1) {
		snprintf(error, TLS_ERROR_MAX, "cannot read a certificate from \"%.255s\": %s", certificate,
		         problem());
		goto failed;
	}
	if (library.SSL_CTX_use_PrivateKey_file(tls->context, key, SSL_FILETYPE_PEM) != 1) {
		unsigned long code = library.ERR_peek_error();

		if (ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH)
			snprintf(error, TLS_ERROR_MAX, "the key in \"%.255s\" is not that of the certificate in \"%.200s\"",
			         key, certificate);
		else
			snprintf(error, TLS_ERROR_MAX, "cannot read a private key from \"%.255s\": %s", key, problem());
		goto failed;
	}
	return tls;
failed:
	tls_free(tls);
	return NULL;
}

/* Valid from a day ago, for clocks that are wrong, for a year, for runs that are long. */
#define DAY 86400L

/* Returns the certificate of KEY for NAME, or NULL. */
static X509 *
new_certificate(EVP_PKEY *key, const char *name)
{
	X509 *made = library.X509_new();
	X509_NAME *subject;
	X509_EXTENSION *extension = NULL;
	X509V3_CTX context;
	char text[300];
	bool good = false;

	if (made == NULL)
		return NULL;
	subject = library.X509_get_subject_name(made);
	snprintf(text, sizeof(text), "%s:%s", is_address(name) ? "IP" : "DNS", name);
	library.X509V3_set_ctx(&context, made, made, NULL, NULL, 0);
	extension = library.X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, text);
	good = extension != NULL && library.X509_set_version(made, X509_VERSION_3) == 1
	       && library.ASN1_INTEGER_set(library.X509_get_serialNumber(made), 1) == 1
	       && library.X509_gmtime_adj(library.X509_getm_notBefore(made), -DAY) != NULL
	       && library.X509_gmtime_adj(library.X509_getm_notAfter(made), 365 * DAY) != NULL
	       && library.X509_set_pubkey(made, key) == 1
	       && library.X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	                                             (const unsigned char *)PACKAGE, -1, -1, 0) == 1
	       && library.X509_set_issuer_name(made, subject) == 1
	       && library.X509_add_ext(made, extension, -1) == 1
	       && library.X509_sign(made, key, library.EVP_sha256()) > 0;
	library.X509_EXTENSION_free(extension);
	if (good)
		return made;
	library.X509_free(made);
	return NULL;
}

struct tls *
tls_throw_away(const char *name, char error[static TLS_ERROR_MAX])
{
	struct tls *tls = new_service(error);
	EVP_PKEY *key;
	X509 *certificate = NULL;
	bool good;

	if (tls == NULL)
		return NULL;
	library.ERR_clear_error();
	key = library.EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	if (key != NULL)
		certificate = new_certificate(key, name);
	good = certificate != NULL && library.SSL_CTX_use_certificate(tls->context, certificate) == 1
	       && library.SSL_CTX_use_PrivateKey(tls->context, key) == 1;
	if (!good)
		snprintf(error, TLS_ERROR_MAX, "cannot make a certificate for \"%.255s\": %s", name, problem());
	library.X509_free(certificate);
	library.EVP_PKEY_free(key);
	if (good)
		return tls;
	tls_free(tls);
	return NULL;
}

bool
tls_built_in(void)
{
	return true;
}

#else /* !HAVE_OPENSSL */

static int
say_none(char error[static TLS_ERROR_MAX])
{
	snprintf(error, TLS_ERROR_MAX, "this build has no TLS");
	return -1;
}

bool
tls_built_in(void)
{
	return false;
}

struct tls *
tls_tester(const struct tls_trust *trust, char error[static TLS_ERROR_MAX])
{
	(void)trust;
	say_none(error);
	return NULL;
}

struct tls *
tls_service(const char *certificate, const char *key, char error[static TLS_ERROR_MAX])
{
	(void)certificate;
	(void)key;
	say_none(error);
	return NULL;
}

struct tls *
tls_throw_away(const char *name, char error[static TLS_ERROR_MAX])
{
	(void)name;
	say_none(error);
	return NULL;
}

void
tls_free(struct tls *tls)
{
	(void)tls;
}

int
tls_connect(const struct tls *tls, struct transport *transport, const char *host, int64_t deadline,
            const volatile int *stop, char error[static TLS_ERROR_MAX])
{
	(void)tls;
	(void)transport;
	(void)host;
	(void)deadline;
	(void)stop;
	return say_none(error);
}

int
tls_accept(const struct tls *tls, struct transport *transport, int64_t deadline,
           const volatile int *stop, char error[static TLS_ERROR_MAX])
{
	(void)tls;
	(void)transport;
	(void)deadline;
	(void)stop;
	return say_none(error);
}

#endif
