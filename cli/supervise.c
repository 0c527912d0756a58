#include "cli/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/loop.h"

enum { SUPERVISE_LINE_MAX = 8192, SUPERVISE_ARGS_MAX = 32 };

static const int64_t supervise_base_ms = 250;
static const int64_t supervise_cap_ms = 10000;
static const int64_t supervise_settled_ms = 60000;

/* One program: between two lives pid is 0 and the timer runs. */
struct supervise_child {
	SLIST_ENTRY(supervise_child) next;
	struct tcs_supervisor *supervisor;
	char *name;
	char **argv; /* owned, NULL-terminated */
	pid_t pid;
	int fd; /* our end of its stdout and stderr; -1: none */
	struct tcs_watch *watch;
	struct tcs_timer *again;
	struct tcs_buf line; /* what it wrote of a line so far */
	bool is_held;        /* killed by us, to stay away */
	unsigned deaths;     /* in a row */
	int64_t started_ms;  /* tcs_clock_boot_ms() */
};

struct tcs_supervisor {
	struct tcs_loop *loop;
	tcs_supervisor_line_cb *cb;
	void *arg;
	SLIST_HEAD(, supervise_child) children;
	struct tcs_timer *grace;
	bool is_stopping;
	void (*stopped)(void *);
	void *stopped_arg;
};

int64_t
tcs_supervisor_wait_ms(unsigned deaths)
{
	if (deaths <= 1)
		return 0;
	if (deaths > 8)
		return supervise_cap_ms;
	int64_t ms = supervise_base_ms << (deaths - 2);
	return ms > supervise_cap_ms ? supervise_cap_ms : ms;
}

static void
supervise_flush_line(struct supervise_child *child)
{
	struct tcs_supervisor *s = child->supervisor;

	s->cb(s->arg, child->name, tcs_buf_view(&child->line));
	tcs_buf_reset(&child->line);
}

/* A line that is too long is handed over in pieces. */
static void
supervise_take(struct supervise_child *child, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n' || child->line.n == SUPERVISE_LINE_MAX)
			supervise_flush_line(child);
		if (p[i] != '\n')
			tcs_buf_char(&child->line, p[i]);
	}
}

static void
supervise_close_output(struct supervise_child *child)
{
	tcs_watch_free(&child->watch);
	if (child->fd >= 0)
		(void)close(child->fd);
	child->fd = -1;
	if (child->line.n > 0)
		supervise_flush_line(child);
}

/* Reads what is there, at most `rounds` pieces, so that a child that never
 * stops writing does not hold the loop. */
static void
supervise_read(struct supervise_child *child, unsigned rounds)
{
	char bytes[4096];

	for (; rounds > 0; rounds--) {
		ssize_t n = read(child->fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			supervise_close_output(child);
			return;
		}
		supervise_take(child, bytes, (size_t)n);
	}
}

static void
supervise_readable(void *arg)
{
	supervise_read(arg, 16);
}

/* In the child: only calls that are allowed between fork and exec. */
static void
supervise_exec(struct supervise_child *child, int out, pid_t parent)
{
	sigset_t none;

	/* Its own process group: the terminal's Ctrl-C reaches us, and we end
	 * the children in order. */
	(void)setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(127);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	int null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(127);
	(void)execv(child->argv[0], child->argv);
	static const char text[] = "error exec.failed\n";
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(126);
	_exit(127);
}

static enum tcs_err
supervise_fork(struct supervise_child *child, int fds[2])
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return TCS_EIO;
	if (pid == 0)
		supervise_exec(child, fds[1], parent);
	(void)close(fds[1]);
	child->fd = fds[0];
	child->pid = pid;
	child->started_ms = tcs_clock_boot_ms();
	child->watch = tcs_watch_new(
	    child->supervisor->loop, child->fd, supervise_readable, child);
	tcs_log(TCS_LOG_INFO, "daemon.started", "name=\"%s\" pid=%ld",
	    child->name, (long)pid);
	return TCS_OK;
}

static void
supervise_again(struct supervise_child *child)
{
	int64_t wait_ms = tcs_supervisor_wait_ms(++child->deaths);

	tcs_timer_start(child->again, wait_ms);
}

static void
supervise_start(void *arg)
{
	struct supervise_child *child = arg;
	int fds[2];

	if (child->supervisor->is_stopping || child->is_held)
		return;
	/* Both ends do not block: a daemon drops a line rather than wait for
	 * whoever reads it. */
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
		tcs_log(TCS_LOG_ERROR, "daemon.not_started",
		    "name=\"%s\" err=\"%s\"", child->name, strerror(errno));
		supervise_again(child);
		return;
	}
	if (supervise_fork(child, fds) != TCS_OK) {
		tcs_log(TCS_LOG_ERROR, "daemon.not_started",
		    "name=\"%s\" err=\"%s\"", child->name, strerror(errno));
		(void)close(fds[0]);
		(void)close(fds[1]);
		supervise_again(child);
	}
}

static bool
supervise_has_running(const struct tcs_supervisor *s)
{
	const struct supervise_child *child;

	SLIST_FOREACH(child, &s->children, next)
	{
		if (child->pid != 0)
			return true;
	}
	return false;
}

static void
supervise_check_stopped(struct tcs_supervisor *s)
{
	if (!s->is_stopping || s->stopped == NULL || supervise_has_running(s))
		return;
	void (*stopped)(void *) = s->stopped;
	s->stopped = NULL;
	tcs_timer_stop(s->grace);
	stopped(s->stopped_arg);
}

static void
supervise_log_end(const struct supervise_child *child, int status)
{
	bool is_asked = child->supervisor->is_stopping || child->is_held;
	enum tcs_log_level level = is_asked ? TCS_LOG_INFO : TCS_LOG_ERROR;

	if (WIFSIGNALED(status))
		tcs_log(level, "daemon.ended",
		    "name=\"%s\" pid=%ld signal=%d (%s)", child->name,
		    (long)child->pid, WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		tcs_log(level, "daemon.ended", "name=\"%s\" pid=%ld exit=%d",
		    child->name, (long)child->pid, WEXITSTATUS(status));
}

static void
supervise_ended(struct supervise_child *child, int status)
{
	if (child->fd >= 0)
		supervise_read(child, 64);
	supervise_close_output(child);
	supervise_log_end(child, status);
	child->pid = 0;
	if (tcs_clock_boot_ms() - child->started_ms >= supervise_settled_ms)
		child->deaths = 0;
	if (!child->supervisor->is_stopping && !child->is_held)
		supervise_again(child);
}

/* SIGCHLD tells of one or of several ends. */
static void
supervise_reap(void *arg)
{
	struct tcs_supervisor *s = arg;
	struct supervise_child *child;

	SLIST_FOREACH(child, &s->children, next)
	{
		int status = 0;
		if (child->pid != 0 &&
		    waitpid(child->pid, &status, WNOHANG) == child->pid)
			supervise_ended(child, status);
	}
	supervise_check_stopped(s);
}

static void
supervise_grace_over(void *arg)
{
	struct tcs_supervisor *s = arg;

	tcs_log(TCS_LOG_WARNING, "daemon.killed",
	    "reason=\"did not end when asked to\"");
	tcs_supervisor_signal(s, SIGKILL);
}

struct tcs_supervisor *
tcs_supervisor_new(struct tcs_loop *loop, tcs_supervisor_line_cb *cb, void *arg)
{
	struct tcs_supervisor *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	SLIST_INIT(&s->children);
	s->loop = loop;
	s->cb = cb;
	s->arg = arg;
	s->grace = tcs_timer_new(loop, supervise_grace_over, s);
	if (s->grace == NULL ||
	    tcs_loop_on_signal(loop, SIGCHLD, supervise_reap, s) != TCS_OK)
		tcs_supervisor_free(&s);
	return s;
}

static void
supervise_free_child(struct supervise_child *child)
{
	if (child->pid != 0) {
		(void)kill(child->pid, SIGKILL);
		(void)waitpid(child->pid, NULL, 0);
	}
	tcs_watch_free(&child->watch);
	if (child->fd >= 0)
		(void)close(child->fd);
	tcs_timer_free(&child->again);
	tcs_buf_fini(&child->line);
	for (size_t i = 0; child->argv != NULL && child->argv[i] != NULL; i++)
		free(child->argv[i]);
	free(child->argv);
	free(child->name);
	free(child);
}

static enum tcs_err
supervise_copy(
    struct supervise_child *child, const char *name, const char *const *argv)
{
	size_t n = 0;

	while (argv[n] != NULL)
		n++;
	tcs_assert(n > 0 && n <= SUPERVISE_ARGS_MAX);
	child->name = strdup(name);
	child->argv = calloc(n + 1, sizeof(*child->argv));
	if (child->name == NULL || child->argv == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		child->argv[i] = strdup(argv[i]);
		if (child->argv[i] == NULL)
			return TCS_ENOMEM;
	}
	return TCS_OK;
}

enum tcs_err
tcs_supervisor_add(struct tcs_supervisor *supervisor, const char *name,
    const char *const *argv, struct tcs_diag *diag)
{
	if (access(argv[0], X_OK) != 0)
		return tcs_diag_add(diag, TCS_ENOTFOUND, argv[0], 0,
		    "the program %s cannot be run: %s", name, strerror(errno));
	struct supervise_child *child = calloc(1, sizeof(*child));
	if (child == NULL)
		return TCS_ENOMEM;
	child->supervisor = supervisor;
	child->fd = -1;
	tcs_buf_init(&child->line, SUPERVISE_LINE_MAX);
	child->again = tcs_timer_new(supervisor->loop, supervise_start, child);
	if (child->again == NULL ||
	    supervise_copy(child, name, argv) != TCS_OK) {
		supervise_free_child(child);
		return TCS_ENOMEM;
	}
	SLIST_INSERT_HEAD(&supervisor->children, child, next);
	supervise_start(child);
	return TCS_OK;
}

void
tcs_supervisor_signal(struct tcs_supervisor *supervisor, int signum)
{
	struct supervise_child *child;

	SLIST_FOREACH(child, &supervisor->children, next)
	{
		if (child->pid != 0)
			(void)kill(child->pid, signum);
	}
}

static struct supervise_child *
supervise_find(struct tcs_supervisor *s, const char *name)
{
	struct supervise_child *child;

	SLIST_FOREACH(child, &s->children, next)
	{
		if (strcmp(child->name, name) == 0)
			return child;
	}
	return NULL;
}

enum tcs_err
tcs_supervisor_hold(struct tcs_supervisor *supervisor, const char *name)
{
	struct supervise_child *child = supervise_find(supervisor, name);
	int status = 0;

	if (child == NULL)
		return TCS_ENOTFOUND;
	child->is_held = true;
	tcs_timer_stop(child->again);
	if (child->pid == 0)
		return TCS_OK;
	(void)kill(child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	supervise_ended(child, status);
	return TCS_OK;
}

void
tcs_supervisor_release(struct tcs_supervisor *supervisor, const char *name)
{
	struct supervise_child *child = supervise_find(supervisor, name);

	if (child == NULL || !child->is_held)
		return;
	child->is_held = false;
	child->deaths = 0;
	supervise_start(child);
}

static void
supervise_grace_begins(struct tcs_supervisor *s, int64_t grace_ms)
{
	struct supervise_child *child;

	SLIST_FOREACH(child, &s->children, next)
	tcs_timer_stop(child->again);
	tcs_supervisor_signal(s, SIGTERM);
	/* One that is stopped ends only once it goes on. */
	tcs_supervisor_signal(s, SIGCONT);
	tcs_timer_start(s->grace, supervise_has_running(s) ? grace_ms : 0);
}

void
tcs_supervisor_stop(struct tcs_supervisor *supervisor, int64_t grace_ms,
    void (*cb)(void *arg), void *arg)
{
	if (supervisor->is_stopping)
		return;
	supervisor->is_stopping = true;
	supervisor->stopped = cb;
	supervisor->stopped_arg = arg;
	supervise_grace_begins(supervisor, grace_ms);
	supervise_check_stopped(supervisor);
}

void
tcs_supervisor_free(struct tcs_supervisor **supervisor)
{
	if (supervisor == NULL || *supervisor == NULL)
		return;
	struct tcs_supervisor *s = *supervisor;
	tcs_loop_forget_signals(s->loop, s);
	while (!SLIST_EMPTY(&s->children)) {
		struct supervise_child *child = SLIST_FIRST(&s->children);
		SLIST_REMOVE_HEAD(&s->children, next);
		supervise_free_child(child);
	}
	tcs_timer_free(&s->grace);
	free(s);
	*supervisor = NULL;
}
