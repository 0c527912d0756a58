#include "core/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>

struct tcs_tls {
	SSL_CTX *ctx;
};

/* The first reason of OpenSSL's queue, which is emptied. */
static const char *
tls_error(void)
{
	unsigned long code = ERR_get_error();
	const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);

	ERR_clear_error();
	return reason == NULL ? "no reason given" : reason;
}

static enum tcs_err
tls_new(const SSL_METHOD *method, struct tcs_tls **ret_tls)
{
	struct tcs_tls *tls = calloc(1, sizeof(*tls));

	if (tls == NULL)
		return TCS_ENOMEM;
	tls->ctx = SSL_CTX_new(method);
	if (tls->ctx == NULL ||
	    SSL_CTX_set_min_proto_version(tls->ctx, TLS1_2_VERSION) != 1) {
		tcs_tls_free(&tls);
		ERR_clear_error();
		return TCS_ENOMEM;
	}
	/* Where a message ends the protocol says: a connection that is cut is
	 * one that was closed. */
	(void)SSL_CTX_set_options(
	    tls->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(tls->ctx, SSL_MODE_RELEASE_BUFFERS);
	*ret_tls = tls;
	return TCS_OK;
}

enum tcs_err
tcs_tls_client_new(
    const char *ca_file, struct tcs_tls **ret_tls, struct tcs_diag *diag)
{
	struct tcs_tls *tls = NULL;
	enum tcs_err err = tls_new(TLS_client_method(), &tls);

	if (err != TCS_OK)
		return err;
	SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
	int is_loaded = ca_file == NULL
	                    ? SSL_CTX_set_default_verify_paths(tls->ctx)
	                    : SSL_CTX_load_verify_file(tls->ctx, ca_file);
	if (is_loaded != 1) {
		err = tcs_diag_add(diag, TCS_ECONFIG, ca_file, 0,
		    "no certificate of an authority can be read: %s; a file "
		    "of PEM certificates is expected",
		    tls_error());
		tcs_tls_free(&tls);
		return err;
	}
	*ret_tls = tls;
	return TCS_OK;
}

enum tcs_err
tcs_tls_server_new(const char *cert_file, const char *key_file,
    struct tcs_tls **ret_tls, struct tcs_diag *diag)
{
	struct tcs_tls *tls = NULL;
	enum tcs_err err = tls_new(TLS_server_method(), &tls);

	if (err != TCS_OK)
		return err;
	const char *fault = NULL;
	if (SSL_CTX_use_certificate_chain_file(tls->ctx, cert_file) != 1)
		fault = cert_file;
	else if (SSL_CTX_use_PrivateKey_file(
	             tls->ctx, key_file, SSL_FILETYPE_PEM) != 1)
		fault = key_file;
	if (fault != NULL) {
		err = tcs_diag_add(diag, TCS_ECONFIG, fault, 0,
		    "not the certificate, or not its key: %s; both are PEM "
		    "files",
		    tls_error());
		tcs_tls_free(&tls);
		return err;
	}
	*ret_tls = tls;
	return TCS_OK;
}

void
tcs_tls_free(struct tcs_tls **tls)
{
	if (tls == NULL || *tls == NULL)
		return;
	SSL_CTX_free((*tls)->ctx);
	free(*tls);
	*tls = NULL;
}

/* Whom the certificate must name: an address is in it as such. */
static bool
tls_expect(SSL *ssl, const char *name)
{
	char copy[TLSEXT_MAXLEN_host_name]; /* OpenSSL's is not const */
	struct in6_addr room;
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	bool is_address = inet_pton(AF_INET, name, &room) == 1 ||
	                  inet_pton(AF_INET6, name, &room) == 1;

	if (is_address)
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	if (strlen(name) >= sizeof(copy))
		return false;
	memcpy(copy, name, strlen(name) + 1);
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* What SSL_set_tlsext_host_name() is, without its casts. */
	return SSL_set1_host(ssl, name) == 1 &&
	       SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
	           TLSEXT_NAMETYPE_host_name, copy) == 1;
}

/* The descriptor changes hands: the old bufferevent lets go of it. */
static struct bufferevent *
tls_begin(SSL *ssl, struct bufferevent *bev, enum bufferevent_ssl_state state)
{
	evutil_socket_t fd = bufferevent_getfd(bev);

	if (bufferevent_setfd(bev, -1) != 0)
		return NULL;
	struct bufferevent *secure = bufferevent_openssl_socket_new(
	    bufferevent_get_base(bev), fd, ssl, state, BEV_OPT_CLOSE_ON_FREE);
	if (secure == NULL)
		(void)bufferevent_setfd(bev, fd);
	else
		bufferevent_free(bev);
	return secure;
}

struct bufferevent *
tcs_tls_connect(struct tcs_tls *tls, struct bufferevent *bev, const char *name)
{
	struct bufferevent *secure = NULL;
	SSL *ssl = SSL_new(tls->ctx);

	if (ssl != NULL && tls_expect(ssl, name))
		secure = tls_begin(ssl, bev, BUFFEREVENT_SSL_CONNECTING);
	if (secure == NULL)
		SSL_free(ssl);
	ERR_clear_error();
	return secure;
}

struct bufferevent *
tcs_tls_accept(struct tcs_tls *tls, struct bufferevent *bev)
{
	SSL *ssl = SSL_new(tls->ctx);
	struct bufferevent *secure =
	    ssl == NULL ? NULL : tls_begin(ssl, bev, BUFFEREVENT_SSL_ACCEPTING);

	if (secure == NULL)
		SSL_free(ssl);
	ERR_clear_error();
	return secure;
}

bool
tcs_tls_reason(struct bufferevent *bev, struct tcs_buf *buf)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	long result = SSL_get_verify_result(ssl);
	unsigned long code = bufferevent_get_openssl_error(bev);
	const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);

	if (result != X509_V_OK) {
		tcs_buf_printf(buf, "the certificate is refused: %s",
		    X509_verify_cert_error_string(result));
		return true;
	}
	tcs_buf_printf(
	    buf, "TLS: %s", reason == NULL ? "closed by the far side" : reason);
	return false;
}

size_t
tcs_tls_write_now(struct bufferevent *bev, struct tcs_slice bytes)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	size_t n = 0;

	ERR_clear_error();
	if (SSL_write_ex(ssl, bytes.p, bytes.n, &n) != 1)
		n = 0;
	ERR_clear_error();
	return n;
}

void
tcs_tls_bye(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	ERR_clear_error();
	if (SSL_is_init_finished(ssl))
		(void)SSL_shutdown(ssl);
	ERR_clear_error();
}
