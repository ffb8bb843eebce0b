// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * init - process 1 of the test VM (scripts/vm).
 *
 * Alone in the initramfs with the few modules the root file system needs:
 * loads those, puts a tmpfs overlay over the host's root, runs
 * scripts/vm-guest there, and hands its exit status to the host. It decides
 * nothing about tests. One static program instead of a shell and its tools:
 * nothing to install, and half a second less of a four-second boot.
 *
 * The kernel command line says svdir=DIR, the host's folder for this run, and
 * svguest=SCRIPT; or svprobe, which asks only whether a kernel gets this far.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define EXIT_PORT	0xf4	/* isa-debug-exit: a write ends QEMU */

/*
 * QEMU's own exit status has seven bits left for us; the second serial port
 * carries the whole one, and QEMU's being odd says only that we got here.
 */
static void __attribute__((noreturn)) end(int status)
{
	int fd = open("/dev/ttyS1", O_WRONLY | O_NOCTTY);

	if (fd >= 0) {
		dprintf(fd, "%d\n", status);
		tcdrain(fd);
	}
	sync();
	if (!ioperm(EXIT_PORT, 1, 1))
		outb(0, EXIT_PORT);
	for (;;)
		pause();
}

/* The host shows the end of the kernel's log, which is what ttyS0 is */
static void __attribute__((noreturn)) die(const char *what)
{
	int err = errno;
	int fd = open("/dev/ttyS0", O_WRONLY | O_NOCTTY);

	if (fd >= 0) {
		dprintf(fd, "init: %s: %s\n", what, strerror(err));
		tcdrain(fd);
	}
	end(125);
}

static void do_mount(const char *what, const char *where, const char *type, unsigned long flags,
		     const char *data)
{
	if (mkdir(where, 0755) && errno != EEXIST && errno != EROFS)
		die(where);
	if (mount(what, where, type, flags, data))
		die(where);
}

static void load_modules(void)
{
	char line[256];
	FILE *list = fopen("/mods/list", "r");

	if (!list)
		die("/mods/list");
	while (fgets(line, sizeof(line), list)) {
		char path[300];
		int fd;

		line[strcspn(line, "\n")] = '\0';
		snprintf(path, sizeof(path), "/mods/%s", line);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			die(path);
		close(fd);
	}
	fclose(list);
}

/* The value of word= on the kernel's command line, or NULL */
static char *option(char *cmdline, const char *word)
{
	size_t n = strlen(word);
	char *p;

	for (p = cmdline; (p = strstr(p, word)); p += n)
		if ((p == cmdline || p[-1] == ' ') && (p[n] == '=' || p[n] == ' ' || !p[n]))
			return strndup(p + n + 1, p[n] == '=' ? strcspn(p + n + 1, " \n") : 0);
	return NULL;
}

/*
 * The host's root, read-only, under memory of our own: nothing we do reaches it.
 * Everything runs as root here, and setuid would only take that away: files of
 * the host's root look like nobody's when the caller of scripts/vm is not root.
 */
static void new_root(void)
{
	do_mount("root", "/ro", "virtiofs", MS_RDONLY, NULL);
	do_mount("rw", "/rw", "tmpfs", 0, "size=80%");
	if (mkdir("/rw/upper", 0755) || mkdir("/rw/work", 0755))
		die("/rw");
	do_mount("root", "/new", "overlay", MS_NOSUID,
		 "lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work");
	if (mount("/dev", "/new/dev", NULL, MS_MOVE, NULL) ||
	    mount("/proc", "/new/proc", NULL, MS_MOVE, NULL))
		die("mount --move");
	if (chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		die("/new");
	do_mount("sys", "/sys", "sysfs", 0, NULL);
	do_mount("run", "/run", "tmpfs", 0, "mode=755");
	do_mount("pts", "/dev/pts", "devpts", 0, "mode=620,ptmxmode=666");
	do_mount("shm", "/dev/shm", "tmpfs", 0, "mode=1777");
}

static void __attribute__((noreturn)) guest(char *script, char *dir)
{
	char *argv[] = { "bash", script, dir, NULL };
	char *envp[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/run/home", "TERM=dumb", "LANG=C.UTF-8", "TMPDIR=/tmp", NULL
	};
	struct termios tio;
	int fd;

	setsid();
	fd = open("/dev/null", O_RDONLY);
	dup2(fd, 0);
	fd = open("/dev/hvc0", O_RDWR | O_NOCTTY);
	if (fd < 0)
		die("/dev/hvc0");
	if (!tcgetattr(fd, &tio)) {
		cfmakeraw(&tio);
		tcsetattr(fd, TCSANOW, &tio);
	}
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
	execve("/bin/bash", argv, envp);
	die("/bin/bash");
}

int main(void)
{
	char cmdline[4096];
	ssize_t n = -1;
	int fd, status;
	pid_t pid, got;
	char *dir;

	do_mount("dev", "/dev", "devtmpfs", 0, NULL);
	do_mount("proc", "/proc", "proc", 0, NULL);
	fd = open("/proc/cmdline", O_RDONLY);
	if (fd >= 0)
		n = read(fd, cmdline, sizeof(cmdline) - 1);
	if (n < 0)
		die("/proc/cmdline");
	close(fd);
	cmdline[n] = '\0';
	if (option(cmdline, "svprobe"))
		end(0);

	load_modules();
	new_root();

	dir = option(cmdline, "svdir");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		guest(option(cmdline, "svguest"), dir);
	/* Process 1 is every orphan's parent */
	do
		got = wait(&status);
	while (got != pid);
	/* What the processes left behind still write belongs to the run's output */
	fd = open("/dev/hvc0", O_WRONLY | O_NOCTTY);
	if (fd >= 0)
		tcdrain(fd);
	end(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}
