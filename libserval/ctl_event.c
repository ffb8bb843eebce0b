// SPDX-License-Identifier: MIT
/*
 * ctl_event - events of the module. Decides when some were lost: the kernel
 * said so (ENOBUFS, which libnl would call a lack of memory), or the numbers
 * in the events have a gap. A loss is an event of its own, never silence.
 */
#include <sys/socket.h>
#include <linux/netlink.h>
#include "ctl_priv.h"

/* Asked for; an unprivileged process gets what net.core.rmem_max allows */
#define RECEIVE_QUEUE	(4 << 20)
#define EVENT_BYTES	8192

static const struct {
	unsigned int bit;
	const char *name;
} groups[] = {
	{ SVCTL_GROUP_SERVICE, SERVAL_MCGRP_SERVICE },
	{ SVCTL_GROUP_FLOW, SERVAL_MCGRP_FLOW },
};

static const unsigned int n_groups = sizeof(groups) / sizeof(groups[0]);

int svctl_subscribe(struct svctl *ctl, unsigned int wanted)
{
	int size = RECEIVE_QUEUE;
	int fd = nl_socket_get_fd(ctl->sk);
	unsigned int i;
	int number;

	ctl->text[0] = '\0';
	if (!wanted || wanted & ~(SVCTL_GROUP_SERVICE | SVCTL_GROUP_FLOW))
		return -EINVAL;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)))
		return -errno;
	for (i = 0; i < n_groups; i++) {
		if (!(wanted & groups[i].bit))
			continue;
		number = genl_ctrl_resolve_grp(ctl->sk, SERVAL_GENL_NAME, groups[i].name);
		if (number < 0)
			return svctl_errno(number);
		/* not by libnl, which makes one number of EPERM and others */
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &number, sizeof(number)))
			return -errno;
	}
	ctl->groups |= wanted;
	return 0;
}

int svctl_fd(const struct svctl *ctl)
{
	return nl_socket_get_fd(ctl->sk);
}

/* Whatever gaps there are in the numbers at this moment are told by this */
static int report_overrun(struct svctl *ctl, svctl_event_fn fn, void *arg)
{
	struct svctl_event event = { .type = SVCTL_EVENT_OVERRUN };

	ctl->overrun = false;
	ctl->seq_known = 0;
	return fn(&event, arg);
}

/* Is this not the event after the last one of its group? */
static bool is_gap(const struct svctl *ctl, unsigned int group, uint32_t seq)
{
	return ctl->seq_known & groups[group].bit && seq != ctl->seq[group] + 1;
}

/* Fill in @event; the group it came by, or -1 if it is none that this library knows */
static int parse_event(struct nlmsghdr *hdr, struct svctl_event *event)
{
	struct nlattr *attr[SVCTL_ATTR_MAX + 1];

	memset(event, 0, sizeof(*event));
	if (!genlmsg_valid_hdr(hdr, 0) || genlmsg_parse(hdr, 0, attr, SVCTL_ATTR_MAX, NULL) < 0)
		return -1;
	event->type = genlmsg_hdr(hdr)->cmd;
	switch (event->type) {
	case SVCTL_EVENT_RULE_NEW:
	case SVCTL_EVENT_RULE_GONE:
		svctl_get_bytes(attr[SERVAL_A_RULE_SERVICE], &event->sid, sizeof(event->sid));
		event->bits = svctl_get_uint(attr[SERVAL_A_RULE_PREFIX_BITS]);
		event->rule_type = svctl_get_uint(attr[SERVAL_A_RULE_TYPE]);
		event->seq = svctl_get_uint(attr[SERVAL_A_RULE_EVENT_SEQ]);
		return 0;
	case SVCTL_EVENT_BOUND:
	case SVCTL_EVENT_LISTENING:
	case SVCTL_EVENT_CLOSED:
		svctl_get_bytes(attr[SERVAL_A_SERVICE_SERVICE], &event->sid, sizeof(event->sid));
		event->bits = svctl_get_uint(attr[SERVAL_A_SERVICE_PREFIX_BITS]);
		event->protocol = svctl_get_uint(attr[SERVAL_A_SERVICE_PROTOCOL]);
		event->uid = svctl_get_uint(attr[SERVAL_A_SERVICE_UID]);
		event->pid = svctl_get_uint(attr[SERVAL_A_SERVICE_PID]);
		event->inode = svctl_get_uint(attr[SERVAL_A_SERVICE_INODE]);
		event->seq = svctl_get_uint(attr[SERVAL_A_SERVICE_EVENT_SEQ]);
		return 0;
	case SVCTL_EVENT_FLOW_CONNECTED:
	case SVCTL_EVENT_FLOW_CLOSED:
	case SVCTL_EVENT_FLOW_RESET:
		svctl_parse_flow(attr, &event->flow);
		event->seq = svctl_get_uint(attr[SERVAL_A_FLOW_EVENT_SEQ]);
		return 1;
	case SVCTL_EVENT_OVERRUN:
		break;
	}
	return -1;
}

static int report(struct svctl *ctl, struct nlmsghdr *hdr, svctl_event_fn fn, void *arg)
{
	struct svctl_event event;
	int group, stop = 0;

	if (hdr->nlmsg_type != ctl->family)
		return 0;
	group = parse_event(hdr, &event);
	if (group < 0)
		return 0;
	if (is_gap(ctl, group, event.seq))
		stop = report_overrun(ctl, fn, arg);
	ctl->seq[group] = event.seq;
	ctl->seq_known |= groups[group].bit;
	return stop ? stop : fn(&event, arg);
}

/*
 * ENOBUFS comes before events that were there earlier, and until all of these
 * have been read the kernel throws away what else happens, without another
 * word. So the loss is told behind them: what is asked for after that is new
 * enough.
 */
int svctl_events(struct svctl *ctl, svctl_event_fn fn, void *arg)
{
	char buf[EVENT_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_name = &from, .msg_iov = &iov, .msg_iovlen = 1 };
	struct nlmsghdr *hdr;
	ssize_t len;
	int left, stop;

	for (;;) {
		msg.msg_namelen = sizeof(from);
		len = recvmsg(nl_socket_get_fd(ctl->sk), &msg, MSG_DONTWAIT);
		if (len < 0) {
			if (errno == EAGAIN)
				return ctl->overrun ? report_overrun(ctl, fn, arg) : 0;
			if (errno == ENOBUFS)
				ctl->overrun = true;
			else if (errno != EINTR)
				return -errno;
			continue;
		}
		if (msg.msg_flags & MSG_TRUNC) {
			ctl->overrun = true;
			continue;
		}
		if (from.nl_pid)	/* only the kernel tells events */
			continue;
		left = len;
		hdr = (struct nlmsghdr *)buf;
		for (; nlmsg_ok(hdr, left); hdr = nlmsg_next(hdr, &left)) {
			stop = report(ctl, hdr, fn, arg);
			if (stop)
				return stop;
		}
	}
}
