// SPDX-License-Identifier: MIT
/*
 * Serves a name: sends back what it receives, one client at a time.
 *
 *	cc echo_server.c -o echo_server -lserval
 *	./echo_server echo.example
 *
 * Start it on several hosts, and clients are spread over them; stop one, and
 * no new client comes to it.
 */
#include <errno.h>
#include <libserval/serval.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const char *what)
{
	fprintf(stderr, "echo_server: %s: %s\n", what, strerror_sv(errno));
	exit(EXIT_FAILURE);
}

static void echo(int fd)
{
	char buf[4096];
	ssize_t got, sent, n;

	while ((got = recv_sv(fd, buf, sizeof(buf), 0)) > 0) {
		for (sent = 0; sent < got; sent += n) {
			n = send_sv(fd, buf + sent, got - sent, 0);
			if (n < 0)
				return;
		}
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_sv addr;
	int fd, client;

	if (argc != 2 || sv_sockaddr(argv[1], &addr)) {
		fprintf(stderr, "Usage: echo_server NAME\n");
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);

	fd = socket_sv(AF_SERVAL, SOCK_STREAM, 0);
	if (fd < 0)
		fail("socket");
	if (bind_sv(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen_sv(fd, 16))
		fail(argv[1]);

	for (;;) {
		client = accept_sv(fd, NULL, NULL);
		if (client < 0) {
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			fail("accept");
		}
		echo(client);
		close_sv(client);
	}
}
