// SPDX-License-Identifier: MIT
/*
 * Connects to a service by its name, sends a line, prints the answer.
 *
 *	cc echo_client.c -o echo_client -lserval
 *	./echo_client echo.example hello
 */
#include <errno.h>
#include <libserval/serval.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const char *what)
{
	fprintf(stderr, "echo_client: %s: %s\n", what, strerror_sv(errno));
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	struct sockaddr_sv addr;
	size_t len, sent;
	char buf[4096];
	ssize_t n;
	int fd;

	if (argc != 3 || sv_sockaddr(argv[1], &addr)) {
		fprintf(stderr, "Usage: echo_client NAME TEXT\n");
		return EXIT_FAILURE;
	}

	fd = socket_sv(AF_SERVAL, SOCK_STREAM, 0);
	if (fd < 0)
		fail("socket");
	if (connect_sv(fd, (struct sockaddr *)&addr, sizeof(addr)))
		fail(argv[1]);

	len = strlen(argv[2]);
	for (sent = 0; sent < len; sent += n) {
		n = send_sv(fd, argv[2] + sent, len - sent, MSG_NOSIGNAL);
		if (n < 0)
			fail("send");
	}
	shutdown_sv(fd, SHUT_WR);

	while ((n = recv_sv(fd, buf, sizeof(buf), 0)) > 0)
		fwrite(buf, 1, n, stdout);
	if (n < 0)
		fail("receive");
	putchar('\n');
	return close_sv(fd) || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
