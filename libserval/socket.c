// SPDX-License-Identifier: MIT
/*
 * The socket calls under the names of the original Serval. They add one thing
 * to the system's: the module's family number in place of AF_SERVAL. No state,
 * and no opinion on what an address says.
 */
#include <errno.h>

#include "private.h"

/* How much of an address is there: the kernel reports more than was room for */
static socklen_t written(socklen_t room, socklen_t reported)
{
	return room < reported ? room : reported;
}

SV_EXPORT int socket_sv(int domain, int type, int protocol)
{
	int family, fd;

	if (domain != AF_SERVAL)
		return socket(domain, type, protocol);
	family = sv_family();
	fd = socket(family, type, protocol);
	/*
	 * The attempt may have made the kernel load the module, and its
	 * options may give it another number: ask again, once.
	 */
	if (fd < 0 && errno == EAFNOSUPPORT && sv_family() != family)
		fd = socket(sv_family(), type, protocol);
	return fd;
}

SV_EXPORT int bind_sv(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_storage copy;

	return bind(fd, sv_addr_in(addr, len, &copy), len);
}

SV_EXPORT int connect_sv(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_storage copy;

	return connect(fd, sv_addr_in(addr, len, &copy), len);
}

SV_EXPORT int listen_sv(int fd, int backlog)
{
	return listen(fd, backlog);
}

SV_EXPORT int accept4_sv(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	socklen_t room = addr && len ? *len : 0;
	int child = accept4(fd, addr, len, flags);

	if (child >= 0 && addr && len)
		sv_addr_out(addr, written(room, *len));
	return child;
}

SV_EXPORT int accept_sv(int fd, struct sockaddr *addr, socklen_t *len)
{
	return accept4_sv(fd, addr, len, 0);
}

SV_EXPORT ssize_t send_sv(int fd, const void *buf, size_t len, int flags)
{
	return send(fd, buf, len, flags);
}

SV_EXPORT ssize_t recv_sv(int fd, void *buf, size_t len, int flags)
{
	return recv(fd, buf, len, flags);
}

SV_EXPORT ssize_t sendto_sv(int fd, const void *buf, size_t len, int flags,
			    const struct sockaddr *addr, socklen_t addrlen)
{
	struct sockaddr_storage copy;

	return sendto(fd, buf, len, flags, sv_addr_in(addr, addrlen, &copy), addrlen);
}

SV_EXPORT ssize_t recvfrom_sv(int fd, void *buf, size_t len, int flags,
			      struct sockaddr *addr, socklen_t *addrlen)
{
	socklen_t room = addr && addrlen ? *addrlen : 0;
	ssize_t n = recvfrom(fd, buf, len, flags, addr, addrlen);

	if (n >= 0 && addr && addrlen)
		sv_addr_out(addr, written(room, *addrlen));
	return n;
}

SV_EXPORT ssize_t sendmsg_sv(int fd, const struct msghdr *msg, int flags)
{
	struct sockaddr_storage copy;
	struct msghdr changed = *msg;

	changed.msg_name = (void *)sv_addr_in(msg->msg_name, msg->msg_namelen, &copy);
	return sendmsg(fd, &changed, flags);
}

SV_EXPORT ssize_t recvmsg_sv(int fd, struct msghdr *msg, int flags)
{
	socklen_t room = msg->msg_namelen;
	ssize_t n = recvmsg(fd, msg, flags);

	if (n >= 0)
		sv_addr_out(msg->msg_name, written(room, msg->msg_namelen));
	return n;
}

SV_EXPORT int shutdown_sv(int fd, int how)
{
	return shutdown(fd, how);
}

SV_EXPORT int close_sv(int fd)
{
	return close(fd);
}

SV_EXPORT int getsockopt_sv(int fd, int level, int name, void *value, socklen_t *len)
{
	return getsockopt(fd, level, name, value, len);
}

SV_EXPORT int setsockopt_sv(int fd, int level, int name, const void *value, socklen_t len)
{
	int ret = setsockopt(fd, level, name, value, len);

	/* a kernel that keeps this one from families it does not know */
	if (ret && errno == EOPNOTSUPP && level == SOL_SOCKET && name == SO_REUSEPORT)
		ret = setsockopt(fd, SOL_SERVAL, SV_REUSEPORT, value, len);
	return ret;
}

SV_EXPORT int getsockname_sv(int fd, struct sockaddr *addr, socklen_t *len)
{
	socklen_t room = len ? *len : 0;
	int ret = getsockname(fd, addr, len);

	if (!ret)
		sv_addr_out(addr, written(room, *len));
	return ret;
}

SV_EXPORT int getpeername_sv(int fd, struct sockaddr *addr, socklen_t *len)
{
	socklen_t room = len ? *len : 0;
	int ret = getpeername(fd, addr, len);

	if (!ret)
		sv_addr_out(addr, written(room, *len));
	return ret;
}
