/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the objects of the serval command share: its options, its exit
 * statuses, the handle to the module, and how things are called and shown.
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <json-c/json.h>
#include <libserval/ctl.h>
#include <libserval/serval.h>
#include "grammar.h"

/* Exit statuses of the program */
enum {
	TOOL_OK		= 0,
	TOOL_USAGE	= 1,	/* the words are no command */
	TOOL_REFUSED	= 2,	/* the kernel or the peer said no */
	TOOL_DEGRADED	= 3,	/* status: something is wrong with the stack */
};

/* What stands before the object, see serval(8) */
struct tool_options {
	bool json;
	bool pretty;
	bool details;
	bool statistics;
	bool human;
	bool oneline;
	bool brief;
	bool numeric;
	bool color;
	bool force;
	bool timestamp;
	bool tshort;
};

extern struct tool_options opt;

/* All commands, commands.c */
extern const struct gram_table tool_grammar;

/* --- main.c ---------------------------------------------------------------- */

/**
 * tool_ctl() - the handle to the module, opened when first asked for
 *
 * Return: the handle; NULL after a message if that did not work
 */
struct svctl *tool_ctl(void);

/* Another handle, to be closed by the caller; NULL after a message */
struct svctl *tool_open(void);

/**
 * tool_refused() - say that something was refused
 * @what: what was wanted
 * @err: -errno
 * @why: the kernel's text, may be "" or NULL
 *
 * Return: TOOL_REFUSED
 */
int tool_refused(const char *what, int err, const char *why);

/* Say what is wrong with the command line. Return: TOOL_USAGE */
__attribute__((format(printf, 1, 2)))
int tool_usage(const char *fmt, ...);

/**
 * tool_batch() - carry out a file of commands, one a line
 * @in: the file
 * @name: what to call it in messages
 * @object: allow commands of this object only; NULL: all of them
 *
 * Return: TOOL_OK, or the status of the first command that failed, which is
 *	   also the last one carried out unless -force was given
 */
int tool_batch(FILE *in, const char *name, const char *object);

/* --- value.c --------------------------------------------------------------- */

extern const struct gram_value tool_values[];

/* A number within limits. Return: false if @text is none */
bool tool_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* Values that the grammar has accepted already */
void tool_sid(const char *text, struct service_id *sid, unsigned int *bits);
uint64_t tool_accepted_number(const char *text);
struct in_addr tool_addr(const char *text);

/**
 * tool_ifindex() - index of the interface of this name
 *
 * Return: the index; 0 after a message if there is none
 */
unsigned int tool_ifindex(const char *name);

/* --- name.c ---------------------------------------------------------------- */

/**
 * name_of() - the name of a prefix, if this machine has heard it
 *
 * Names are looked for in files that anyone may have written: each is hashed,
 * so none can stand for a serviceID that is not its own.
 *
 * Return: the name, valid until the next call; NULL
 */
const char *name_of(const struct service_id *sid, unsigned int bits);

/* Remember how a service was called, if it was by name. A failure is no error. */
void name_learn(const char *text);

/* Call @fn for every name known */
void name_each(void (*fn)(const char *name, void *arg), void *arg);

/* --- show.c ---------------------------------------------------------------- */

enum { SHOW_SID_LEN = SV_NAME_MAX + SERVAL_ADDRSTRLEN };

/**
 * show_sid() - text of a prefix as tables have it: its name, or shortened hex
 * @buf: SHOW_SID_LEN bytes
 *
 * With -N never a name.
 */
const char *show_sid(const struct service_id *sid, unsigned int bits, char *buf);

/* Text of an interface: its name, or if<number>; @buf has IF_NAMESIZE bytes */
const char *show_iface(unsigned int ifindex, char *buf);

/* A number, shortened if -h was given; @buf has 32 bytes */
const char *show_bytes(uint64_t value, char *buf);

const char *show_protocol(uint8_t protocol);
const char *show_rule_type(unsigned int type);

/* Escape sequences around what stands out; "" without -c */
const char *show_bold(void);
const char *show_plain(void);

/* Add what names a prefix in JSON: service, bits, and name if there is one */
void json_add_sid(struct json_object *to, const struct service_id *sid, unsigned int bits);
void json_add_string(struct json_object *to, const char *key, const char *value);
void json_add_uint(struct json_object *to, const char *key, uint64_t value);
void json_add_bool(struct json_object *to, const char *key, bool value);
void json_add_addr(struct json_object *to, const char *key, uint32_t addr);

/*
 * The array that a show command writes with -j: list_end() whatever happened
 * between, so that the output is JSON even after an error.
 */
struct list {
	unsigned int n;
};
void list_begin(struct list *list);
void list_add(struct list *list, struct json_object *object);	/* takes @object over */
void list_end(struct list *list);

/* One object on a line of its own, flushed; takes @object over */
void json_line(struct json_object *object);

/* --- proc.c ---------------------------------------------------------------- */

/**
 * proc_pid() - a process that has the socket open
 * @inode: the socket's
 * @nth: 0 for the first such process
 *
 * Return: its pid; 0 if there is none, or none this user may look into
 */
int proc_pid(uint64_t inode, unsigned int nth);

/* --- the objects ------------------------------------------------------------ */

int service_show(const struct gram_match *match);
int service_get(const struct gram_match *match);
int service_add(const struct gram_match *match);
int service_replace(const struct gram_match *match);
int service_del(const struct gram_match *match);
int service_flush(const struct gram_match *match);
int service_save(const struct gram_match *match);
int service_restore(const struct gram_match *match);
int flow_show(const struct gram_match *match);
int flow_get(const struct gram_match *match);
int monitor_run(const struct gram_match *match);
int stats_show(const struct gram_match *match);
int stats_drops(const struct gram_match *match);
int id_show(const struct gram_match *match);
int listen_run(const struct gram_match *match);
int listen_dgram(const struct gram_match *match);
int nc_run(const struct gram_match *match);
int nc_fdpass(const struct gram_match *match);
int nc_dgram(const struct gram_match *match);
int status_show(const struct gram_match *match);

/* flow.c, for the monitor */
const char *flow_state_name(unsigned int state);
struct json_object *flow_json(const struct sv_flow_info *flow);

#endif
