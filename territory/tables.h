/* tables.h - the files of config/default/tables, built in. */
#ifndef TOCSIN_TERRITORY_TABLES_H
#define TOCSIN_TERRITORY_TABLES_H

#include <stddef.h>

struct tcs_table {
	const char *name; /* of the file, without its ending */
	const unsigned char *p;
	size_t n;
};

extern const struct tcs_table tcs_tables[]; /* name NULL ends it */

#endif
