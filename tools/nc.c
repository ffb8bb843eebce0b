// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nc - a connection to a service on standard input and output, or handed over
 * to whoever started us. Each direction moves on its own; a descriptor that we
 * did not open may be shared, so none of them is made non-blocking.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tool.h"

#define CHUNK	(256 * 1024)

/* How a descriptor is read and written without ever waiting for it */
enum kind {
	OWN_SOCKET,	/* ours, non-blocking */
	SOCKET,		/* somebody's: MSG_DONTWAIT */
	PIPE,		/* somebody's: splice(), or no more than poll() promises */
	OTHER,		/* a file or a terminal: ready when poll() says so */
};

struct end {
	int fd;
	enum kind kind;
};

/**
 * struct pump - one direction
 * @from: where bytes come from
 * @to: where they go
 * @splice: between a socket and a pipe the kernel moves them
 * @waits_for_to: for what @from or @to is polled
 * @eof: @from has no more
 * @buf: CHUNK bytes; those from @start to @end wait for @to
 */
struct pump {
	struct end from, to;
	bool splice;
	bool waits_for_to;
	bool eof;
	char *buf;
	size_t start, end;
};

static struct end end_of(int fd)
{
	struct end end = { fd, OTHER };
	struct stat st;

	if (fstat(fd, &st) == 0) {
		if (S_ISSOCK(st.st_mode))
			end.kind = SOCKET;
		else if (S_ISFIFO(st.st_mode))
			end.kind = PIPE;
	}
	return end;
}

static ssize_t read_end(const struct end *from, char *buf, size_t len)
{
	return from->kind == SOCKET ? recv(from->fd, buf, len, MSG_DONTWAIT) :
	       read(from->fd, buf, len);
}

static ssize_t write_end(const struct end *to, const char *buf, size_t len)
{
	if (to->kind == SOCKET)
		return send(to->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* a pipe that is writable has room for this much at least, and waits if given more */
	if (to->kind == PIPE && len > PIPE_BUF)
		len = PIPE_BUF;
	return write(to->fd, buf, len);
}

static bool is_again(ssize_t result)
{
	return result < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Move what can be moved now by splice(). Return: 0 or -errno */
static int splice_on(struct pump *p)
{
	ssize_t n = splice(p->from.fd, NULL, p->to.fd, NULL, CHUNK,
			   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (n < 0 && errno == EINTR)
		return 0;
	if (n > 0) {
		p->waits_for_to = false;
	} else if (!n) {
		p->eof = true;
	} else if (errno == EINVAL || errno == ENOSYS || (is_again(n) && p->waits_for_to)) {
		/*
		 * Not between these two, or: neither end was to blame for the
		 * first EAGAIN. Copying tells which one a wait is for.
		 */
		p->splice = false;
		p->waits_for_to = false;
	} else if (is_again(n)) {
		/* there was something to read, so there is no room */
		p->waits_for_to = true;
	} else {
		return -errno;
	}
	return 0;
}

/* Move what can be moved now by way of the buffer. Return: 0 or -errno */
static int copy_on(struct pump *p)
{
	ssize_t n;

	if (p->start == p->end) {
		n = read_end(&p->from, p->buf, CHUNK);
		if (is_again(n))
			return 0;
		if (n < 0)
			return -errno;
		p->eof = !n;
		p->start = 0;
		p->end = n;
		p->waits_for_to = n > 0;
		/* to a pipe or file only when poll() says so; to a socket at once */
		if (!n || p->to.kind == PIPE || p->to.kind == OTHER)
			return 0;
	}
	n = write_end(&p->to, p->buf + p->start, p->end - p->start);
	if (is_again(n))
		return 0;
	if (n < 0)
		return -errno;
	p->start += n;
	p->waits_for_to = p->start < p->end;
	return 0;
}

static int move_on(struct pump *p)
{
	return p->splice ? splice_on(p) : copy_on(p);
}

static bool pump_init(struct pump *p, struct end from, struct end to)
{
	*p = (struct pump){ .from = from, .to = to };
	p->splice = from.kind == PIPE || to.kind == PIPE;
	p->buf = malloc(CHUNK);
	return p->buf;
}

/* Has the reader of our output gone? Tell it as any other program would. */
static void die_of_pipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

struct session {
	struct pump out;	/* standard input to the service */
	struct pump in;		/* the service to standard output */
	bool out_done;
	int error;		/* of the connection, -errno */
};

/* Standard input has something, or the connection takes more of it */
static void move_out(struct session *s)
{
	int err = move_on(&s->out);

	if (err) {
		/* what the service has still sent is to be had nevertheless */
		s->error = err;
		s->out_done = true;
	} else if (s->out.eof && s->out.start == s->out.end) {
		shutdown(s->out.to.fd, SHUT_WR);
		s->out_done = true;
	}
}

/* Return: the session is over */
static bool move_in(struct session *s)
{
	int err = move_on(&s->in);

	if (err == -EPIPE) {
		die_of_pipe();
		s->error = err;
	} else if (err) {
		s->error = err;
	}
	if (err || !s->in.eof || s->in.start != s->in.end)
		return err;
	/* the service has closed; what it can no longer be sent is lost, and that is said */
	if (s->out.start != s->out.end)
		s->error = -EPIPE;
	return true;
}

/*
 * Which descriptor to poll, and for what. While data waits for one end, the
 * other is not asked: it would say yes without end.
 */
static struct pollfd wait_of(const struct pump *p)
{
	return p->waits_for_to ? (struct pollfd){ .fd = p->to.fd, .events = POLLOUT } :
	       (struct pollfd){ .fd = p->from.fd, .events = POLLIN };
}

static void run_session(struct session *s)
{
	struct pollfd fd[3];
	bool over = false;

	while (!over) {
		fd[0] = wait_of(&s->out);
		if (s->out_done)
			fd[0].fd = -1;
		fd[1] = wait_of(&s->in);
		/* asks for nothing: an error is told in any case */
		fd[2] = (struct pollfd){ .fd = s->in.to.fd };
		if (poll(fd, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			s->error = -errno;
			return;
		}
		if (fd[0].revents)
			move_out(s);
		if (fd[1].revents) {
			over = move_in(s);
		} else if (fd[2].revents & (POLLERR | POLLNVAL)) {
			die_of_pipe();
			s->error = -EPIPE;
			over = true;
		}
	}
}

/* A connection to the service, or -errno */
static int connect_to(const char *text)
{
	struct pollfd fd = { .events = POLLOUT };
	struct sockaddr_sv addr;
	socklen_t len = sizeof(int);
	int sock, err = 0;

	if (sv_sockaddr(text, &addr))
		return -EINVAL;
	sock = socket_sv(AF_SERVAL, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	if (connect_sv(sock, (struct sockaddr *)&addr, sizeof(addr)))
		err = errno;
	if (err == EINTR) {
		/* a signal came (we were stopped, say): the attempt goes on by itself */
		fd.fd = sock;
		while (poll(&fd, 1, -1) < 0 && errno == EINTR)
			;
		if (getsockopt(sock, SOL_SOCKET, SO_ERROR, &err, &len))
			err = errno;
	}
	if (err) {
		close(sock);
		return -err;
	}
	return sock;
}

static int refused(const char *text, int err)
{
	return tool_refused(text, err, strerror_sv(-err));
}

int nc_run(const struct gram_match *match)
{
	const char *text = gram_text(match, "SID", 0);
	struct session s = { .error = 0 };
	struct end conn = { .kind = OWN_SOCKET };

	signal(SIGPIPE, SIG_IGN);
	conn.fd = connect_to(text);
	if (conn.fd < 0)
		return refused(text, conn.fd);
	name_learn(text);
	fcntl(conn.fd, F_SETFL, O_NONBLOCK);
	if (pump_init(&s.out, end_of(STDIN_FILENO), conn) &&
	    pump_init(&s.in, conn, end_of(STDOUT_FILENO)))
		run_session(&s);
	else
		s.error = -ENOMEM;
	free(s.out.buf);
	free(s.in.buf);
	close(conn.fd);
	return s.error ? refused(text, s.error) : TOOL_OK;
}

/* Send the descriptor through the UNIX socket that standard output is. Return: 0 or -errno */
static int pass(int fd)
{
	union {
		struct cmsghdr hdr;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(STDOUT_FILENO, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int nc_fdpass(const struct gram_match *match)
{
	const char *text = gram_text(match, "SID", 0);
	int fd, err;

	if (end_of(STDOUT_FILENO).kind != SOCKET)
		return tool_refused("nc fdpass", -ENOTSOCK,
				    "standard output must be the UNIX socket to pass the connection to");
	fd = connect_to(text);
	if (fd < 0)
		return refused(text, fd);
	name_learn(text);
	err = pass(fd);
	close(fd);
	return err ? tool_refused("nc fdpass", err, NULL) : TOOL_OK;
}

int nc_dgram(const struct gram_match *match)
{
	return tool_refused("nc dgram", -EOPNOTSUPP, "datagrams come with a later release");
}
