// SPDX-License-Identifier: CC-BY-3.0
/*
 * http_client - fetches a page from an HTTP server over AF_SERVAL or AF_INET
 *
 * A program written for the original Serval, kept to prove that such programs
 * still compile and run: listing B.4 of Marios Isaakidis, "Service-Aware
 * Networking", Cyprus University of Technology 2014, under the Creative
 * Commons Attribution 3.0 Unported licence
 * (https://creativecommons.org/licenses/by/3.0/).
 *
 * Changed from the listing: white space; what a page break or a bad scan
 * swallowed is restored; three faults outside its Serval calls are mended (the
 * page was the format of a printf(), the buffer was printed again at the end,
 * an option without its argument crashed). The Serval calls are as printed.
 */
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <errno.h>
#include <sys/types.h>
#include <unistd.h>
#include <libserval/serval.h>
#include <netinet/serval.h>

static const char *progname = "http_client";
static unsigned short DEFAULT_SERVER_SID = 80;
static struct service_id server_srvid;
static char *host = "127.0.0.1";
char buf[BUFSIZ+1];
#define USERAGENT "HTMLGET 1.0"
static char *page = "/";

static void signal_handler(int sig)
{
	switch (sig) {
	case SIGHUP:
		printf("Doing failover\n");
		break;
	case SIGTERM:
		// kill -TERM requests graceful termination (may hang if
		// in syscall in which case a subsequent SIGINT is reqd.
		printf("signal term caught! exiting...\n");
		break;
	case SIGINT:
		// ctrl-c does abnormal termination
		printf("abnormal termination! exiting..\n");
		signal(sig, SIG_DFL);
		raise(sig);
		break;
	default:
		printf("unknown signal");
		signal(sig, SIG_DFL);
		raise(sig);
		break;
	}
}

static int set_reuse_ok(int soc)
{
	int option = 1;

	if (setsockopt(soc, SOL_SOCKET, SO_REUSEADDR,
		       &option, sizeof(option)) < 0) {
		fprintf(stderr, "proxy setsockopt error");
		return -1;
	}
	return 0;
}

static char *build_get_query(void)
{
	char *query;
	char *getpage = page;
	char *tpl = "GET /%s HTTP/1.0\r\nHost: %s\r\nUser-Agent: %s\r\n\r\n";

	if (getpage[0] == '/') {
		getpage = getpage + 1;
		fprintf(stderr, "Removing leading \"/\", converting %s to %s\n",
			page, getpage);
	}
	// -5 is to consider the %s %s %s in tpl and the ending \0
	query = (char *)malloc(strlen(host) + strlen(getpage) +
			       strlen(USERAGENT) + strlen(tpl) - 5);
	sprintf(query, tpl, getpage, host, USERAGENT);
	return query;
}

static int send_httpget_req(int sock)
{
	char *getReq = build_get_query();
	// Send the query to the server
	int sent = 0;
	int tmpres = 0;

	while (sent < strlen(getReq)) {
		tmpres = send_sv(sock, getReq+sent, strlen(getReq)-sent, 0);
		if (tmpres == -1) {
			fprintf(stderr, "can't send http get query");
			exit(1);
		}
		sent += tmpres;
	}
	// now it is time to receive the page
	int htmlstart = 0;
	char *htmlcontent;
	int should_exit = 0;

	while (!should_exit) {
		memset(buf, 0, sizeof(buf));
		tmpres = recv_sv(sock, buf, BUFSIZ, 0);
		if (htmlstart == 0) {
			/*
			 * Under certain conditions this will not work.
			 * If the \r\n\r\n part is splitted into two messages
			 * it will fail to detect the beginning of HTML content
			 */
			htmlcontent = strstr(buf, "\r\n\r\n");
			if (htmlcontent != NULL) {
				htmlstart = 1;
				htmlcontent += 4;
			}
		} else {
			htmlcontent = buf;
		}
		if (htmlstart)
			fputs(htmlcontent, stdout);
		if (tmpres <= 0)
			should_exit = 1;
	}
	if (tmpres < 0)
		perror("Error receiving data");
	free(getReq);
	return 0;
}

static int client(struct in_addr *srv_inetaddr, int port)
{
	int sock, ret = EXIT_FAILURE;
	union {
		struct sockaddr_sv serval;
		struct sockaddr_in inet;
		struct sockaddr saddr;
	} cliaddr, srvaddr;
	socklen_t addrlen = 0;
	unsigned short srv_inetport = (unsigned short)port;
	int family = AF_SERVAL;

	memset(&cliaddr, 0, sizeof(cliaddr));
	memset(&srvaddr, 0, sizeof(srvaddr));
	if (srv_inetaddr) {
		family = AF_INET;
		cliaddr.inet.sin_family = family;
		cliaddr.inet.sin_port = htons(6767);
		srvaddr.inet.sin_family = family;
		srvaddr.inet.sin_port = htons(srv_inetport);
		memcpy(&srvaddr.inet.sin_addr, srv_inetaddr,
		       sizeof(*srv_inetaddr));
		addrlen = sizeof(cliaddr.inet);
	} else {
		cliaddr.serval.sv_family = family;
		cliaddr.serval.sv_srvid.s_sid32[0] = htonl(getpid());
		srvaddr.serval.sv_family = AF_SERVAL;
		memcpy(&srvaddr.serval.sv_srvid,
		       &server_srvid, sizeof(server_srvid));
		addrlen = sizeof(cliaddr.serval);
		/* srvaddr.sv_flags = SV_WANT_FAILOVER; */
	}
	sock = socket_sv(family, SOCK_STREAM, 0);
	set_reuse_ok(sock);
	if (family == AF_SERVAL) {
		ret = bind_sv(sock, &cliaddr.saddr, addrlen);
		if (ret < 0) {
			fprintf(stderr, "error client binding socket: %s\n",
				strerror_sv(errno));
			goto out;
		}
	}
	if (family == AF_INET) {
		char buf[18];

		printf("Connecting to service %s:%u\n",
		       inet_ntop(family, srv_inetaddr, buf, 18),
		       srv_inetport);
	} else {
		printf("Connecting to service id %s\n",
		       service_id_to_str(&srvaddr.serval.sv_srvid));
	}
	ret = connect_sv(sock, &srvaddr.saddr, addrlen);
	if (ret < 0) {
		fprintf(stderr, "ERROR connecting: %s\n",
			strerror_sv(errno));
		goto out;
	}
#if defined(SERVAL_NATIVE)
	{
		struct {
			struct sockaddr_sv sv;
			struct sockaddr_in in;
		} saddr;
		socklen_t addrlen = sizeof(saddr.in);
		char ipaddr[18];

		memset(&saddr, 0, sizeof(saddr));
		ret = getsockname(sock, (struct sockaddr *)&saddr, &addrlen);
		if (ret == -1) {
			fprintf(stderr, "Could not get sock name : %s\n",
				strerror(errno));
		} else {
			printf("sock name is %s @ %s\n",
			       service_id_to_str(&saddr.sv.sv_srvid),
			       inet_ntop(AF_INET, &saddr.in.sin_addr, ipaddr, 18));
		}
		memset(&saddr, 0, sizeof(saddr));
		ret = getpeername(sock, (struct sockaddr *)&saddr, &addrlen);
		if (ret == -1) {
			fprintf(stderr, "Could not get peer name : %s\n",
				strerror(errno));
		} else {
			printf("peer name is %s @ %s\n",
			       service_id_to_str(&saddr.sv.sv_srvid),
			       inet_ntop(AF_INET, &saddr.in.sin_addr, ipaddr, 18));
		}
	}
#endif
	printf("Connected successfully!\n");
	ret = send_httpget_req(sock);
	if (ret == EXIT_SUCCESS)
		printf("Success\n");
	else
		printf("Receive failed\n");
out:
	fprintf(stderr, "Closing socket...\n");
	close_sv(sock);
	return ret;
}

static void print_help(void)
{
	printf("Usage: %s [OPTIONS]\n", progname);
	printf("-h, --help                  - Print this information.\n"
	       "-s, --serviceid SERVICE_ID  - ServiceID to connect to.\n"
	       "-i, --inet IP_ADDR          - Use AF_INET\n"
	       "-p, --page PAGE             - Fetch a specific webpage\n");
}

static int parse_inet_str(char *inet_str, struct in_addr *ip, int *port)
{
	if (!ip)
		return -1;
	if (port) {
		char *p;
		char *save;

		/* Find out whether there is a port number */
		p = strtok_r(inet_str, ":", &save);
		if (!p)
			goto out;
		p = strtok_r(NULL, ":", &save);
		if (p != NULL && p != inet_str)
			*port = atoi(p);
	}
out:
	return inet_pton(AF_INET, inet_str, ip) == 1;
}

int main(int argc, char **argv)
{
	struct sigaction action;
	struct in_addr srv_inetaddr;
	int port = DEFAULT_SERVER_SID;
	int family = AF_SERVAL;

	server_srvid.s_sid32[0] = htonl(DEFAULT_SERVER_SID);
	memset(&action, 0, sizeof(struct sigaction));
	action.sa_handler = signal_handler;
	/* This server should shut down on these signals. */
	sigaction(SIGTERM, &action, 0);
	sigaction(SIGHUP, &action, 0);
	sigaction(SIGINT, &action, 0);
	progname = argv[0];
	argc--;
	argv++;
	while (argc && argv) {
		if (strcmp("-i", argv[0]) == 0 ||
		    strcmp("--inet", argv[0]) == 0) {
			if (argv[1] &&
			    parse_inet_str(argv[1], &srv_inetaddr, &port) == 1) {
				family = AF_INET;
				argc--;
				argv++;
			}
		} else if (strcmp("-h", argv[0]) == 0 ||
			   strcmp("--help", argv[0]) == 0) {
			print_help();
			return EXIT_SUCCESS;
		} else if (argv[1] && (strcmp("-s", argv[0]) == 0 ||
				       strcmp("--serviceid", argv[0]) == 0)) {
			char *endptr = NULL;
			unsigned long sid = strtoul(argv[1], &endptr, 10);

			if (*endptr != '\0') {
				fprintf(stderr, "invalid service id %s\n",
					argv[1]);
				return EXIT_FAILURE;
			}
			server_srvid.s_sid32[0] = htonl(sid);
			argc--;
			argv++;
		} else if (strcmp("-p", argv[0]) == 0 ||
			   strcmp("--page", argv[0]) == 0) {
			if (argv[1]) {
				page = argv[1];
				argc--;
				argv++;
			}
		} else {
			print_help();
			return EXIT_FAILURE;
		}
		argc--;
		argv++;
	}
	return client(family == AF_INET ? &srv_inetaddr : NULL, port);
}
