// SPDX-License-Identifier: MIT
/*
 * Texts of errnos for programs that speak to services. The calls serve every
 * family, so each text must also be true of a TCP socket.
 */
#include <errno.h>
#include <stdio.h>

#include "private.h"

static const char *service_text(int errnum)
{
	switch (errnum) {
	case EAFNOSUPPORT:
		return "Address family not supported, or the Serval module is not loaded";
	case EHOSTUNREACH:
		return "No route to host, or no rule for the service";
	case EACCES:
		return "Permission denied, or a rule drops the service";
	case EADDRINUSE:
		return "Address or service already in use";
	case ECONNREFUSED:
		return "Connection refused: nobody serves this there";
	case ETIMEDOUT:
		return "Timed out: no answer";
	default:
		return NULL;
	}
}

SV_EXPORT char *strerror_sv_r(int errnum, char *buf, size_t len)
{
	const char *text = service_text(errnum);
	char plain[128];

	if (!text)
		text = strerror_r(errnum, plain, sizeof(plain));
	if (len)
		snprintf(buf, len, "%s", text);
	return buf;
}

SV_EXPORT char *strerror_sv(int errnum)
{
	static __thread char buf[128];

	return strerror_sv_r(errnum, buf, sizeof(buf));
}
