# SPDX-License-Identifier: GPL-2.0-or-later
"""rawpeer_wire - the bytes of Serval, as an outsider reads PROTOCOL.md.

This is the codec of the independent witness (see rawpeer.py). It knows what
the protocol page says about SAL, TCP and IP headers and nothing about the
module: no header and no code of stack/ stands behind it. complaints() is the
judge: it names everything in a received packet that the page does not allow.
"""

import socket
import struct
from dataclasses import dataclass, field

SAL_PROTO = 144
TCP, UDP = 6, 17

SYN, RSYN, ACK, NACK, RST, FIN = 0x80, 0x40, 0x20, 0x10, 0x08, 0x04

X_PAD, X_CONTROL, X_SERVICE, X_ADDRESS, X_SOURCE, X_CHALLENGE, X_JOIN = range(7)

# 1.6: these four PAD bytes in SYN and SYN-ACK mean version 2
PATTERN = bytes([0x05, 0x0E, 0x02, 0x00])

T_FIN, T_SYN, T_RST, T_PSH, T_ACK, T_URG = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


class WireError(ValueError):
    """The bytes are not a packet of this protocol."""


def checksum(data):
    """RFC 1071; 0 over data that carries its own sum."""
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def with_sum(head, offset):
    """The header with its checksum written at offset (the field is zero now)."""
    return head[:offset] + struct.pack("!H", checksum(head)) + head[offset + 2:]


def ip_bytes(addr):
    return socket.inet_aton(addr)


@dataclass
class Control:
    flags: int
    verno: int
    ackno: int
    nonce: int

    def text(self):
        names = ((SYN, "SYN"), (RSYN, "RSYN"), (ACK, "ACK"), (NACK, "NACK"), (RST, "RST"), (FIN, "FIN"))
        return "%s v=%08x a=%08x n=%016x" % (
            "+".join(n for b, n in names if self.flags & b) or "-", self.verno, self.ackno, self.nonce)


@dataclass
class Tcp:
    seq: int
    ack: int
    flags: int
    window: int
    options: bytes = b""
    data: bytes = b""
    sport: int = 0
    dport: int = 0

    def build(self, saddr, daddr):
        opts = self.options + b"\1" * (-len(self.options) % 4)
        head = struct.pack("!HHIIBBHHH", self.sport, self.dport, self.seq & 0xFFFFFFFF,
                           self.ack & 0xFFFFFFFF, (5 + len(opts) // 4) << 4, self.flags,
                           self.window, 0, 0) + opts
        whole = head + self.data
        total = checksum(pseudo(saddr, daddr, TCP, len(whole)) + whole)
        return whole[:16] + struct.pack("!H", total) + whole[18:]

    @classmethod
    def parse(cls, data, saddr, daddr):
        if len(data) < 20:
            raise WireError("TCP header cut short")
        sport, dport, seq, ack, off, flags, window, _, urg = struct.unpack("!HHIIBBHHH", data[:20])
        size = (off >> 4) * 4
        if size < 20 or size > len(data):
            raise WireError("TCP data offset %d" % size)
        if checksum(pseudo(saddr, daddr, TCP, len(data)) + data):
            raise WireError("TCP checksum")
        return cls(seq, ack, flags, window, data[20:size], data[size:], sport, dport)

    def option_map(self):
        found, rest = {}, self.options
        while rest and rest[0]:
            if rest[0] == 1:
                rest = rest[1:]
                continue
            if len(rest) < 2 or rest[1] < 2 or rest[1] > len(rest):
                raise WireError("TCP option length")
            kind, body, rest = rest[0], rest[2:rest[1]], rest[rest[1]:]
            found[kind] = body
        return found

    def text(self):
        names = ((T_SYN, "S"), (T_FIN, "F"), (T_RST, "R"), (T_PSH, "P"), (T_ACK, "."))
        return "tcp %s seq=%08x ack=%08x win=%d len=%d" % (
            "".join(n for b, n in names if self.flags & b), self.seq, self.ack, self.window, len(self.data))


def pseudo(saddr, daddr, proto, length):
    return ip_bytes(saddr) + ip_bytes(daddr) + struct.pack("!BBH", 0, proto, length)


@dataclass
class Packet:
    """One SAL packet between two addresses; payload is the transport part."""
    saddr: str
    daddr: str
    src: int
    dst: int
    control: Control = None
    services: list = field(default_factory=list)
    other: list = field(default_factory=list)      # (type, body after the length byte)
    pads: bytes = b""
    tail: list = field(default_factory=list)       # as other, but behind the pads
    payload: bytes = b""
    protocol: int = TCP
    tcp: Tcp = None
    raw: bytes = b""                               # SAL header as received
    ip: bytes = b""                                # IP header as received
    when: float = 0.0

    def flags(self):
        return self.control.flags if self.control else 0

    def sal(self, rubbish=None):
        """SAL header; rubbish(n) supplies what stands in reserved bits (default zero)."""
        low = (lambda: rubbish(1)[0] & 15) if rubbish else (lambda: 0)
        res = rubbish or (lambda n: bytes(n))
        ext = b""
        if self.control:
            c = self.control
            ext += bytes([X_CONTROL << 4 | low(), 20, c.flags]) + res(1) + struct.pack(
                "!IIQ", c.verno & 0xFFFFFFFF, c.ackno & 0xFFFFFFFF, c.nonce)
        for sid in self.services:
            ext += bytes([X_SERVICE << 4 | low(), 36]) + res(2) + sid
        for kind, body in self.other:
            ext += bytes([kind << 4 | low(), len(body) + 2]) + body
        ext += self.pads
        for kind, body in self.tail:
            ext += bytes([kind << 4 | low(), len(body) + 2]) + body
        return sal_header(self.src, self.dst, ext, self.protocol)

    def build(self, rubbish=None):
        payload = self.tcp.build(self.saddr, self.daddr) if self.tcp else self.payload
        return ip_packet(self.saddr, self.daddr, self.sal(rubbish) + payload)

    def text(self):
        part = ["%s > %s %08x>%08x" % (self.saddr, self.daddr, self.src, self.dst)]
        if self.control:
            part.append(self.control.text())
        part += ["service=%s" % s.hex().rstrip("0") for s in self.services]
        part += ["ext%d=%s" % (k, b.hex()) for k, b in self.other + self.tail]
        if self.pads:
            part.append("pads=" + self.pads.hex())
        if self.tcp:
            part.append(self.tcp.text())
        elif self.payload:
            part.append("payload=" + self.payload.hex())
        return " ".join(part)


def sal_header(src, dst, ext, protocol=TCP, shl=None):
    """Base header before extensions given as bytes, with its sum."""
    if shl is None:
        shl = (12 + len(ext)) // 4
    return with_sum(struct.pack("!IIBBH", src, dst, shl & 255, protocol, 0) + ext, 10)


def ip_packet(saddr, daddr, payload, protocol=SAL_PROTO):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0)
    return with_sum(head + ip_bytes(saddr) + ip_bytes(daddr), 10) + payload


def parse_ip(data):
    """(saddr, daddr, IP header, payload) of a SAL packet; None if it is another protocol."""
    if len(data) < 20 or data[0] >> 4 != 4:
        raise WireError("not IPv4")
    size, length = (data[0] & 15) * 4, struct.unpack("!H", data[2:4])[0]
    if data[9] != SAL_PROTO:
        return None
    if size < 20 or length < size or length > len(data):
        raise WireError("IP lengths")
    if checksum(data[:size]):
        raise WireError("IP checksum")
    return socket.inet_ntoa(data[12:16]), socket.inet_ntoa(data[16:20]), data[:size], data[size:length]


FIXED = {X_CONTROL: 20, X_SERVICE: 36, X_CHALLENGE: 12, X_JOIN: 16}


def extensions(data):
    """(type, low nibble, body without type and length) of each; PAD has no body."""
    count = 0
    while data:
        kind = data[0] >> 4
        if kind == X_PAD:
            yield kind, data[0] & 15, b""
            data = data[1:]
            continue
        count += 1
        if count > 10:
            raise WireError("more than ten extensions")
        if len(data) < 2 or data[1] < 2 or data[1] > len(data):
            raise WireError("extension length")
        if FIXED.get(kind, data[1]) != data[1]:
            raise WireError("extension %d has length %d" % (kind, data[1]))
        yield kind, data[0] & 15, data[2:data[1]]
        data = data[data[1]:]


def parse(data, when=0.0):
    """A Packet of the bytes of an IP packet, None if it is not SAL."""
    found = parse_ip(data)
    if not found:
        return None
    saddr, daddr, ip, sal = found
    if len(sal) < 12:
        raise WireError("SAL header cut short")
    src, dst, shl, protocol, _ = struct.unpack("!IIBBH", sal[:12])
    if shl < 3 or shl * 4 > len(sal):
        raise WireError("shl %d of %d bytes" % (shl, len(sal)))
    head, payload = sal[:shl * 4], sal[shl * 4:]
    if checksum(head):
        raise WireError("SAL checksum")
    pkt = Packet(saddr, daddr, src, dst, payload=payload, protocol=protocol, raw=head, ip=ip, when=when)
    for kind, low, body in extensions(head[12:]):
        if kind == X_PAD:
            pkt.pads += bytes([low])
        elif kind == X_CONTROL:
            if pkt.control:
                raise WireError("CONTROL twice")
            pkt.control = Control(body[0], *struct.unpack("!IIQ", body[2:]))
        elif kind == X_SERVICE:
            pkt.services.append(body[2:])
        else:
            (pkt.tail if pkt.pads else pkt.other).append((kind, body))
    if protocol == TCP and payload:
        pkt.tcp = Tcp.parse(payload, saddr, daddr)
    return pkt


def complaints(pkt):
    """What PROTOCOL.md 1 does not allow in a packet that an up-to-date host sent."""
    bad = []

    def want(truth, text):
        if not truth:
            bad.append(text)

    frag = struct.unpack("!H", pkt.ip[6:8])[0]
    want(frag == 0x4000, "5.10: DF set, never a fragment (%04x)" % frag)
    want(pkt.sal() == pkt.raw, "1.3: reserved bits zero, plain order: " + pkt.raw.hex())
    want(pkt.src or pkt.flags() & RST, "1.2: own flow id is never 0")
    want(not pkt.pads or (pkt.pads == PATTERN and pkt.flags() & SYN), "1.6: PAD only as the pattern of a SYN")
    tcp = pkt.tcp
    want(pkt.protocol == TCP, "1.1: a stream's packets say transport 6, control packets too")
    for ext, _ in pkt.other + pkt.tail:
        want(ext == X_SOURCE and pkt.flags() == SYN | ACK and not pkt.pads, "1.5: no extension %d here" % ext)
    if tcp:
        want(tcp.sport == 0 and tcp.dport == 0, "1.5: ports 0/0")
        want(not tcp.flags & T_RST, "1.5: a TCP RST never travels")
        want(not tcp.flags & T_URG, "no urgent data")
    kind = pkt.flags()
    if not pkt.control:
        want(len(pkt.raw) == 12, "1.5: data has a 12-byte header")
        want(tcp is not None, "1.5: data carries a segment")
        want(pkt.dst, "1.5: data names the peer's flow")
        want(tcp and tcp.flags & (T_SYN | T_ACK) == T_ACK, "1.5: data has TCP ACK set, SYN clear")
    elif kind == SYN:
        want(pkt.dst == 0 and pkt.control.ackno == 0, "1.5: SYN has dst flow id 0, ackno 0")
        want(len(pkt.services) == 1, "1.5: SYN names one service")
        want(pkt.pads == PATTERN, "1.6: our SYN offers version 2")
        want(tcp and tcp.flags & (T_SYN | T_ACK) == T_SYN and not tcp.data, "1.5: TCP SYN without data")
    elif kind == SYN | ACK:
        want(pkt.dst, "1.5: SYN-ACK names the client's flow")
        want(len(pkt.services) <= (1 if pkt.pads else 0), "1.5: SYN-ACK has no SERVICE, in v2 at most one")
        want(tcp and tcp.flags & (T_SYN | T_ACK) == T_SYN | T_ACK and not tcp.data, "1.5: TCP SYN+ACK")
    elif kind == ACK and pkt.services:
        want(tcp and tcp.flags & (T_SYN | T_ACK | T_FIN) == T_ACK and not tcp.data,
             "1.5: third ACK carries a bare TCP ACK")
    elif kind in (ACK, RSYN, RSYN | ACK, FIN, FIN | RSYN, RST, RST | ACK):
        want(not pkt.payload, "1.5: no transport part in a control packet")
        want(not pkt.services or kind & RSYN, "1.5: no SERVICE here")
    else:
        bad.append("1.3: flags %02x" % kind)
    return bad
