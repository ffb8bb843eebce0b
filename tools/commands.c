// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * commands - the grammar of the serval command: what it parses, what help
 * shows and what is completed. The hidden rules are spellings of the original
 * and objects without a command.
 */
#include "tool.h"

static const struct gram_rule rules[] = {
	{ "service { show | list } [ SID ] [ type TYPE ] [ via ADDR ]", service_show },
	{ "service get SID", service_get },
	{ "service add SID { [ forward ] NEXTHOP... | delay | drop }", service_add },
	{ "service replace SID { [ forward ] NEXTHOP... | delay | drop }", service_replace },
	{ "service del SID [ via ADDR [ dev IFACE ] ]", service_del },
	{ "service flush", service_flush },
	{ "service save", service_save },
	{ "service restore", service_restore },
	{ "flow { show | list } [ service SID ] [ dev IFACE ] [ peer ADDR ] [ state STATE ] [ pid PID ]",
	  flow_show },
	{ "flow get FLOWID", flow_get },
	{ "id [ show ] SID...", id_show },
	{ "stats show [ all ] [ COUNTER... ]", stats_show },
	{ "stats drops [ all ]", stats_drops },
	{ "monitor [ all | service | flow ]", monitor_run },
	{ "status", status_show },
	{ "listen SID [ max N ] -- CMD [ ARG... ]", listen_run },
	{ "nc SID", nc_run },
	{ "nc fdpass SID", nc_fdpass },
	{ NULL, NULL }
};

static const struct gram_rule hidden[] = {
	{ "service", service_show },
	{ "service add SID ADDR [ priority P ] [ weight W ]", service_add },
	{ "service { replace | mod } SID ADDR [ priority P ] [ weight W ]", service_replace },
	{ "service mod SID { [ forward ] NEXTHOP... | delay | drop }", service_replace },
	{ "service delete SID [ via ADDR [ dev IFACE ] ]", service_del },
	{ "service del SID ADDR", service_del },
	{ "flow", flow_show },
	{ "stats [ all ]", stats_show },
	{ "status show", status_show },
	{ "listen dgram SID [ max N ] -- CMD [ ARG... ]", listen_dgram },
	{ "nc dgram SID", nc_dgram },
	{ NULL, NULL }
};

static const struct gram_def defs[] = {
	{ "NEXTHOP", "via ADDR [ dev IFACE ] [ priority P ] [ weight W ]" },
	{ "TYPE", "forward | demux | delay | drop" },
	{ "STATE", "request | respond | connected | ENDING" },
	{ "ENDING", "finwait1 | finwait2 | closing | closewait | lastack | timewait | closed" },
	{ NULL, NULL }
};

const struct gram_table tool_grammar = { rules, hidden, defs, tool_values };
