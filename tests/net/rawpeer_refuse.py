# SPDX-License-Identifier: GPL-2.0-or-later
"""rawpeer_refuse - what the kernel must not believe, and what it answers.

RSTs of both forms, forged control messages, damaged headers, contradicting
flags. A refused packet must be seen in exactly one counter, under the right
name, and must change nothing; most must not be answered.
"""

import errno
import os
import select
import socket
import struct

from rawpeer_host import reset_of
from rawpeer_open import accepted, exchange, raw_client, raw_server
from rawpeer_wire import (ACK, FIN, NACK, PATTERN, RST, RSYN, SYN, T_ACK, T_FIN, T_RST, T_SYN, TCP, UDP,
                          X_CHALLENGE, X_JOIN, Control, Packet, Tcp, checksum, ip_packet, pseudo, sal_header)

M32 = 0xFFFFFFFF
# Counters that any packet moves, or a SYN that is repeated meanwhile
TRAFFIC = ("InPkts", "OutPkts", "EarlyDemux", "SynOut")


def random32():
    return struct.unpack("!I", os.urandom(4))[0] | 1


def reset_seen(t, sock):
    """The kernel's socket ends with ECONNRESET."""
    t.check(t.until(lambda: sock.events() & select.POLLERR), "the socket reports an error")
    t.equal(sock.error(), errno.ECONNRESET, "SO_ERROR")


def syn_packet(t, fid, pads=b""):
    """A SYN for t.service."""
    return Packet(t.raw.addr, t.kernel_addr, fid, 0, Control(SYN, 77, 0, fid << 32 | 5), [t.service],
                  pads=pads, tcp=Tcp(1, 0, T_SYN, 65535))


def silent(t, data, counter, name, answers=lambda pkt: True):
    """Sends an IP packet; it counts once, under this name alone, and nothing comes back."""
    before, mark = t.kernel.counters(), len(t.raw.seen)
    t.world.link.send(data)
    t.until(lambda: t.grown(before, counter), 1.0)
    t.quiet(0.04)
    moved = {k: v for k, v in t.moved(before).items() if k not in TRAFFIC}
    wrong = []
    if moved != {counter: 1}:
        wrong.append("%s: counters %s, not %s [%s]" % (name, moved, counter, data[20:].hex()))
    for p in t.raw.since(mark, answers):
        wrong.append("%s: answered by %s" % (name, p.text()))
        if p.flags() & SYN:             # or it comes again, into the next packet's turn
            t.raw.send(Packet(p.daddr, p.saddr, p.dst, p.src, reset_of(p)))
    return wrong


# --- RST to the kernel

def rst_of(flow, flags=RST | ACK, verno=0, ackno=0, nonce=0, src=None):
    return Packet(flow.addr, flow.peer_addr, flow.fid if src is None else src, flow.peer_fid,
                  Control(flags, verno & M32, ackno & M32, nonce))


def forged_rst(t, version):
    """4.2 last rows, S4: an RST that knows no nonce is counted and nothing else."""
    flow, sock = raw_client(t, version)
    exchange(t, flow, sock, 1000)
    v, rv = flow.next(), flow.rv + 1
    forged = [("random nonce", rst_of(flow, verno=v, ackno=rv, nonce=flow.nonce ^ 1)),
              ("our nonce, ackno too high", rst_of(flow, verno=v, ackno=rv + 1, nonce=flow.nonce)),
              ("our nonce, ackno far below", rst_of(flow, verno=v, ackno=rv - 40, nonce=flow.nonce)),
              ("kernel's nonce, wrong verno", rst_of(flow, RST, v + 5, rv + 1000, flow.peer_nonce)),
              ("our nonce, another source flow id",
               rst_of(flow, verno=v, ackno=rv, nonce=flow.nonce, src=flow.fid ^ 1))]
    wrong = []
    for name, pkt in forged:
        wrong += silent(t, pkt.build(), "RstBad", name)
    t.check(not wrong, "\n".join(["forged RSTs"] + wrong))
    exchange(t, flow, sock, 1000)


def good_rst(t, version, form, opened=raw_client):
    """The active form (nonce Pn, ackno in the window), and the echo (nonce Ln, verno == rv+1).

    An original echoes the nonce with other numbers: its ackno is in [v, v+33].
    """
    flow, sock = opened(t, version)
    exchange(t, flow, sock, 1000)
    before = t.kernel.counters()
    if form == "active":
        flow.abort()
    elif form == "echo":
        t.raw.send(rst_of(flow, RST, flow.next(), 0, flow.peer_nonce))
    else:
        t.raw.send(rst_of(flow, RST, flow.next() + 100, flow.rv + 33, flow.peer_nonce))
    reset_seen(t, sock)
    t.equal(t.grown(before, "RstIn"), 1, "RstIn")
    t.equal(sock.recv(), b"", "recv() afterwards")


def rst_in_closewait(t):
    """EPIPE there, as TCP."""
    flow, sock = raw_client(t)
    flow.close()
    t.check(t.until(lambda: sock.recv() == b"" and flow.told() and flow.tcp.fin_acked), "end of file")
    flow.abort()
    t.check(t.until(lambda: sock.events() & select.POLLERR), "error")
    t.equal(sock.error(), errno.EPIPE, "SO_ERROR")


def hint(t, version):
    """An RST without nonce: one probe ACK in 500 ms, nothing else."""
    flow, sock = raw_client(t, version)
    exchange(t, flow, sock, 1000)
    mark = len(t.raw.seen)
    for _ in range(5):
        t.raw.send(rst_of(flow))
    t.quiet(0.4)
    probes = t.raw.since(mark)
    t.equal([p.flags() for p in probes], [ACK], "answers to five hints")
    c = probes[0].control
    t.equal((c.verno, c.ackno), ((flow.rv + 1) & M32, flow.next()), "the probe's numbers")
    exchange(t, flow, sock, 1000)


def crash(t, version):
    """4.5: the witness forgets the flow: data, hint, probe, RST with the nonce."""
    flow, sock = raw_client(t, version)
    exchange(t, flow, sock, 1000)
    t.raw.forget(flow)
    sock.send(b"anyone there?")
    reset_seen(t, sock)


def refused(t, version):
    """4.2 REQUEST: RST with nonce Ln and ackno-1 in [ISS, v] refuses; any other is counted."""
    t.raw.silent = True
    sock = t.kernel.socket()
    sock.connect(t.remote)
    syn = t.until(lambda: t.raw.seen and t.raw.seen[0])
    t.check(syn, "SYN")
    answer = reset_of(syn)
    wrong = []
    for name, field, delta in (("nonce", "nonce", 1), ("ackno high", "ackno", 1), ("ackno low", "ackno", -1)):
        c = Control(**vars(answer))
        setattr(c, field, getattr(c, field) + delta)
        pkt = Packet(t.raw.addr, syn.saddr, 0, syn.src, c)
        wrong += silent(t, pkt.build(), "RstBad", name, lambda p: p.flags() != SYN)
    t.check(not wrong, "\n".join(["wrong RSTs"] + wrong))
    t.check(not sock.settled(), "still connecting")
    t.raw.send(Packet(t.raw.addr, syn.saddr, 0, syn.src, answer))
    t.check(t.until(sock.settled), "connect() ends")
    t.equal(sock.error(), errno.ECONNREFUSED, "SO_ERROR")


# --- RST from the kernel

def rst_fields(t, pkt, answer):
    c = reset_of(pkt)
    want = Control(c.flags, c.verno & M32, c.ackno & M32, c.nonce)
    t.equal((answer.saddr, answer.src, answer.dst), (pkt.daddr, pkt.dst, pkt.src), "address, flow ids swapped")
    t.equal(answer.control.text(), want.text(), "RST")


def unmatched(t):
    """A SYN, FIN, third ACK and data for nothing: RST of the reply form; to RST: nothing."""
    seg, synack = Tcp(1, 1, T_ACK, 100), Tcp(1, 2, T_SYN | T_ACK, 9)
    fid, dst, nonce = random32(), random32(), random32() << 32 | 5

    def made(flags, *services, tcp=None):
        return Packet(t.raw.addr, t.kernel_addr, fid, dst, Control(flags, 78, 99, nonce), services, tcp=tcp)

    probes = [("SYN", syn_packet(t, fid, PATTERN)), ("v1 SYN", syn_packet(t, fid ^ 2)),
              ("FIN", made(FIN)), ("RSYN", made(RSYN)), ("ACK", made(ACK)),
              ("third ACK", made(ACK, t.service, tcp=seg)), ("SYN-ACK", made(SYN | ACK, tcp=synack)),
              ("data", Packet(t.raw.addr, t.kernel_addr, fid, dst, tcp=seg))]
    t.raw.silent = True
    for name, pkt in probes:
        before, mark = t.kernel.counters(), len(t.raw.seen)
        t.raw.send(pkt)
        t.check(t.until(lambda m=mark: t.raw.since(m), 2), "RST to " + name)
        rst_fields(t, pkt, t.raw.seen[mark])
        t.equal(t.grown(before, "RstOut"), 1, "RstOut after " + name)
    before, mark = t.kernel.counters(), len(t.raw.seen)
    for flags in (RST, RST | ACK):
        t.raw.send(made(flags))
    t.quiet(0.3)
    t.equal([p.text() for p in t.raw.since(mark)], [], "answers to RST")
    t.check(t.grown(before, "NoFlow") >= 2, "they are counted as NoFlow")


def listener_no_request(t):
    """4.2 LISTEN: ACK+SERVICE without a request, though the service is there: RST."""
    t.kernel.listener(t.service)
    t.raw.silent = True
    pkt = Packet(t.raw.addr, t.kernel_addr, random32(), random32(), Control(ACK, 78, 99, 1234567),
                 [t.service], tcp=Tcp(1, 1, T_ACK, 99))
    t.raw.send(pkt)
    t.check(t.until(lambda: t.raw.seen), "RST")
    rst_fields(t, pkt, t.raw.seen[0])


def rst_limit(t):
    """At most 100 RSTs a second to unmatched SYNs; the rest is counted."""
    t.quiet(1.1)
    t.raw.silent = True
    before, start = t.kernel.counters(), t.world.clock()
    for n in range(600):
        t.raw.send(syn_packet(t, n + 1))
    t.until(lambda: t.grown(before, "RstOut") + t.grown(before, "RstLimited") >= 600, 10)
    took = t.world.clock() - start
    sent, limited = t.grown(before, "RstOut"), t.grown(before, "RstLimited")
    t.equal(sent + limited, 600, "RstOut + RstLimited")
    t.check(50 <= sent <= 100 * (took + 1) + 5, "%d RSTs in %.2f s" % (sent, took))
    t.quiet(1.1)


def kernel_aborts(t, version):
    """Linger time 0: the active form, no TCP RST."""
    flow, sock = raw_client(t, version)
    exchange(t, flow, sock, 1000)
    mark = len(t.raw.seen)
    sock.reset()
    rst = t.until(lambda: t.raw.since(mark, lambda p: p.flags() & RST))
    t.check(rst, "RST")
    c = rst[0].control
    t.equal((c.flags, c.verno, c.ackno, c.nonce),
            (RST | ACK, (flow.rv + 1) & M32, flow.next(), flow.peer_nonce), "its fields")
    t.equal(flow.error, "reset", "the witness believes it")


def listener_closes(t):
    """A listener that goes resets the connections it has not handed out."""
    listener = t.kernel.listener(t.service)
    flow = t.raw.connect(t.service, t.kernel_addr)
    t.check(t.until(lambda: flow.state == "CONNECTED"), "SYN-ACK")
    t.check(t.until(lambda: listener.events() & select.POLLIN), "waiting in the accept queue")
    listener.close()
    t.check(t.until(lambda: flow.error == "reset"), "RST")


# --- control messages and data of a live flow

def forged_control(t, version):
    """4.0 and 5.1: no state change, no answer, one counter."""
    flow, sock = raw_client(t, version)
    exchange(t, flow, sock, 1000)
    v, rv = flow.next(), (flow.rv + 1) & M32
    stranger = t.host(t.addr(3))

    def ctl(flags, verno, ackno, nonce=flow.nonce, src=flow.fid):
        return Packet(flow.addr, flow.peer_addr, src, flow.peer_fid,
                      Control(flags, verno & M32, ackno & M32, nonce))

    def data(addr=flow.addr, src=flow.fid):
        return Packet(addr, flow.peer_addr, src, flow.peer_fid,
                      tcp=flow.tcp.segment(flow.tcp.nxt, 0, b"forged"))

    wrong = []
    for name, counter, pkt in (
            ("FIN, wrong nonce", "BadNonce", ctl(FIN, v, rv, flow.nonce ^ 1)),
            ("FIN, nonce 0", "BadNonce", ctl(FIN, v, rv, 0)),
            ("ACK, wrong nonce", "BadNonce", ctl(ACK, v, rv, flow.nonce ^ 1 << 63)),
            ("RSYN, wrong nonce", "BadNonce", ctl(RSYN, v, rv, flow.nonce ^ 1)),
            ("FIN, wrong source flow", "BadPeerFlow", ctl(FIN, v, rv, src=flow.fid ^ 1)),
            ("FIN, ackno too high", "BadAckno", ctl(FIN, v, rv + 1)),
            ("FIN, ackno at ISS", "BadAckno", ctl(FIN, v, rv - 1)),
            ("FIN, ackno far below", "BadAckno", ctl(FIN, v, rv - 40)),
            ("FIN, verno jumps", "OldVerno", ctl(FIN, v + (1 << 16) + 1, rv)),
            ("data, wrong source flow", "BadPeerFlow", data(src=flow.fid ^ 1)),
            ("data, wrong address", "BadAddress", data(stranger.addr))):
        wrong += silent(t, pkt.build(), counter, name)
    wrong += ["answer to the stranger: " + p.text() for p in stranger.seen]
    t.check(not wrong, "\n".join(["forged control messages"] + wrong))
    exchange(t, flow, sock, 1000)


def version_2_only(t, version):
    """1.3: CHALLENGE, JOIN and skippable types only where both ends have negotiated version 2."""
    flow, sock = raw_client(t, version)
    exchange(t, flow, sock, 1000)

    def ctl(flags, verno, kind, size):
        made = Packet(flow.addr, flow.peer_addr, flow.fid, flow.peer_fid, flow.control(flags, verno))
        made.other.append((kind, bytes(size)))
        return made

    if version == 1:
        wrong = silent(t, ctl(FIN, flow.next(), 15, 2).build(), "BadVersion", "skippable type")
        wrong += silent(t, ctl(ACK, flow.next(), X_CHALLENGE, 10).build(), "BadVersion", "CHALLENGE")
        wrong += silent(t, ctl(ACK, flow.next(), X_JOIN, 14).build(), "BadVersion", "JOIN")
        t.check(not wrong, "\n".join(["what version 1 does not have"] + wrong))
    else:
        flow.v, flow.fin = flow.next(), True
        t.raw.send(ctl(FIN, flow.v, 15, 2))
        t.check(t.until(flow.told), "the FIN is taken, the type skipped")
    exchange(t, flow, sock, 1000)


def old_fin(t):
    """4.2: CTL with ver < rv is counted and dropped; at most one ACK, to the peer's address."""
    flow, sock = raw_client(t)
    exchange(t, flow, sock, 1000)
    before, mark = t.kernel.counters(), len(t.raw.seen)
    old = Control(FIN, flow.v - 1 & M32, flow.rv + 1 & M32, flow.nonce)
    for _ in range(3):
        t.raw.send(Packet(flow.addr, flow.peer_addr, flow.fid, flow.peer_fid, old))
    t.quiet(0.3)
    t.equal(t.grown(before, "OldVerno"), 3, "OldVerno")
    answers = t.raw.since(mark)
    t.check(len(answers) <= 1 and all(p.flags() == ACK for p in answers),
            "at most one ACK: %s" % [p.text() for p in answers])
    exchange(t, flow, sock, 1000)


# --- damage

def control_ext(flags=SYN, verno=7, ackno=0, nonce=0x1122334455667788):
    return bytes([0x10, 20, flags, 0]) + struct.pack("!IIQ", verno, ackno, nonce)


def damaged(t):
    """(name, counter, SAL packet) of every kind of damage to a SYN for t.service, sums right unless told."""
    syn = Tcp(1, 0, T_SYN, 65535).build(t.raw.addr, t.kernel_addr)
    data = Tcp(1, 1, T_ACK, 99).build(t.raw.addr, t.kernel_addr)
    ctl, svc, pads = control_ext(), bytes([0x20, 36, 0, 0]) + t.service, PATTERN
    fid = random32()

    def sal(ext, src=fid, dst=0, protocol=TCP, shl=None, tail=syn):
        return sal_header(src, dst, ext, protocol, shl) + tail

    def longer(ext, by):
        return bytes([ext[0], (ext[1] + by) & 255]) + ext[2:]

    whole = sal(ctl + svc + pads)
    wrong_sum = whole[:10] + bytes([whole[10] ^ 1]) + whole[11:]
    yield "8 bytes", "InTruncated", whole[:8]
    yield "11 bytes", "InTruncated", whole[:11]
    yield "cut inside the header", "InTruncated", whole[:40]
    yield "shl beyond the packet", "InTruncated", sal(ctl + svc + pads, shl=255)
    for shl in range(3):
        yield "shl %d" % shl, "InBadShl", sal(ctl + svc + pads, shl=shl)
    yield "sum wrong", "InCsumErrors", wrong_sum
    yield "sum zero", "InCsumErrors", whole[:10] + bytes(2) + whole[12:]
    for protocol in (0, 1, 132, 255):
        yield "protocol %d" % protocol, "InBadProtocol", sal(ctl + svc + pads, protocol=protocol)
    for name, first, second in (("CONTROL", ctl, svc), ("SERVICE", svc, ctl)):
        for by in (-4, -1, 1, 4):
            fill = bytes(4)
            yield "%s length %+d" % (name, by), "InExtLength", sal(longer(first, by) + second + fill)
        for length in (0, 1):
            ext = bytes([first[0], length]) + first[2:] + second
            yield "%s length %d" % (name, length), "InExtLength", sal(ext)
    yield "SERVICE behind the header's end", "InExtLength", sal(ctl + svc[:32])
    yield "type byte alone at the end", "InExtLength", sal(ctl + svc + b"\0\0\0\x50")
    for kind, lengths in ((3, (8, 48)), (4, (4, 8, 88)), (5, (8, 16)), (6, (12, 20))):
        for length in lengths:
            ext = bytes([kind << 4, length]) + bytes(length - 2)
            yield "type %d length %d" % (kind, length), "InExtLength", sal(ctl + svc + ext)
    yield "ADDRESS not 12+4n", "InExtLength", sal(ctl + svc + bytes([0x30, 18]) + bytes(16) + bytes(2))
    yield "SOURCE not 4+4n", "InExtLength", sal(ctl + svc + bytes([0x40, 14]) + bytes(12) + bytes(2))
    yield "CONTROL twice", "InExtDuplicate", sal(ctl + ctl + svc)
    yield "SERVICE three times", "InExtDuplicate", sal(ctl + svc * 3)
    yield "ADDRESS twice", "InExtDuplicate", sal(ctl + svc + (bytes([0x30, 16]) + bytes(14)) * 2)
    yield "SOURCE twice", "InExtDuplicate", sal(ctl + svc + (bytes([0x40, 12]) + bytes(10)) * 2)
    yield "11 extensions", "InExtCount", sal(ctl + svc + bytes([0xF0, 4, 0, 0]) * 9)
    for kind in (7, 8, 15):
        yield "type %d" % kind, "InExtUnknown", sal(ctl + svc + bytes([kind << 4, 4, 0, 0]))
    yield "CHALLENGE in a SYN", "InExtUnknown", sal(ctl + svc + bytes([X_CHALLENGE << 4, 12]) + bytes(10))
    for flags in (0, SYN | FIN, SYN | RST, SYN | RSYN, SYN | ACK | FIN, RST | FIN, RST | RSYN, NACK, 0xFF):
        yield "flags %02x" % flags, "InBadFlags", sal(control_ext(flags) + svc + pads, dst=fid ^ 8)
    yield "SYN from flow id 0", "InBadFlowid", sal(ctl + svc + pads, src=0)
    yield "data from flow id 0", "InBadFlowid", sal(b"", src=0, dst=fid, tail=data)
    yield "FIN to flow id 0", "InBadFlowid", sal(control_ext(FIN), tail=b"")
    yield "SYN-ACK to flow id 0", "InBadFlowid", sal(control_ext(SYN | ACK), tail=syn)
    yield "no TCP header", "InTransportErrors", sal(ctl + svc + pads, tail=b"")
    yield "TCP header cut", "InTransportErrors", sal(ctl + svc + pads, tail=syn[:12])
    bad_sum = syn[:16] + bytes([syn[16] ^ 1]) + syn[17:]
    yield "TCP sum wrong", "InTransportErrors", sal(ctl + svc + pads, tail=bad_sum)
    yield "TCP offset 4", "InTransportErrors", sal(ctl + svc + pads, tail=refit(t, syn, 0x40))
    yield "TCP offset beyond", "InTransportErrors", sal(ctl + svc + pads, tail=refit(t, syn, 0xF0))
    for name, flags in (("ACK", T_SYN | T_ACK), ("no SYN", T_ACK), ("RST", T_SYN | T_RST), ("nothing", 0)):
        tail = Tcp(1, 1, flags, 9).build(t.raw.addr, t.kernel_addr)
        yield "SAL SYN, TCP %s" % name, "InTcpFlags", sal(ctl + svc + pads, tail=tail)


def refit(t, segment, offset):
    """The segment with another data offset, its sum right."""
    bare = segment[:12] + bytes([offset]) + segment[13:16] + bytes(2) + segment[18:]
    total = checksum(pseudo(t.raw.addr, t.kernel_addr, TCP, len(bare)) + bare)
    return bare[:16] + struct.pack("!H", total) + bare[18:]


def damage(t):
    """5.7: every malformed packet is dropped, counted under its name, never answered."""
    t.kernel.listener(t.service)
    t.raw.silent = True
    wrong = []
    for name, counter, data in damaged(t):
        wrong += silent(t, ip_packet(t.raw.addr, t.kernel_addr, data), counter, name)
    t.check(not wrong, "\n".join(["malformed packets"] + wrong))


def damage_live(t):
    """TCP flags that contradict the SAL's on a live flow, before TCP sees them (1.5)."""
    flow, sock = raw_client(t)
    exchange(t, flow, sock, 1000)
    good, wrong = flow.tcp.segment(flow.tcp.nxt, 0, b"x"), []

    def pkt(flags, control=None, services=()):
        seg = Tcp(good.seq, good.ack, flags, good.window, good.options, b"")
        return Packet(flow.addr, flow.peer_addr, flow.fid, flow.peer_fid, control, list(services), tcp=seg)

    third = flow.control(ACK, flow.next())
    for name, made in (("data, SYN", pkt(T_SYN | T_ACK)), ("data, RST", pkt(T_RST | T_ACK)),
                       ("data, RST alone", pkt(T_RST)),
                       ("data, no ACK", pkt(0)), ("data, FIN without ACK", pkt(T_FIN)),
                       ("third ACK, SYN", pkt(T_SYN | T_ACK, third, [t.service])),
                       ("third ACK, RST", pkt(T_RST | T_ACK, third, [t.service])),
                       ("SYN-ACK, no SYN", pkt(T_ACK, flow.control(SYN | ACK)))):
        wrong += silent(t, made.build(), "InTcpFlags", name)
    t.check(not wrong, "\n".join(["contradicting flags"] + wrong))
    exchange(t, flow, sock, 1000)


def tolerated(t):
    """1.3: any order of extensions, PAD anywhere."""
    t.kernel.listener(t.service)
    svc, ctl = bytes([0x20, 36, 0, 0]) + t.service, control_ext()
    orders = (svc + ctl, bytes(4) + ctl + svc, ctl + bytes(3) + svc + b"\x0f", svc + bytes(4) + ctl + bytes(4))
    for number, ext in enumerate(orders):
        mark, fid = len(t.raw.seen), random32()
        t.world.link.send(ip_packet(t.raw.addr, t.kernel_addr, sal_header(fid, 0, ext) +
                                    Tcp(1, 0, T_SYN, 65535).build(t.raw.addr, t.kernel_addr)))
        answer = t.until(lambda m=mark: t.raw.since(m, lambda p: p.flags() == SYN | ACK and p.dst == fid), 2)
        t.check(answer, "SYN-ACK to order %d" % number)
        t.equal(answer[0].pads, b"", "version 1: the pattern was not there")


def not_pattern(t):
    """1.6: anything but exactly the pattern is version 1."""
    listener = t.kernel.listener(t.service)
    for pads in (bytes(4), PATTERN[::-1], PATTERN[:3] + b"\1", PATTERN + bytes(4)):
        flow = t.raw.connect(t.service, t.kernel_addr, pads=pads)
        t.check(t.until(lambda f=flow: f.state == "CONNECTED"), "SYN-ACK")
        t.equal(t.raw.since(0, lambda p, f=flow: p.dst == f.fid)[0].pads, b"", "pads %s" % pads.hex())
        t.equal(accepted(t, listener).info()[3], 1, "version as the kernel tells it")


def broadcast(t):
    """5.5, 4.2: what came as broadcast or multicast and is for nobody gets silence."""
    t.raw.silent = True
    for to in ("255.255.255.255", t.broadcast, "224.0.0.1"):
        syn = syn_packet(t, random32())
        syn.daddr = to
        data = Packet(t.raw.addr, to, random32(), random32(), tcp=Tcp(1, 1, T_ACK, 99))
        t.world.broadcast(syn.build())
        t.world.broadcast(data.build())
    t.quiet(0.4)
    t.equal([p.text() for p in t.raw.seen], [], "answers")


def udp_syn(t):
    """A stream listener does not answer a SYN of the datagram kind."""
    t.kernel.listener(t.service)
    t.raw.silent = True
    udp = struct.pack("!HHHH", 0, 0, 8, 0)
    syn = syn_packet(t, random32())
    syn.protocol, syn.tcp, syn.payload = UDP, None, udp
    t.raw.send(syn)
    t.quiet(0.3)
    t.equal([p.text() for p in t.raw.since(0, lambda p: p.flags() == SYN | ACK)], [], "SYN-ACKs")


def data_after_fin(t):
    """What lies beyond the FIN is dropped and counted; nothing of IP protocol 6 ever leaves."""
    flow, sock = raw_client(t)
    exchange(t, flow, sock, 1000)
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    tap.bind((t.world.link.iface, 0x0800))
    tap.setblocking(False)
    flow.close()
    t.check(t.until(lambda: sock.recv() == b"" and flow.told() and flow.tcp.fin_acked), "end of file")
    before = t.kernel.counters()
    flow.send(tcp=flow.tcp.segment(flow.tcp.nxt - 1, 0, b"beyond the end"))
    t.quiet(0.3)
    protocols = set()
    try:
        while True:
            protocols.add(tap.recv(65536)[9])
    except BlockingIOError:
        tap.close()
    t.check(6 not in protocols, "no segment of plain TCP")
    t.check(t.kernel.counters()["BadState"] > before["BadState"], "counted")
    sock.close()


def cases():
    for version in (2, 1):
        yield "v%d forged RST is ignored" % version, lambda t, v=version: forged_rst(t, v)
        yield "v%d RST, active form, resets" % version, lambda t, v=version: good_rst(t, v, "active")
        yield "v%d RST, echo form, resets" % version, lambda t, v=version: good_rst(t, v, "echo")
        yield "v%d RST resets a client" % version, lambda t, v=version: good_rst(t, v, "active", raw_server)
        yield "v%d RST without nonce gets one probe" % version, lambda t, v=version: hint(t, v)
        yield "v%d crashed witness is found out" % version, lambda t, v=version: crash(t, v)
        yield "v%d kernel aborts" % version, lambda t, v=version: kernel_aborts(t, v)
        yield "v%d extensions of version 2" % version, lambda t, v=version: version_2_only(t, v)
        yield "v%d forged control messages" % version, lambda t, v=version: forged_control(t, v)
    yield "v1 RST, an original's echo, resets", lambda t: good_rst(t, 1, "original")
    yield "RST in CLOSEWAIT", rst_in_closewait
    yield "RST refuses a connection", lambda t: refused(t, 2)
    yield "unmatched packets get RST", unmatched
    yield "ACK+SERVICE without a request", listener_no_request
    yield "listener closes with waiting connections", listener_closes
    yield "old FIN is dropped", old_fin
    yield "data after the FIN gets no reset of TCP's", data_after_fin
    yield "malformed packets", damage
    yield "TCP flags contradict on a live flow", damage_live
    yield "order and PAD are free", tolerated
    yield "only the pattern means version 2", not_pattern
    yield "broadcast gets silence", broadcast
    yield "datagram SYN to a stream listener", udp_syn
    yield "RSTs are rate limited", rst_limit
