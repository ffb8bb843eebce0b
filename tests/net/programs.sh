#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Programs that know nothing of Serval, at both ends: `serval listen` gives a
# server its connection as standard input and output, `serval nc` is the pipe
# that clients can be given. All they carry arrives intact.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

# left_out WHAT: its program is not installed, which the full counts do not excuse
left_out() {
	case ${SERVAL_LONG:-0} in
	0) say "$1 is not installed: left out" ;;
	*) fail "$1 is not installed" ;;
	esac
}

over_serval || skip "this is about serval listen and nc"
serval_load
ns_new client server
link client 10.1.0.1/24 server 10.1.0.2/24
short_timewait client server

# listen NAME COMMAND...: a service that is ready
listen() {
	local name=$1
	shift
	start "$name" server serval listen "$(sid "$name")" -- "$@"
	wait_for 10 grep -q listening "$scratch/$name" || fail "serval listen: $(cat "$scratch/$name")"
	rule client "$name" via 10.1.0.2
}

# A tree with what trees have: depth, links, modes, holes, odd names
tree=$scratch/tree
mkdir -p "$tree/deep/deeper" "$tree/empty"
for ((i = 0; i < $(size 500 40); i++)); do
	head -c $((i * 977)) /dev/urandom >"$tree/deep/file $i"
done
head -c "$(size 50000000 2000000)" /dev/urandom >"$tree/deep/deeper/large"
ln -s "deep/file 1" "$tree/link"
chmod 711 "$tree/deep/file 2"
truncate -s 1M "$tree/hole"
hash_tree() { (cd "$1" && find . -printf '%p %y %m %l\n' | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum); }
hash_tree "$tree" >"$scratch/want"

listen echo cat
head -c "$(size 20000000 1000000)" /dev/urandom >"$scratch/in"
on client serval nc "$(sid echo)" <"$scratch/in" >"$scratch/out" || fail "serval nc ended with $?"
check "cat: what was sent comes back" cmp "$scratch/in" "$scratch/out"

listen tar tar -C "$tree" -cf - .
mkdir "$scratch/untarred"
on client serval nc "$(sid tar)" </dev/null | tar -C "$scratch/untarred" -xpf - || fail "tar"
hash_tree "$scratch/untarred" >"$scratch/got"
check "tar: a tree arrives whole" diff "$scratch/want" "$scratch/got"

if command -v busybox >/dev/null; then
	listen http busybox httpd -i -h "$tree"
	printf 'GET /deep/deeper/large HTTP/1.0\r\n\r\n' |
		on client serval nc "$(sid http)" >"$scratch/http_out" || fail "http"
	head -1 "$scratch/http_out" | grep -q '200 OK' || fail "http: $(head -1 "$scratch/http_out")"
	sed '1,/^\r$/d' "$scratch/http_out" | check "busybox httpd: a file arrives whole" \
		cmp - "$tree/deep/deeper/large"
else
	left_out "busybox httpd"
fi

# A whole HTTP server that takes its connection from inetd: curl speaks to it
# through a local socket that serval nc stands behind
cat >"$scratch/serve.py" <<'END'
import http.server, socket, sys

class Once(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *args):
        pass

# The descriptor is Serval's: whatever Python makes of the family, bytes are bytes
sock = socket.socket(fileno=0)
Once(sock, ("serval", 0), None)
END
listen python env -C "$tree" python3 "$scratch/serve.py"
printf 'GET /deep/deeper/large HTTP/1.1\r\nHost: x\r\n\r\nGET /hole HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' |
	on client serval nc "$(sid python)" >"$scratch/python_out" || fail "python"
check_eq "python http.server: answers on one connection" \
	"$(grep -ao 'HTTP/1.1 200 OK' "$scratch/python_out" | wc -l)" 2
head=$(sed '/^\r$/q' "$scratch/python_out" | wc -c)
check "python http.server: a file arrives whole" cmp -i "$head:0" \
	-n "$(stat -c %s "$tree/deep/deeper/large")" "$scratch/python_out" "$tree/deep/deeper/large"
check "and the next" cmp -i "$(($(stat -c %s "$scratch/python_out") - 1048576)):0" \
	"$scratch/python_out" "$tree/hole"

if sshd=$(command -v sshd); then
	# It drops its rights to this user, which only an installed sshd brings along
	getent passwd sshd >/dev/null || echo 'sshd:x:199:65534::/run/sshd:/usr/sbin/nologin' >>/etc/passwd
	mkdir -p /run/sshd "$scratch/sshd"
	chmod 755 /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$scratch/sshd/host"
	ssh-keygen -q -t ed25519 -N '' -f "$scratch/sshd/user"
	cp "$scratch/sshd/user.pub" "$scratch/sshd/authorized"
	chmod 600 "$scratch/sshd/authorized"
	cat >"$scratch/sshd/sshd" <<-END
		HostKey $scratch/sshd/host
		AuthorizedKeysFile $scratch/sshd/authorized
		StrictModes no
		UsePAM no
		PermitRootLogin yes
		PidFile none
	END
	cat >"$scratch/sshd/ssh" <<-END
		Host *
		IdentityFile $scratch/sshd/user
		UserKnownHostsFile $scratch/sshd/known
		StrictHostKeyChecking accept-new
		ProxyCommand serval nc $(sid ssh)
	END
	listen ssh "$sshd" -i -f "$scratch/sshd/sshd"
	secure() { on client ssh -F "$scratch/sshd/ssh" root@service "$@"; }
	check_eq "ssh: exit status" "$(secure 'exit 7' >/dev/null 2>"$scratch/ssh_log"; echo $?)" 7
	check_eq "ssh: output" "$(secure 'cat; echo done' <<<hello | paste -sd' ')" "hello done"
	if command -v rsync >/dev/null; then
		on client rsync -a -e "ssh -F $scratch/sshd/ssh" "$tree/" "root@service:$scratch/over_ssh/" ||
			fail "rsync over ssh"
		hash_tree "$scratch/over_ssh" >"$scratch/got"
		check "rsync over ssh: a tree arrives whole" diff "$scratch/want" "$scratch/got"
	fi
else
	left_out ssh
fi

if command -v rsync >/dev/null; then
	cat >"$scratch/rsyncd.conf" <<-END
		use chroot = no
		uid = 0
		gid = 0
		[tree]
		path = $tree
	END
	listen rsync rsync --daemon --config="$scratch/rsyncd.conf"
	RSYNC_CONNECT_PROG="serval nc $(sid rsync)" \
		on client rsync -a rsync://service/tree/ "$scratch/rsynced/" || fail "rsync"
	hash_tree "$scratch/rsynced" >"$scratch/got"
	check "rsync daemon: a tree arrives whole" diff "$scratch/want" "$scratch/got"
else
	left_out rsync
fi

on client serval nc "$(sid nobody)" </dev/null >/dev/null 2>"$scratch/nobody" && fail "nc to nobody succeeded"
check "serval nc says what is wrong" grep -qi 'no route to host' "$scratch/nobody"

check_counter server PassiveOpens -gt 5
check_clean client server
check_counter server InCsumErrors = 0
check_no_flows client server
