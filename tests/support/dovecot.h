/* dovecot.h - a real Dovecot for one test: tests/dovecot/dovecotd. */
#ifndef TOCSIN_TESTS_SUPPORT_DOVECOT_H
#define TOCSIN_TESTS_SUPPORT_DOVECOT_H

#include <stdbool.h>
#include <sys/types.h>

struct dovecot {
	char *dir; /* its own; removed by stop() */
	int port;  /* STARTTLS; TLS from the first byte on the next */
	pid_t pid;
	unsigned dropped;
};

/* The program dovecot is there; else the test is to be skipped. */
bool dovecot_is_there(void);
/* User "tocsin", password "sésame"; with certs/<cert>.pem and .key, as
 * certs_make() has them. */
void dovecot_start(
    struct dovecot *dovecot, const char *certs, const char *cert);
void dovecot_stop(struct dovecot *dovecot);
/* Its process ends, all it keeps stays; it begins anew on the same port. */
void dovecot_kill(struct dovecot *dovecot);
void dovecot_again(
    struct dovecot *dovecot, const char *certs, const char *cert);
/* The mailbox is gone, as if it had never been. */
void dovecot_empty(struct dovecot *dovecot);
/* A mail arrives in the folder: "" the inbox, ".Archives" another. */
void dovecot_drop(
    struct dovecot *dovecot, const char *folder, const char *message);
/* Mails of the inbox that are marked as seen. */
unsigned dovecot_seen(const struct dovecot *dovecot);
/* Every mail gets another UID: UIDVALIDITY is new. */
void dovecot_renumber(struct dovecot *dovecot);

#endif
