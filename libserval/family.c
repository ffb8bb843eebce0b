// SPDX-License-Identifier: MIT
/*
 * The family's number on this machine, and addresses translated to it and
 * back. Decides when an address needs changing; knows nothing of the calls
 * that carry it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "private.h"

/*
 * 0 until the module has been seen. Only its presence is remembered: a
 * program may start before the module is loaded, even be what loads it.
 */
static atomic_int family_seen;

int sv_family_from(const char *path)
{
	char text[16], *end;
	long number;
	ssize_t n;
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return -1;
	do
		n = read(fd, text, sizeof(text) - 1);
	while (n < 0 && errno == EINTR);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	number = strtol(text, &end, 10);
	if (end == text || (*end && *end != '\n') || number <= 0 || number >= AF_MAX)
		return -1;
	return (int)number;
}

void sv_family_set(int family)
{
	atomic_store_explicit(&family_seen, family, memory_order_relaxed);
}

SV_EXPORT int sv_family(void)
{
	int family = atomic_load_explicit(&family_seen, memory_order_relaxed);
	int saved = errno;

	if (family)
		return family;
	family = sv_family_from(SV_FAMILY_PATH);
	errno = saved;
	if (family < 0)
		return AF_SERVAL;
	sv_family_set(family);
	return family;
}

const struct sockaddr *sv_addr_in(const struct sockaddr *addr, socklen_t len,
				  struct sockaddr_storage *copy)
{
	int family;

	/* Too short, too long, not there: the kernel's to refuse */
	if (!addr || len < sizeof(addr->sa_family) || len > sizeof(*copy) ||
	    addr->sa_family != AF_SERVAL)
		return addr;
	family = sv_family();
	if (family == AF_SERVAL)
		return addr;
	memcpy(copy, addr, len);
	copy->ss_family = (sa_family_t)family;
	return (const struct sockaddr *)copy;
}

void sv_addr_out(struct sockaddr *addr, socklen_t len)
{
	if (addr && len >= sizeof(addr->sa_family) && addr->sa_family == sv_family())
		addr->sa_family = AF_SERVAL;
}
