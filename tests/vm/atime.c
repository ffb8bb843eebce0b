// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * atime - lets virtiofsd serve files that are not the caller's.
 *
 * The guest's overlay opens every file below it with O_NOATIME, and only a
 * file's owner may: without root, virtiofsd would get EPERM for all of /usr.
 * Preloaded into it (scripts/vm), this leaves the flag out; the access time is
 * then the mount's business, as for any other reader.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

int openat64(int dir, const char *path, int flags, ...);
int __openat64_2(int dir, const char *path, int flags);

int openat64(int dir, const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return syscall(SYS_openat, dir, path, flags & ~O_NOATIME, mode);
}

/* What _FORTIFY_SOURCE makes of openat() without a mode */
int __openat64_2(int dir, const char *path, int flags)
{
	return openat64(dir, path, flags);
}
