// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc - which process holds a socket, as /proc/PID/fd tells it. The kernel
 * has no such relation; the walk over all processes is made once, and only
 * if somebody asks.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tool.h"

struct holder {
	uint64_t inode;
	int pid;
};

static struct holder *holders;
static size_t n_holders;
static bool walked;

static int by_inode(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->pid - y->pid;
}

static void add(uint64_t inode, int pid)
{
	struct holder *more;

	if (n_holders % 256 == 0) {
		more = realloc(holders, (n_holders + 256) * sizeof(*more));
		if (!more)
			return;
		holders = more;
	}
	holders[n_holders++] = (struct holder){ inode, pid };
}

static void walk_process(const char *pid)
{
	unsigned long long inode;
	struct dirent *fd;
	char path[300];
	char link[64];
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return;
	while ((fd = readdir(dir))) {
		len = readlinkat(dirfd(dir), fd->d_name, link, sizeof(link) - 1);
		if (len < 0)
			continue;
		link[len] = '\0';
		if (sscanf(link, "socket:[%llu]", &inode) == 1)
			add(inode, atoi(pid));
	}
	closedir(dir);
}

static void walk(void)
{
	struct dirent *entry;
	DIR *proc;

	walked = true;
	proc = opendir("/proc");
	if (!proc)
		return;
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			walk_process(entry->d_name);
	closedir(proc);
	if (n_holders)
		qsort(holders, n_holders, sizeof(*holders), by_inode);
}

int proc_pid(uint64_t inode, unsigned int nth)
{
	int last = 0;
	size_t i;

	if (!inode)
		return 0;
	if (!walked)
		walk();
	for (i = 0; i < n_holders; i++) {
		/* a process may hold a socket by several descriptors */
		if (holders[i].inode != inode || holders[i].pid == last)
			continue;
		last = holders[i].pid;
		if (!nth--)
			return last;
	}
	return 0;
}
