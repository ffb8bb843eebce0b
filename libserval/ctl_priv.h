/* SPDX-License-Identifier: MIT */
/*
 * What the files of libservalctl share: the handle and the exchange of
 * messages. Requests are made with libnl, answers are parsed with it; what
 * libnl would not tell (the errno itself, the kernel's text) ctl.c finds out.
 */
#ifndef LIBSERVAL_CTL_PRIV_H
#define LIBSERVAL_CTL_PRIV_H

#include <errno.h>
#include <string.h>
#include <netlink/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <libserval/ctl.h>

/**
 * struct svctl - a handle
 * @sk: the netlink socket
 * @family: number of the module's generic netlink family
 * @text: what svctl_error() tells
 * @groups: SVCTL_GROUP_* this handle receives events of
 * @seq: the last event of each group; valid if @seq_known has the group's bit
 * @seq_known: see @seq
 * @overrun: events were lost, which is still to be told
 */
struct svctl {
	struct nl_sock	*sk;
	int		family;
	char		text[256];
	unsigned int	groups;
	unsigned int	seq_known;
	uint32_t	seq[2];
	bool		overrun;
};

/* No answer has an attribute of a higher number */
#define SVCTL_ATTR_MAX	31
_Static_assert(SERVAL_A_FLOW_MAX <= SVCTL_ATTR_MAX, "the longest set of attributes");

/*
 * Receives an answer: the (last) attribute of each number, NULL for what is not
 * there, and all of them as they came from @head on in @len bytes.
 */
typedef int (*svctl_reply_fn)(struct nlattr **attr, const struct nlattr *head, int len, void *arg);

/**
 * svctl_request() - begin a message
 * @cmd: SERVAL_CMD_*
 * @flags: NLM_F_DUMP or 0
 * @room: bytes its attributes will take at most
 *
 * Return: the message, to be given to svctl_exchange(); NULL without memory
 */
struct nl_msg *svctl_request(struct svctl *ctl, int cmd, int flags, size_t room);

/**
 * svctl_exchange() - send a message and read the whole answer
 * @msg: always freed; NULL is answered by -ENOMEM
 * @max: the highest attribute number of answers, at most SVCTL_ATTR_MAX
 * @fn: receives each answer's attributes; NULL if none is due
 *
 * After @fn returned something else than 0, the rest of the answer is thrown away.
 *
 * Return: 0, 1 if a dump is inconsistent, -errno, or what @fn returned
 */
int svctl_exchange(struct svctl *ctl, struct nl_msg *msg, int max, svctl_reply_fn fn, void *arg);

/* -errno for one of libnl's error numbers */
int svctl_errno(int nle);

/* Attributes of answers; absent or too short ones read as zero */
uint64_t svctl_get_uint(const struct nlattr *attr);
void svctl_get_bytes(const struct nlattr *attr, void *to, size_t len);

/* A flow from its attributes, ctl_flow.c */
void svctl_parse_flow(struct nlattr **attr, struct sv_flow_info *flow);

#endif
