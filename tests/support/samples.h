/* samples.h - one good signal, proposal and alert, to be bent by a test. All
 * names and places in them are fictitious but for the tronçon's. */
#ifndef TOCSIN_TESTS_SUPPORT_SAMPLES_H
#define TOCSIN_TESTS_SUPPORT_SAMPLES_H

#include "core/alert.h"
#include "core/proposal.h"
#include "core/signal.h"

/* 2026-11-23 16:00 in Paris, when Vigicrues issues. */
#define SAMPLE_ISSUED_MS INT64_C(1795446000000)

struct tcs_signal sample_signal(void);        /* AP5 from jaune to orange */
struct tcs_proposal sample_information(void); /* its relay, to a list */
struct tcs_proposal sample_alerte(void);      /* what waits for a decision */
struct tcs_alert sample_alert(void);          /* the alerte once decided */

#endif
