// SPDX-License-Identifier: MIT
/*
 * ctl - the handle of libservalctl, and the exchange of a request for its
 * answer. Decides what an error is: the kernel's errno and its text.
 *
 * libnl 3.7 translates errnos to coarser numbers of its own and throws the
 * extended acknowledgment away, so errors are taken from the message itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <linux/netlink.h>
#include "ctl_priv.h"

/* Dumps are made in messages of up to this size: a rule with 256 targets fits */
#define RECEIVE_BYTES	32768

/* An exchange in progress */
struct exchange {
	struct svctl *ctl;
	int max;
	svctl_reply_fn fn;
	void *arg;
	int stopped;	/* what fn returned */
	int error;	/* -errno of the kernel's */
	bool done;
	bool changed;
};

int svctl_errno(int nle)
{
	switch (-nle) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INTR:
		return -EINTR;
	default:
		return -EPROTO;
	}
}

static int set_option(struct svctl *ctl, int option)
{
	int on = 1;

	return setsockopt(nl_socket_get_fd(ctl->sk), SOL_NETLINK, option, &on, sizeof(on)) ?
	       -errno : 0;
}

int svctl_open(struct svctl **out)
{
	struct svctl *ctl = calloc(1, sizeof(*ctl));
	int err;

	*out = NULL;
	if (!ctl)
		return -ENOMEM;
	ctl->sk = nl_socket_alloc();
	if (!ctl->sk) {
		free(ctl);
		return -ENOMEM;
	}
	err = svctl_errno(genl_connect(ctl->sk));
	if (err)
		goto fail;
	/* the text of errors; a kernel too old for it still gives the number */
	set_option(ctl, NETLINK_EXT_ACK);
	set_option(ctl, NETLINK_CAP_ACK);
	nl_socket_set_msg_buf_size(ctl->sk, RECEIVE_BYTES);

	ctl->family = genl_ctrl_resolve(ctl->sk, SERVAL_GENL_NAME);
	if (ctl->family < 0) {
		err = ctl->family == -NLE_OBJ_NOTFOUND ? -EAFNOSUPPORT : svctl_errno(ctl->family);
		goto fail;
	}
	*out = ctl;
	return 0;
fail:
	svctl_close(ctl);
	return err;
}

void svctl_close(struct svctl *ctl)
{
	if (!ctl)
		return;
	nl_socket_free(ctl->sk);
	free(ctl);
}

const char *svctl_error(const struct svctl *ctl)
{
	return ctl->text;
}

struct nl_msg *svctl_request(struct svctl *ctl, int cmd, int flags, size_t room)
{
	struct nl_msg *msg = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + room);

	if (!msg)
		return NULL;
	if (genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, ctl->family, 0, flags, cmd,
			SERVAL_GENL_VERSION))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/* Keep the text of an extended acknowledgment whose attributes are at @attr, @len bytes */
static void keep_text(struct svctl *ctl, struct nlattr *attr, int len)
{
	static const char * const rule_names[] = SERVAL_A_RULE_NAMES;
	struct nlattr *tlv[NLMSGERR_ATTR_MAX + 1];
	const char *text = "";
	uint32_t missing;

	if (nla_parse(tlv, NLMSGERR_ATTR_MAX, attr, len, NULL) < 0)
		return;
	if (tlv[NLMSGERR_ATTR_MSG])
		text = nla_get_string(tlv[NLMSGERR_ATTR_MSG]);
	snprintf(ctl->text, sizeof(ctl->text), "%.200s", text);
	if (*ctl->text || !tlv[NLMSGERR_ATTR_MISS_TYPE])
		return;
	missing = svctl_get_uint(tlv[NLMSGERR_ATTR_MISS_TYPE]);
	if (missing < sizeof(rule_names) / sizeof(rule_names[0]) && rule_names[missing])
		snprintf(ctl->text, sizeof(ctl->text), "%s is missing", rule_names[missing]);
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)((char *)e - NLMSG_HDRLEN);
	struct exchange *x = arg;
	size_t used = sizeof(*e);

	x->error = e->error;
	x->done = true;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		used += e->msg.nlmsg_len - NLMSG_HDRLEN;
	if (hdr->nlmsg_flags & NLM_F_ACK_TLVS && NLMSG_HDRLEN + NLMSG_ALIGN(used) < hdr->nlmsg_len)
		keep_text(x->ctl, (struct nlattr *)((char *)e + NLMSG_ALIGN(used)),
			  hdr->nlmsg_len - NLMSG_HDRLEN - NLMSG_ALIGN(used));
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	x->done = true;
	return NL_STOP;
}

/* The end of a dump carries its errno, and then perhaps a text */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct exchange *x = arg;
	int error;

	x->done = true;
	if (hdr->nlmsg_len < NLMSG_HDRLEN + sizeof(error))
		return NL_STOP;
	memcpy(&error, nlmsg_data(hdr), sizeof(error));
	if (error >= 0)
		return NL_STOP;
	x->error = error;
	if (hdr->nlmsg_flags & NLM_F_ACK_TLVS)
		keep_text(x->ctl, (struct nlattr *)((char *)nlmsg_data(hdr) + sizeof(error)),
			  hdr->nlmsg_len - NLMSG_HDRLEN - sizeof(error));
	return NL_STOP;
}

static int on_changed(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	x->changed = true;
	return NL_OK;
}

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct nlattr *attr[SVCTL_ATTR_MAX + 1];

	if (!x->fn || x->stopped)
		return NL_OK;
	if (!genlmsg_valid_hdr(hdr, 0) || genlmsg_parse(hdr, 0, attr, x->max, NULL) < 0) {
		x->stopped = -EPROTO;
		return NL_OK;
	}
	x->stopped = x->fn(attr, genlmsg_attrdata(genlmsg_hdr(hdr), 0),
			   genlmsg_attrlen(genlmsg_hdr(hdr), 0), x->arg);
	return NL_OK;
}

int svctl_exchange(struct svctl *ctl, struct nl_msg *msg, int max, svctl_reply_fn fn, void *arg)
{
	struct exchange x = { .ctl = ctl, .max = max, .fn = fn, .arg = arg };
	struct nl_cb *cb;
	int err;

	ctl->text[0] = '\0';
	if (ctl->groups) {
		nlmsg_free(msg);
		return -EBUSY;
	}
	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!msg || !cb) {
		nlmsg_free(msg);
		nl_cb_put(cb);
		return -ENOMEM;
	}
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &x);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_changed, &x);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_reply, &x);

	err = nl_send_auto(ctl->sk, msg);
	while (err >= 0 && !x.done)
		err = nl_recvmsgs(ctl->sk, cb);
	nlmsg_free(msg);
	nl_cb_put(cb);

	if (x.error)
		return x.error;
	if (!x.done)
		return svctl_errno(err);
	return x.stopped ? x.stopped : x.changed;
}

uint64_t svctl_get_uint(const struct nlattr *attr)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	if (!attr)
		return 0;
	switch (nla_len(attr)) {
	case sizeof(uint8_t):
		return *(const uint8_t *)nla_data(attr);
	case sizeof(u16):
		memcpy(&u16, nla_data(attr), sizeof(u16));
		return u16;
	case sizeof(u32):
		memcpy(&u32, nla_data(attr), sizeof(u32));
		return u32;
	case sizeof(u64):
		memcpy(&u64, nla_data(attr), sizeof(u64));
		return u64;
	default:
		return 0;
	}
}

void svctl_get_bytes(const struct nlattr *attr, void *to, size_t len)
{
	if (attr && (size_t)nla_len(attr) >= len)
		memcpy(to, nla_data(attr), len);
	else
		memset(to, 0, len);
}
