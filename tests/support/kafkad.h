/* kafkad.h - a real Kafka for a test program: one broker in its own folder. It
 * takes seconds to start, so that all tests of a program share one (a group's
 * setup starts it) and differ by the prefix of their topics. */
#ifndef TOCSIN_TESTS_SUPPORT_KAFKAD_H
#define TOCSIN_TESTS_SUPPORT_KAFKAD_H

#include <stdbool.h>
#include <sys/types.h>

struct kafkad {
	char dir[64];
	char url[64]; /* "kafka://127.0.0.1:…" */
	unsigned port, controller_port;
	pid_t pid;
};

/* Is $TOCSIN_KAFKA_JARS a folder? If not, a test can only skip(). */
bool kafkad_is_there(void);

/* Both come back once it answers; no topic is made. They fail the test when it
 * does not within a minute. */
void kafkad_start(struct kafkad *kafka);
void kafkad_again(struct kafkad *kafka); /* same folder and ports */
void kafkad_signal(const struct kafkad *kafka, int signum);
void kafkad_kill(struct kafkad *kafka); /* SIGKILL, and reaped */
void kafkad_stop(struct kafkad *kafka); /* and the folder removed */

#endif
