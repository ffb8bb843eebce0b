// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * listen - a service from any program that talks on its standard input and
 * output, in the manner of inetd: one process a connection.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tool.h"

#define BACKLOG		1024
/* Wait when the system is short of something before trying to accept again */
#define SHORTAGE_MS	100

struct server {
	const char *name;
	int sock;
	int signals;
	unsigned int max;	/* children at once, 0: as many as come */
	unsigned int running;
	bool shortage;
	bool stopped;		/* told to end */
	sigset_t old_mask;
	char **command;
};

static void set_variable(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

/* Tell the child whom it serves. It inherits our environment, so ours is changed. */
static void describe(int conn)
{
	struct sockaddr_sv self = { 0 }, peer = { 0 };
	struct sv_flow_info info = { 0 };
	socklen_t len = sizeof(self);
	char text[SERVAL_ADDRSTRLEN];
	bool known;

	known = getsockname_sv(conn, (struct sockaddr *)&self, &len) == 0;
	serval_ntop(&self.sv_srvid, text, sizeof(text));
	set_variable("SERVAL_SERVICE", known ? text : NULL);

	len = sizeof(info);
	known = getsockopt_sv(conn, SOL_SERVAL, SV_FLOW_INFO, &info, &len) == 0;
	inet_ntop(AF_INET, &info.peer_addr, text, sizeof(text));
	set_variable("SERVAL_PEER", known ? text : NULL);

	len = sizeof(peer);
	known = getpeername_sv(conn, (struct sockaddr *)&peer, &len) == 0 &&
		!(peer.sv_flags & SVSF_ANONYMOUS);
	serval_ntop(&peer.sv_srvid, text, sizeof(text));
	set_variable("SERVAL_PEER_SERVICE", known ? text : NULL);
}

/* Start the command on a connection. Return: 0 or -errno */
static int start(const struct server *s, int conn)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t defaults;
	int err;
	pid_t pid;

	describe(conn);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &s->old_mask);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, conn, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, conn, STDOUT_FILENO);
	err = posix_spawnp(&pid, s->command[0], &actions, &attr, s->command, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return -err;
}

/* In one turn: TERM and ended children must be heard of while connections keep coming */
#define ACCEPTS_A_TURN	16

/* Accept what is there. Return: 0, or -errno if the listener is of no use any more */
static int accept_some(struct server *s)
{
	int conn, err, turn;

	for (turn = 0; turn < ACCEPTS_A_TURN && (!s->max || s->running < s->max); turn++) {
		conn = accept4_sv(s->sock, NULL, NULL, SOCK_CLOEXEC);
		if (conn < 0) {
			switch (errno) {
			case EAGAIN:
				return 0;
			case EINTR:
			case ECONNABORTED:
			case ECONNRESET:
				continue;
			case EBADF:
			case EINVAL:
			case ENOTSOCK:
				return -errno;
			default:
				/* it stays in the queue, and poll() would say so at once */
				s->shortage = true;
				return 0;
			}
		}
		err = start(s, conn);
		close(conn);
		if (err)
			tool_refused(s->command[0], err, NULL);
		else
			s->running++;
	}
	return 0;
}

static void reap(struct server *s)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		s->running--;
}

static void take_signals(struct server *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(s);
		else
			s->stopped = true;
	}
}

static int serve(struct server *s)
{
	struct pollfd fd[2] = { { .fd = s->signals, .events = POLLIN }, { .events = POLLIN } };
	int err = 0;

	while (!s->stopped && !err) {
		bool full = s->max && s->running >= s->max;

		fd[1].fd = full || s->shortage ? -1 : s->sock;
		if (poll(fd, 2, s->shortage ? SHORTAGE_MS : -1) < 0) {
			err = errno == EINTR ? 0 : -errno;
			continue;
		}
		s->shortage = false;
		if (fd[0].revents)
			take_signals(s);
		if (fd[1].fd >= 0 && fd[1].revents)
			err = accept_some(s);
	}
	return err;
}

/* A listening socket, or -errno */
static int listener(const char *text)
{
	struct sockaddr_sv addr;
	int sock, err;

	if (sv_sockaddr(text, &addr))
		return -EINVAL;
	sock = socket_sv(AF_SERVAL, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	if (bind_sv(sock, (struct sockaddr *)&addr, sizeof(addr)) || listen_sv(sock, BACKLOG)) {
		err = -errno;
		close(sock);
		return err;
	}
	return sock;
}

/* The words from CMD on, ending with NULL as exec wants them; to be freed */
static char **command_of(const struct gram_match *match)
{
	char **command = calloc(match->n + 1, sizeof(*command));
	unsigned int i, n = 0;

	for (i = 0; command && i < match->n; i++)
		if (match->token[i].symbol && (strcmp(match->token[i].symbol, "CMD") == 0 ||
					       strcmp(match->token[i].symbol, "ARG") == 0))
			command[n++] = (char *)match->token[i].text;
	return command;
}

/* TERM and INT end the listening, and children are reaped, without a handler */
static int catch_signals(struct server *s)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, &s->old_mask);
	signal(SIGPIPE, SIG_IGN);
	s->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? -errno : 0;
}

int listen_run(const struct gram_match *match)
{
	struct server s = { .name = gram_text(match, "SID", 0), .sock = -1, .signals = -1 };
	const char *max = gram_text(match, "N", 0);
	char text[SERVAL_ADDRSTRLEN];
	struct service_id sid;
	unsigned int bits;
	int err;

	if (max)
		s.max = tool_accepted_number(max);
	s.command = command_of(match);
	if (!s.command)
		return tool_refused("listen", -ENOMEM, NULL);
	err = catch_signals(&s);
	if (!err) {
		/* before the event that this causes reaches a monitor */
		name_learn(s.name);
		s.sock = listener(s.name);
		err = s.sock < 0 ? s.sock : 0;
	}
	if (!err) {
		tool_sid(s.name, &sid, &bits);
		sv_sid_format(&sid, bits, SV_SID_EXACT, text, sizeof(text));
		printf("listening %s\n", text);
		fflush(stdout);
		err = serve(&s);
	}
	if (err)
		tool_refused(s.name, err, strerror_sv(-err));
	if (s.sock >= 0)
		close(s.sock);
	if (s.signals >= 0)
		close(s.signals);
	free(s.command);
	return err ? TOOL_REFUSED : TOOL_OK;
}

int listen_dgram(const struct gram_match *match)
{
	return tool_refused("listen dgram", -EOPNOTSUPP, "datagrams come with a later release");
}
