/* failpoint.h - places where a test build can be made to die or to wait.
 *
 *   TOCSIN_FAILPOINT=[program/]name[:nth][=kill|stop]
 *
 * program: only in a process of that name ("tocsin-rules");
 * kill (the default): SIGKILL to itself the nth time (default 1) that the
 * point `name` is reached; stop: SIGSTOP, and it goes on when continued.
 * TOCSIN_FAILPOINT_ONCE=file: only while that file does not exist; it is made
 * just before, so that the restarted process runs on. In a build without
 * TOCSIN_FAILPOINTS the macro is nothing. */
#ifndef TOCSIN_CORE_FAILPOINT_H
#define TOCSIN_CORE_FAILPOINT_H

#ifdef TOCSIN_FAILPOINTS
void tcs_failpoint(const char *name);
#else
#define tcs_failpoint(name) ((void)0)
#endif

#endif
