/* certs.h - certificates made for one test by the program openssl. */
#ifndef TOCSIN_TESTS_SUPPORT_CERTS_H
#define TOCSIN_TESTS_SUPPORT_CERTS_H

/* Into the folder `dir`, each <name>.pem with its <name>.key:
 *
 *   ca       the authority
 *   good     of localhost and 127.0.0.1
 *   other    of other.example
 *   expired  of localhost, until yesterday
 *   self     of localhost, signed by itself
 */
void certs_make(const char *dir);

#endif
