# SPDX-License-Identifier: GPL-2.0-or-later
"""rawpeer_kernel - the module under test, as an application of its namespace sees it.

AF_SERVAL sockets through libc, because Python's socket module does not know
the family's addresses; never blocking, so that one thread can be both ends.
Nothing of libserval: what is tested does not help to test itself.
"""

import ctypes
import errno
import fcntl
import os
import select
import socket
import struct

AF_SERVAL = 28
SOL_SERVAL, SV_FLOW_INFO = 1144, 1
CLONE_NEWNET = 0x40000000
SIOCETHTOOL = 0x8946
ETHTOOL_OFF = (0x17, 0x1F, 0x24)       # transmit checksums, TSO, GSO

libc = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def address(service, bits=0):
    """struct sockaddr_sv: family, flags, significant bits (0: all), serviceID."""
    return struct.pack("=HBB", AF_SERVAL, 0, bits) + service


class KernelSocket:
    def __init__(self, sock):
        self.sock = sock
        sock.setblocking(False)

    def bind(self, service, bits=0):
        addr = address(service, bits)
        checked(libc.bind(self.sock.fileno(), addr, len(addr)))

    def listen(self, backlog=64):
        self.sock.listen(backlog)

    def accept(self):
        """A KernelSocket, or None if nobody waits."""
        fd = libc.accept(self.sock.fileno(), None, None)
        if fd < 0 and ctypes.get_errno() == errno.EAGAIN:
            return None
        return KernelSocket(socket.socket(AF_SERVAL, socket.SOCK_STREAM, 0, fileno=checked(fd)))

    def connect(self, service):
        addr = address(service)
        if libc.connect(self.sock.fileno(), addr, len(addr)) < 0 and ctypes.get_errno() != errno.EINPROGRESS:
            checked(-1)

    def name(self):
        """The serviceID that getsockname() tells."""
        buf, size = ctypes.create_string_buffer(36), ctypes.c_uint32(36)
        checked(libc.getsockname(self.sock.fileno(), buf, ctypes.byref(size)))
        return buf.raw[4:36]

    def events(self):
        poll = select.poll()
        poll.register(self.sock, select.POLLIN | select.POLLOUT)
        return dict(poll.poll(0)).get(self.sock.fileno(), 0)

    def connected(self):
        return bool(self.events() & select.POLLOUT)

    def settled(self):
        """The attempt to connect is over, well or not."""
        return bool(self.events() & (select.POLLOUT | select.POLLERR))

    def error(self):
        return self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def send(self, data):
        try:
            return self.sock.send(data, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return 0

    def recv(self, size=1 << 16):
        """Bytes, b"" at the end of file, None if there is nothing now."""
        try:
            return self.sock.recv(size)
        except BlockingIOError:
            return None

    def shutdown(self):
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        self.sock.close()

    def reset(self):
        """Closes with linger time 0: the peer gets a reset."""
        if self.sock.fileno() >= 0:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sock.close()

    def info(self):
        """(local flow id, peer's flow id, peer's address, version) of SV_FLOW_INFO."""
        raw = self.sock.getsockopt(SOL_SERVAL, SV_FLOW_INFO, 256)
        local, peer = struct.unpack("!II", raw[:8])
        return local, peer, socket.inet_ntoa(raw[12:16]), raw[19]


class Kernel:
    """The namespace whose kernel is under test."""

    def __init__(self, name):
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.away = os.open("/run/netns/" + name, os.O_RDONLY)
        self.sockets = []

    def __enter__(self):
        checked(libc.setns(self.away, CLONE_NEWNET))

    def __exit__(self, *_):
        checked(libc.setns(self.home, CLONE_NEWNET))

    def plain_segments(self, iface):
        """Segments as on a real wire: complete checksums, none larger than the link."""
        with self, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            for command in ETHTOOL_OFF:
                value = ctypes.create_string_buffer(struct.pack("=II", command, 0))
                request = struct.pack("16sQ16x", iface.encode(), ctypes.addressof(value))
                fcntl.ioctl(any_socket, SIOCETHTOOL, request)

    def socket(self):
        with self:
            made = KernelSocket(socket.socket(AF_SERVAL, socket.SOCK_STREAM, 0))
        self.sockets.append(made)
        return made

    def listener(self, service, bits=0):
        made = self.socket()
        made.bind(service, bits)
        made.listen()
        return made

    def counters(self):
        """{name: value} of /proc/net/serval/snmp, one per line or as a pair of lines."""
        found = {}
        with self, open("/proc/self/net/serval/snmp", encoding="ascii") as lines:
            names = None
            for line in lines:
                words = line.replace(":", " ").split()
                if len(words) == 2 and words[1].isdigit():
                    found[words[0]] = int(words[1])
                elif names is None:
                    names = words
                else:
                    found.update((n, int(v)) for n, v in zip(names[1:], words[1:]))
                    names = None
        return found
