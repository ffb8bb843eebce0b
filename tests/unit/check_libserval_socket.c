// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * family.c, socket.c and strerror.c, without the module: the library is told
 * that Serval's number here is that of AF_UNIX. A sockaddr_sv with its number
 * changed is then an abstract Unix address, its serviceID the name, so that
 * every call runs against real sockets.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "libserval/private.h"

#define ARRAY_SIZE(array)	((int)(sizeof(array) / sizeof((array)[0])))

/* An address nobody else uses; only the process id, so that both ends agree */
static struct sockaddr_sv address(const char *what)
{
	struct sockaddr_sv addr;

	memset(&addr, 0, sizeof(addr));
	addr.sv_family = AF_SERVAL;
	snprintf((char *)addr.sv_srvid.s_sid, SERVICE_ID_LEN, "serval-%s-%d", what, (int)getpid());
	return addr;
}

static struct sockaddr *sa(struct sockaddr_sv *addr)
{
	return (struct sockaddr *)addr;
}

static void setup(void)
{
	sv_family_set(AF_UNIX);
}

static void teardown(void)
{
	sv_family_set(0);
}

static int open_bound(int type, struct sockaddr_sv *addr)
{
	int fd = socket_sv(AF_SERVAL, type, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind_sv(fd, sa(addr), sizeof(*addr)), 0);
	ck_assert_int_eq(addr->sv_family, AF_SERVAL);
	return fd;
}

static const struct {
	const char *content;
	int family;
} files[] = {
	{ "28\n", 28 }, { "27", 27 }, { "1\n", 1 },
	{ "", -1 }, { "\n", -1 }, { "x\n", -1 }, { "0\n", -1 }, { "-1\n", -1 }, { "28 \n", -1 },
	{ "28x\n", -1 }, { "4096\n", -1 }, { "99999999999999999999\n", -1 },
};

START_TEST(sv_family_from__content)
{
	char path[] = "/tmp/check_libserval.XXXXXX";
	int fd = mkstemp(path);
	size_t len = strlen(files[_i].content);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, files[_i].content, len), (int)len);
	ck_assert_int_eq(sv_family_from(path), files[_i].family);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(sv_family_from__no_file)
{
	ck_assert_int_eq(sv_family_from("/nonexistent/family"), -1);
	ck_assert_int_eq(sv_family_from("/"), -1);
}
END_TEST

START_TEST(sv_family__default_and_errno)
{
	int seen = sv_family_from(SV_FAMILY_PATH);

	errno = EXDEV;
	ck_assert_int_eq(sv_family(), seen < 0 ? AF_SERVAL : seen);
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST

START_TEST(sv_family__seen)
{
	ck_assert_int_eq(sv_family(), AF_UNIX);
}
END_TEST

START_TEST(sv_addr_in__leaves_others_alone)
{
	struct sockaddr_storage copy, big;
	struct sockaddr_sv addr = address("in");
	const struct sockaddr *out;

	out = sv_addr_in(sa(&addr), sizeof(addr), &copy);
	ck_assert_ptr_eq(out, (struct sockaddr *)&copy);
	ck_assert_int_eq(out->sa_family, AF_UNIX);
	ck_assert_mem_eq((char *)&copy + 2, (char *)&addr + 2, sizeof(addr) - 2);
	ck_assert_int_eq(addr.sv_family, AF_SERVAL);

	/* All that the program gave goes along, a tail of sockaddr_in too */
	memset(&big, 0x11, sizeof(big));
	big.ss_family = AF_SERVAL;
	out = sv_addr_in((struct sockaddr *)&big, sizeof(big), &copy);
	ck_assert_ptr_eq(out, (struct sockaddr *)&copy);
	ck_assert_mem_eq((char *)&copy + 2, (char *)&big + 2, sizeof(big) - 2);

	ck_assert_ptr_eq(sv_addr_in((struct sockaddr *)&big, sizeof(big) + 1, &copy),
			 (struct sockaddr *)&big);
	ck_assert_ptr_eq(sv_addr_in(sa(&addr), 1, &copy), sa(&addr));
	ck_assert_ptr_null(sv_addr_in(NULL, 0, &copy));
	ck_assert_ptr_null(sv_addr_in(NULL, 36, &copy));
	addr.sv_family = AF_INET;
	ck_assert_ptr_eq(sv_addr_in(sa(&addr), sizeof(addr), &copy), sa(&addr));
	addr.sv_family = AF_SERVAL;
	sv_family_set(AF_SERVAL);
	ck_assert_ptr_eq(sv_addr_in(sa(&addr), sizeof(addr), &copy), sa(&addr));
}
END_TEST

START_TEST(sv_addr_out__cases)
{
	struct sockaddr_sv addr = address("out");

	addr.sv_family = AF_UNIX;
	sv_addr_out(sa(&addr), 1);
	ck_assert_int_eq(addr.sv_family, AF_UNIX);
	sv_addr_out(sa(&addr), 2);
	ck_assert_int_eq(addr.sv_family, AF_SERVAL);
	addr.sv_family = AF_INET;
	sv_addr_out(sa(&addr), sizeof(addr));
	ck_assert_int_eq(addr.sv_family, AF_INET);
	sv_addr_out(NULL, sizeof(addr));
}
END_TEST

START_TEST(socket_sv__stream)
{
	struct sockaddr_sv name = address("stream"), got;
	int listener = open_bound(SOCK_STREAM, &name), client, server, value = 0;
	socklen_t len = sizeof(got);
	char buf[8] = "";

	ck_assert_int_eq(listen_sv(listener, 4), 0);
	ck_assert_int_eq(getsockname_sv(listener, sa(&got), &len), 0);
	ck_assert_uint_eq(len, sizeof(got));
	ck_assert_mem_eq(&got, &name, sizeof(got));

	client = socket_sv(AF_SERVAL, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(fcntl(client, F_GETFD), FD_CLOEXEC);
	got = address("client");
	ck_assert_int_eq(bind_sv(client, sa(&got), sizeof(got)), 0);
	ck_assert_int_eq(connect_sv(client, sa(&name), sizeof(name)), 0);
	len = sizeof(got);
	ck_assert_int_eq(getpeername_sv(client, sa(&got), &len), 0);
	ck_assert_mem_eq(&got, &name, sizeof(got));

	len = sizeof(got);
	memset(&got, 0, sizeof(got));
	server = accept_sv(listener, sa(&got), &len);
	ck_assert_int_ge(server, 0);
	name = address("client");
	ck_assert_mem_eq(&got, &name, sizeof(got));

	ck_assert_int_eq((int)send_sv(client, "hello", 5, 0), 5);
	ck_assert_int_eq((int)recv_sv(server, buf, sizeof(buf), 0), 5);
	ck_assert_str_eq(buf, "hello");
	len = sizeof(value);
	ck_assert_int_eq(getsockopt_sv(server, SOL_SOCKET, SO_TYPE, &value, &len), 0);
	ck_assert_int_eq(value, SOCK_STREAM);
	value = 1;
	ck_assert_int_eq(setsockopt_sv(server, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof(value)), 0);
	ck_assert_int_eq(shutdown_sv(client, SHUT_WR), 0);
	ck_assert_int_eq((int)recv_sv(server, buf, sizeof(buf), 0), 0);
	ck_assert_int_eq(close_sv(server), 0);
	ck_assert_int_eq(close_sv(client), 0);
	ck_assert_int_eq(close_sv(listener), 0);
	ck_assert_int_eq(close_sv(listener), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(accept4_sv__flags_and_no_address)
{
	struct sockaddr_sv name = address("accept4");
	int listener = open_bound(SOCK_STREAM, &name), client, server;

	ck_assert_int_eq(listen_sv(listener, 4), 0);
	client = socket_sv(AF_SERVAL, SOCK_STREAM, 0);
	ck_assert_int_eq(connect_sv(client, sa(&name), sizeof(name)), 0);
	server = accept4_sv(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(server, 0);
	ck_assert_int_eq(fcntl(server, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	ck_assert_int_eq(fcntl(server, F_GETFD), FD_CLOEXEC);
	close(server);
	close(client);
	close(listener);
}
END_TEST

START_TEST(sendto_sv__datagrams)
{
	struct sockaddr_sv one = address("one"), two = address("two"), got;
	int a = open_bound(SOCK_DGRAM, &one), b = open_bound(SOCK_DGRAM, &two);
	socklen_t len = sizeof(got);
	char buf[8] = "";

	ck_assert_int_eq((int)sendto_sv(a, "x", 1, 0, sa(&two), sizeof(two)), 1);
	ck_assert_int_eq((int)recvfrom_sv(b, buf, sizeof(buf), 0, sa(&got), &len), 1);
	ck_assert_mem_eq(&got, &one, sizeof(got));

	/* Room for half a family, which looks like one with what lay there before */
	memset(&got, 0, sizeof(got));
	len = 1;
	ck_assert_int_eq((int)sendto_sv(a, "x", 1, 0, sa(&two), sizeof(two)), 1);
	ck_assert_int_eq((int)recvfrom_sv(b, buf, sizeof(buf), 0, sa(&got), &len), 1);
	ck_assert_uint_gt(len, 1);
	ck_assert_int_eq(got.sv_family, AF_UNIX);

	ck_assert_int_eq((int)sendto_sv(a, "x", 1, 0, sa(&two), sizeof(two)), 1);
	ck_assert_int_eq((int)recvfrom_sv(b, buf, sizeof(buf), 0, NULL, NULL), 1);
	close(a);
	close(b);
}
END_TEST

START_TEST(sendmsg_sv__datagrams)
{
	struct sockaddr_sv one = address("one"), two = address("two"), got = two;
	int a = open_bound(SOCK_DGRAM, &one), b = open_bound(SOCK_DGRAM, &two);
	char buf[8] = "y";
	struct iovec iov = { .iov_base = buf, .iov_len = 1 };
	struct msghdr msg = { .msg_name = &got, .msg_namelen = sizeof(got),
			      .msg_iov = &iov, .msg_iovlen = 1 };

	ck_assert_int_eq((int)sendmsg_sv(a, &msg, 0), 1);
	/* The program's own address and message are left alone */
	ck_assert_ptr_eq(msg.msg_name, &got);
	ck_assert_mem_eq(&got, &two, sizeof(got));
	ck_assert_int_eq((int)recvmsg_sv(b, &msg, 0), 1);
	ck_assert_mem_eq(&got, &one, sizeof(got));

	ck_assert_int_eq(connect_sv(a, sa(&two), sizeof(two)), 0);
	ck_assert_int_eq((int)send_sv(a, "z", 1, 0), 1);
	msg.msg_name = NULL;
	msg.msg_namelen = 0;
	ck_assert_int_eq((int)recvmsg_sv(b, &msg, 0), 1);
	ck_assert_int_eq(buf[0], 'z');
	close(a);
	close(b);
}
END_TEST

/* Other families pass through: the original's programs use them alike */
START_TEST(socket_sv__other_families)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	struct sockaddr_in got;
	socklen_t len = sizeof(got);
	int fd = socket_sv(AF_INET, SOCK_STREAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind_sv(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(getsockname_sv(fd, (struct sockaddr *)&got, &len), 0);
	ck_assert_int_eq(got.sin_family, AF_INET);
	close(fd);
}
END_TEST

START_TEST(calls__pass_errors_on)
{
	struct sockaddr_sv addr = address("errors");
	socklen_t len = sizeof(addr);
	int fd = socket_sv(AF_SERVAL, SOCK_STREAM, 0);

	ck_assert_int_eq(connect_sv(fd, sa(&addr), sizeof(addr)), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	ck_assert_int_eq(getpeername_sv(fd, sa(&addr), &len), -1);
	ck_assert_int_eq(errno, ENOTCONN);
	ck_assert_int_eq(bind_sv(fd, sa(&addr), 1), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(bind_sv(fd, NULL, sizeof(addr)), -1);
	ck_assert_int_eq(errno, EFAULT);
	ck_assert_int_eq(accept_sv(fd, sa(&addr), &len), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(getsockname_sv(fd, sa(&addr), NULL), -1);
	ck_assert_int_eq(errno, EFAULT);
	ck_assert_int_eq((int)recv_sv(-1, NULL, 0, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(socket_sv(AF_SERVAL, 77, 0), -1);
	close(fd);
}
END_TEST

START_TEST(strerror_sv__texts)
{
	char buf[128], small[6] = "x";

	ck_assert_str_eq(strerror_sv(EHOSTUNREACH),
			 "No route to host, or no rule for the service");
	ck_assert_str_eq(strerror_sv(EPIPE), strerror(EPIPE));
	ck_assert_str_eq(strerror_sv(0), strerror(0));
	ck_assert_str_eq(strerror_sv(123456), strerror(123456));
	ck_assert_ptr_eq(strerror_sv_r(ECONNREFUSED, buf, sizeof(buf)), buf);
	ck_assert_str_eq(buf, "Connection refused: nobody serves this there");
	ck_assert_str_eq(strerror_sv_r(EPIPE, small, sizeof(small)), "Broke");
	ck_assert_ptr_eq(strerror_sv_r(EPIPE, small, 0), small);
	ck_assert_str_eq(small, "Broke");
}
END_TEST

static Suite *socket_suite(void)
{
	Suite *suite = suite_create("libserval sockets");
	TCase *tcase = tcase_create("module");

	tcase_add_loop_test(tcase, sv_family_from__content, 0, ARRAY_SIZE(files));
	tcase_add_test(tcase, sv_family_from__no_file);
	tcase_add_test(tcase, sv_family__default_and_errno);
	tcase_add_test(tcase, strerror_sv__texts);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("other number");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, sv_family__seen);
	tcase_add_test(tcase, sv_addr_in__leaves_others_alone);
	tcase_add_test(tcase, sv_addr_out__cases);
	tcase_add_test(tcase, socket_sv__stream);
	tcase_add_test(tcase, accept4_sv__flags_and_no_address);
	tcase_add_test(tcase, sendto_sv__datagrams);
	tcase_add_test(tcase, sendmsg_sv__datagrams);
	tcase_add_test(tcase, socket_sv__other_families);
	tcase_add_test(tcase, calls__pass_errors_on);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(socket_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
