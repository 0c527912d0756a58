/* property.h - the section `kafka`, whose keys are librdkafka's properties: any
 * name is taken here, and core says which are known. libconfuse, which wants to
 * know all keys beforehand, does not see it. */
#ifndef TOCSIN_CONFIG_PROPERTY_H
#define TOCSIN_CONFIG_PROPERTY_H

#include "config/conf.h"
#include "config/scan.h"

enum {
	TCS_PROPERTIES_MAX = 64,
	TCS_PROPERTY_NAME_MAX = 128,
	TCS_PROPERTY_VALUE_MAX = 4096,
};

/* Take the section's items that were not refused yet, and blank all of it.
 * "<name>_file" names the file that has the value of <name>; a secret written
 * in the open is refused. TCS_ECONFIG with one finding a fault. */
enum tcs_err tcs_properties_take(struct tcs_scan *scan,
    const struct tcs_scan_section *section, struct tcs_conf *conf,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_properties_fini(struct tcs_conf_kafka *kafka);

#endif
