# SPDX-License-Identifier: GPL-2.0-or-later
"""rawpeer_open - the witness and the kernel connect, transfer and close.

Every case gets a fresh Bench `t` (rawpeer.py): t.raw is the witness's host,
t.kernel the module's side, t.service a name the kernel may listen on and
t.remote one that its service table forwards to the witness.
"""

import errno
import os
import random

from rawpeer_wire import ACK, FIN, PATTERN, RST, SYN, T_FIN, T_SYN, X_SOURCE, Control, Packet, Tcp, ip_bytes

SIZE = 200000
MSS = (1500 - 20 - 12 - 20).to_bytes(2, "big")


def is_third(pkt):
    return pkt.flags() == ACK and pkt.services


def is_fin(pkt):
    return bool(pkt.flags() & FIN)


def is_tcp_fin(pkt):
    return bool(pkt.tcp and pkt.tcp.flags & T_FIN)


def raw_client(t, offer=2, **switches):
    """A witness's connection to a kernel listener: (flow, accepted socket)."""
    listener = t.kernel.listener(t.service)
    flow = t.raw.connect(t.service, t.kernel_addr, offer, **switches)
    if not flow.no_third_ack:
        t.check(t.until(lambda: flow.state == "CONNECTED"), "the kernel answers the SYN")
    return flow, accepted(t, listener)


def accepted(t, listener):
    sock = t.until(listener.accept)
    t.check(sock, "the kernel accepts the connection")
    t.kernel.sockets.append(sock)
    return sock


def raw_server(t, offer=2, prepare=lambda flow: None):
    """A kernel socket's connection to the witness: (flow, connected socket)."""
    t.raw.offer = offer
    t.raw.listen(t.remote, prepare)
    sock = t.kernel.socket()
    known = len(t.raw.accepted)
    sock.connect(t.remote)
    t.check(t.until(sock.settled), "the kernel's connect() ends")
    t.equal(sock.error(), 0, "SO_ERROR after connect()")
    t.check(t.until(lambda: len(t.raw.accepted) > known), "the third ACK comes")
    return t.raw.accepted[-1], sock


def exchange(t, flow, sock, size=SIZE):
    """size random bytes each way at once, compared."""
    up, down = os.urandom(size), os.urandom(size)
    sent, got = 0, bytearray()
    start = len(flow.tcp.rx)
    flow.write(up)

    def turn():
        nonlocal sent
        if sent < len(down):
            sent += sock.send(down[sent:])
        data = sock.recv()
        got.extend(data or b"")
        return len(got) >= size and len(flow.tcp.rx) - start >= size

    t.check(t.until(turn, 60), "%d bytes each way: kernel got %d, witness got %d"
            % (size, len(got), len(flow.tcp.rx) - start))
    t.check(bytes(got) == up and bytes(flow.tcp.rx[start:]) == down, "the bytes are the same")


def both_closed(t, flow, sock, closer):
    """Closes both ends in this order and follows it to the end."""
    if closer == "witness":
        flow.close()
        t.check(t.until(lambda: sock.recv() == b""), "the kernel's reader sees end of file")
        sock.close()
    elif closer == "kernel":
        sock.shutdown()
        t.check(t.until(lambda: flow.tcp.fin_received), "the kernel's FIN comes")
        flow.close()
        t.check(t.until(lambda: sock.recv() == b""), "the kernel's reader sees end of file")
        sock.close()
    else:
        sock.close()
        flow.close()
    t.check(t.until(flow.done, 30), "closed: TCP %s/%s, SAL sent=%s known=%s got=%s" % (
        flow.tcp.fin_acked, flow.tcp.fin_received, flow.fin, flow.told(), flow.rfin))
    fins_in_order(t, flow)


def fins_in_order(t, flow):
    """4.2: v2 sends the SAL's FIN just before TCP's, v1 once TCP's FIN is acknowledged."""
    seen = [p for p in t.raw.seen if p.src == flow.peer_fid]
    sal = next(i for i, p in enumerate(seen) if is_fin(p))
    tcp = next(i for i, p in enumerate(seen) if is_tcp_fin(p))
    if flow.version == 2:
        t.check(sal < tcp, "v2: SAL FIN before TCP's FIN")
        t.check(tcp - sal == 1 or not any(p.tcp and p.tcp.data for p in seen[sal + 1:tcp]),
                "v2: nothing new between SAL FIN and TCP's FIN")
    else:
        edge = (seen[tcp].tcp.seq + len(seen[tcp].tcp.data) + 1) & 0xFFFFFFFF
        acked = next(p.when for p in t.raw.sent if p.tcp and p.tcp.ack == edge)
        t.check(sal > tcp and seen[sal].when >= acked, "v1: SAL FIN after TCP's FIN was acknowledged")


def whole(t, role, version, closer, iss=None):
    """An original's reserved bits hold old memory: as a v1 client the witness sets them all (1.6)."""
    if role == "client":
        rubbish = (lambda n: b"\xff" * n) if version == 1 else None
        flow, sock = raw_client(t, version, rubbish=rubbish, iss=iss)
        t.equal(sock.name(), t.service, "getsockname() of the accepted socket")
    else:
        flow, sock = raw_server(t, version)
    t.equal(flow.version, version, "version as the witness sees it")
    t.equal(sock.info(), (flow.peer_fid, flow.fid, flow.addr, version), "SV_FLOW_INFO")
    exchange(t, flow, sock)
    both_closed(t, flow, sock, closer)


def lossy(t, role, version):
    """Each packet either way is lost with 3 %: whatever it is, it is repeated."""
    dice = random.Random(version)
    t.raw.drop_in = t.raw.drop_out = lambda pkt: dice.random() < 0.03
    whole(t, role, version, "witness")


def prefix(t):
    """A listener on a prefix: the accepted socket's name is the one that was asked for."""
    listener = t.kernel.listener(t.service[:2] + bytes(30), 16)
    t.raw.connect(t.service, t.kernel_addr)
    t.equal(accepted(t, listener).name(), t.service, "getsockname()")


def half_close(t, version):
    """After the witness has closed its side the kernel still sends."""
    flow, sock = raw_client(t, version)
    flow.close()
    t.check(t.until(lambda: sock.recv() == b""), "end of file")
    data, sent = os.urandom(SIZE), 0

    def turn():
        nonlocal sent
        sent += sock.send(data[sent:]) if sent < SIZE else 0
        return len(flow.tcp.rx) == SIZE

    t.check(t.until(turn, 30), "data after the witness's FIN")
    t.check(bytes(flow.tcp.rx) == data, "the bytes are the same")
    sock.close()
    t.check(t.until(flow.done), "closed")


def syn_options(t):
    """2. (v2): a kernel SYN has the options of the kernel's TCP; its repetition is the same SYN."""
    t.raw.silent = True
    sock = t.kernel.socket()
    sock.connect(t.remote)
    t.check(t.until(lambda: len(t.raw.since(0, lambda p: p.flags() == SYN)) > 1, 5), "the SYN is repeated")
    one, two = t.raw.since(0, lambda p: p.flags() == SYN)
    t.check(0.7 < two.when - one.when < 3, "after about 1 s (%.2f)" % (two.when - one.when))
    t.equal(two.raw, one.raw, "SAL part of the repetition")
    t.equal(two.tcp.seq, one.tcp.seq, "TCP sequence number of the repetition")
    t.equal(sorted(one.tcp.option_map()), [2, 3, 4, 8], "MSS, WSCALE, SACK, timestamps")
    t.check(one.tcp.window, "window not 0")
    t.equal(one.tcp.option_map()[2], MSS, "MSS")
    t.equal(len(one.raw), 72, "12 + CONTROL + SERVICE + pattern")


def is_synack(pkt):
    return pkt.flags() == SYN | ACK


def synack_form(t, version):
    """SYN-ACK: ackno, pattern only towards v2, never larger than its SYN."""
    t.kernel.listener(t.service)
    flow = t.raw.connect(t.service, t.kernel_addr, version, no_third_ack=True)
    t.check(t.until(lambda: t.raw.since(0, is_synack)), "SYN-ACK")
    answer = t.raw.seen[0]
    t.equal(answer.control.ackno, flow.next(), "ackno")
    t.equal(answer.pads, PATTERN if version == 2 else b"", "PAD pattern")
    t.equal(answer.tcp.option_map()[2], MSS, "MSS")
    t.check(len(answer.raw) <= len(t.raw.sent[0].sal()), "not larger than the SYN")
    if version == 1:
        t.check(not {4, 5, 8} & set(answer.tcp.option_map()), "no TCP option that the SYN did not offer")


def synack_again(t):
    """4.3: repeated after 1 s, then 2 s; 4.2 RESPOND: and for the same SYN, by the same request."""
    before = t.kernel.counters()
    t.kernel.listener(t.service)
    flow = t.raw.connect(t.service, t.kernel_addr, no_third_ack=True)
    flow.arm(None, 0)
    t.check(t.until(lambda: len(t.raw.since(0, is_synack)) >= 3, 8), "two repetitions")
    when = [p.when for p in t.raw.since(0, is_synack)]
    t.check(0.7 < when[1] - when[0] < 2.5 and 1.5 < when[2] - when[1] < 4.5,
            "after 1 s and 2 s: %s" % ["%.2f" % (w - when[0]) for w in when])
    t.quiet(1.1)
    flow.send_syn()
    t.check(t.until(lambda: len(t.raw.since(0, is_synack)) >= 4, 2), "an answer to the SYN")
    t.equal(len({p.raw for p in t.raw.since(0, is_synack)}), 1, "kinds of SAL parts")
    t.equal(len({p.tcp.seq for p in t.raw.since(0, is_synack)}), 1, "kinds of TCP ISN")
    t.equal(t.grown(before, "SynDuplicate"), 1, "SynDuplicate")


def syn_moved(t):
    """4.2 RESPOND, ver > rv: the client's new address and version are taken."""
    t.kernel.listener(t.service)
    other = t.host(t.addr(3))
    other.silent = True
    flow = t.raw.connect(t.service, t.kernel_addr, no_third_ack=True)
    first = t.until(lambda: t.raw.since(0, is_synack))
    t.check(first, "SYN-ACK")
    flow.v, flow.addr = flow.next(), other.addr
    flow.send_syn()
    moved = t.until(lambda: other.since(0, is_synack))
    t.check(moved, "SYN-ACK to the new address")
    t.equal(moved[0].control.ackno, flow.next(), "ackno acknowledges the new version")
    t.equal(moved[0].src, first[0].src, "the same request")


def via_router(t, version):
    """1.6, 2.2: a router's SOURCE follows the pattern; the answer goes straight to the client.

    To a v1 client, and to no other, SOURCE comes back with the server's address added (1.5).
    """
    listener = t.kernel.listener(t.service)
    router = t.host(t.addr(3))
    path = bytes(2) + ip_bytes(t.raw.addr) + ip_bytes(router.addr)

    def relay(pkt):
        if pkt.flags() != SYN:
            return False
        copy = Packet(pkt.saddr, t.kernel_addr, pkt.src, 0, pkt.control, pkt.services,
                      pads=pkt.pads, tcp=pkt.tcp)
        (copy.tail if pkt.pads else copy.other).append((X_SOURCE, path))
        router.send(copy)
        return True

    before = t.kernel.counters()
    t.raw.drop_out = relay
    flow = t.raw.connect(t.service, t.kernel_addr, version)
    t.check(t.until(lambda: flow.state == "CONNECTED", 3),
            "SYN-ACK comes to the client; counters %s" % t.moved(before))
    t.equal(flow.version, version, "version")
    answer = t.raw.seen[0]
    grown = [(X_SOURCE, path + ip_bytes(t.kernel_addr))]
    t.equal(answer.other + answer.tail, [] if version == 2 else grown, "SOURCE")
    exchange(t, flow, accepted(t, listener), 20000)
    t.equal(len(router.seen), 0, "packets to the router")


def source_not_believed(t):
    """2.4: SOURCE[0] is neither the sender nor on the link: dropped, counted, nobody is answered."""
    t.kernel.listener(t.service)
    router = t.host(t.addr(3))
    before = t.kernel.counters()
    syn = Packet(router.addr, t.kernel_addr, 77, 0, Control(SYN, 1, 0, 2), [t.service], tcp=Tcp(1, 0, T_SYN, 0),
                 other=[(X_SOURCE, bytes(2) + ip_bytes("192.0.2.1") + ip_bytes(router.addr))])
    router.send(syn)
    t.check(t.until(lambda: t.grown(before, "BadAddress"), 2), "BadAddress")
    t.quiet(0.2)
    t.equal([p.text() for p in router.seen], [], "answers to the router")
    t.equal((t.grown(before, "SynAckOut"), t.grown(before, "RstOut")), (0, 0), "answers to anybody")


def lost_third_ack(t, version):
    """1.5: data to the server's flow with TCP ack ISN+1 completes the request."""
    listener = t.kernel.listener(t.service)
    flow = t.raw.connect(t.service, t.kernel_addr, version, no_third_ack=True)
    t.check(t.until(lambda: flow.state == "CONNECTED"), "SYN-ACK")
    flow.write(b"no third ACK came before this")
    sock = accepted(t, listener)
    t.equal(t.until(sock.recv), b"no third ACK came before this", "data")
    exchange(t, flow, sock, 20000)
    both_closed(t, flow, sock, "witness")


def not_completed(t):
    """What looks like a third ACK but is not leaves the request as it is."""
    listener = t.kernel.listener(t.service)
    stranger = t.host(t.addr(3))
    flow = t.raw.connect(t.service, t.kernel_addr, no_third_ack=True)
    t.check(t.until(lambda: flow.state == "CONNECTED"), "SYN-ACK")
    good = flow.tcp.segment(0, 0, b"x")
    bad_ack = Tcp(good.seq, good.ack + 1, good.flags, good.window, good.options, b"x")
    flow.send(tcp=bad_ack)
    stranger.send(Packet(stranger.addr, t.kernel_addr, flow.fid, flow.peer_fid, tcp=good))
    wrong = flow.control(ACK, flow.next())
    wrong.nonce ^= 1
    flow.send(wrong, [t.service], flow.tcp.bare_ack())
    early = flow.control(ACK, flow.next())
    early.ackno -= 1
    flow.send(early, [t.service], flow.tcp.bare_ack())
    t.quiet(0.3)
    t.check(not listener.accept(), "not accepted")
    flow.no_third_ack = False
    flow.send_third_ack()
    accepted(t, listener)


def third_ack_repeated(t, version):
    """1.5: without data the third ACK is repeated at 1, 2 s while the server has said nothing."""
    dropped = []

    def lose(pkt):
        if is_third(pkt) and len(dropped) < 2:
            dropped.append(pkt)
            return True
        return False

    t.raw.drop_in = lose
    flow, sock = raw_server(t, version, lambda f: setattr(f, "no_synack_repeat", True))
    when = [p.when for p in t.raw.seen if is_third(p)]
    gaps = [b - a for a, b in zip(when, when[1:])]
    t.check(0.7 < gaps[0] < 2.5 and 0.7 < gaps[1] < 4.5,
            "repeated after 1 s and 2 s: %s" % ["%.2f" % g for g in gaps])
    t.equal(dropped[1].raw, dropped[0].raw, "SAL part of the repetition")
    exchange(t, flow, sock, 20000)
    mark = len(t.raw.seen)
    t.quiet(2.2)
    t.equal(len(t.raw.since(mark, is_third)), 0, "third ACKs once the server has spoken")


def third_ack_leads(t):
    """1.5: until the server has spoken each TCP transmission is preceded by ACK+SERVICE, one per 10 ms."""
    flow, sock = raw_server(t)
    t.quiet(0.05)
    flow.tcp.hold = True
    mark = len(t.raw.seen)
    sock.send(b"first words")
    t.check(t.until(lambda: t.raw.since(mark, lambda p: p.tcp and p.tcp.data)), "data")
    t.check(is_third(t.raw.seen[mark]), "an ACK+SERVICE comes before the data")
    t.equal(t.raw.seen[mark].services, [t.remote], "its SERVICE")
    t.check(t.until(lambda: len(t.raw.since(mark, lambda p: p.tcp and p.tcp.data)) >= 2), "data is repeated")
    again = [i for i, p in enumerate(t.raw.seen[mark:]) if p.tcp and p.tcp.data][1]
    t.check(any(is_third(p) for p in t.raw.seen[mark + 1:mark + again]), "and before its repetition")
    flow.tcp.hold = False
    exchange(t, flow, sock, 20000)


def third_ack_on_synack(t):
    """4.2 CONNECTED, SYN-ACK ver == rv: ACK+SERVICE again."""
    flow, sock = raw_server(t)
    exchange(t, flow, sock, 1000)
    mark = len(t.raw.seen)
    flow.send_synack()
    t.check(t.until(lambda: t.raw.since(mark, is_third)), "ACK+SERVICE")
    exchange(t, flow, sock, 1000)


def wrong_synack(t):
    """4.2 REQUEST: a SYN-ACK needs ISS <= ack-1 <= v, and TCP's own ack right; else nothing happens."""
    held = []
    t.raw.listen(t.remote, lambda flow: setattr(flow, "no_synack_repeat", True))
    t.raw.drop_out = lambda p: p.flags() == SYN | ACK and not held
    t.raw.drop_in = lambda p: p.flags() == SYN and t.raw.requests
    sock = t.kernel.socket()
    sock.connect(t.remote)
    t.check(t.until(lambda: t.raw.requests), "SYN")
    flow = list(t.raw.requests.values())[0]
    before, mark = t.kernel.counters(), len(t.raw.seen)
    held.append(1)
    for delta in (1, -1, 1 << 20):
        wrong = flow.control(SYN | ACK)
        wrong.ackno += delta
        flow.send(wrong, tcp=flow.tcp.syn(True), pads=PATTERN)
    seg = flow.tcp.syn(True)
    seg.ack += 1
    flow.send(flow.control(SYN | ACK), tcp=seg, pads=PATTERN)
    t.quiet(0.3)
    t.check(not sock.settled(), "still connecting")
    t.equal([p.text() for p in t.raw.since(mark, lambda p: p.flags() != SYN)], [], "answers")
    t.equal(t.grown(before, "BadAckno"), 3, "BadAckno")
    flow.send_synack()
    t.check(t.until(sock.settled), "the right one connects")
    t.equal(sock.error(), 0, "SO_ERROR")


def late_binding(t):
    """2.2: the client takes the SYN-ACK's source address as the peer."""
    server = t.host(t.addr(3))
    server.listen(t.remote)
    t.raw.drop_in = lambda p: server.input(p) or True if p.flags() == SYN else False
    sock = t.kernel.socket()
    sock.connect(t.remote)
    t.check(t.until(lambda: server.accepted), "third ACK goes to the server that answered")
    flow = server.accepted[0]
    t.equal(sock.info()[2], server.addr, "the peer's address")
    exchange(t, flow, sock, 20000)


def second_server(t):
    """Exactly one SYN-ACK wins; another server's is refused with an RST of the active form."""
    flow, sock = raw_server(t)
    exchange(t, flow, sock, 1000)
    syn = next(p for p in t.raw.seen if p.flags() == SYN)
    other = t.host(t.addr(3))
    before = t.kernel.counters()
    other.listen(t.remote)
    other.input(syn)
    late = list(other.flows.values())[0]
    late.no_synack_repeat = True
    rst = t.until(lambda: other.since(1))
    t.check(rst, "RST")
    c = rst[0].control
    t.equal((rst[0].src, rst[0].dst, c.flags, c.nonce), (syn.src, late.fid, RST | ACK, syn.control.nonce),
            "RST|ACK with the client's nonce")
    t.equal((c.verno, c.ackno), ((syn.control.verno + 1) & 0xFFFFFFFF, late.next()), "its numbers")
    t.equal(t.grown(before, "SynAckStray"), 1, "SynAckStray, of %s" % t.moved(before))
    exchange(t, flow, sock, 1000)


def fin_answered_again(t, closer):
    """4.2: a repeated FIN is answered exactly as before; TIMEWAIT answers, a finished flow is unknown."""
    flow, sock = raw_client(t)
    exchange(t, flow, sock, 1000)
    both_closed(t, flow, sock, closer)
    t.quiet(0.1)
    answers = [p for p in t.raw.seen if p.flags() == ACK and not p.services]
    mark = len(t.raw.seen)
    flow.repeat_fin()
    t.check(t.until(lambda: t.raw.since(mark)), "an answer")
    got = t.raw.seen[mark]
    if closer == "kernel":
        t.equal(got.raw, answers[-1].raw, "TIMEWAIT: the same ACK")
        mark = len(t.raw.seen)
        fin = flow.tcp.segment(flow.tcp.una - 1, T_FIN)
        flow.send(tcp=fin)
        t.check(t.until(lambda: t.raw.since(mark)), "TIMEWAIT acknowledges TCP's FIN again")
        t.equal(t.raw.seen[mark].tcp.ack, (fin.seq + 1) & 0xFFFFFFFF, "its ack")
    else:
        t.equal((got.control.flags, got.control.nonce), (RST | ACK, flow.nonce), "RST echoing the nonce")


def fin_repeated(t, version):
    """4.3: a FIN that nobody acknowledges is repeated with its number, with growing gaps."""
    flow, sock = raw_client(t, version, no_control_ack=True)
    exchange(t, flow, sock, 1000)
    sock.close()
    flow.close()
    t.check(t.until(lambda: len([p for p in t.raw.seen if is_fin(p)]) >= 3), "three FINs")
    fins = [p for p in t.raw.seen if is_fin(p)]
    t.equal({(p.flags(), p.control.verno) for p in fins}, {(FIN, flow.rv)}, "flags and verno")
    t.check(fins[2].when - fins[1].when > 1.3 * (fins[1].when - fins[0].when), "the gap doubles")
    flow.no_control_ack = False
    t.check(t.until(flow.done), "closed at last")


def late_sal_fin(t):
    """4.2a: end of file comes from TCP's FIN; the SAL's FIN may come long before or after it."""
    flow, sock = raw_client(t)
    flow.send_fin()
    t.check(t.until(lambda: flow.told()), "the SAL's FIN is acknowledged")
    t.quiet(0.2)
    t.equal(sock.recv(), None, "no end of file from the SAL's FIN alone")
    exchange(t, flow, sock, 20000)
    both_closed(t, flow, sock, "witness")


def sal_fin_last(t):
    """As an original: the SAL's FIN follows later, the kernel's socket is gone by then."""
    flow, sock = raw_client(t, 1, hold_fin=True)
    sock.close()
    t.check(t.until(lambda: flow.tcp.fin_received), "the kernel's FIN")
    flow.close()
    t.check(t.until(flow.tcp.finished), "TCP is closed")
    t.check(t.until(lambda: flow.rfin), "the kernel's SAL FIN")
    t.quiet(0.5)
    flow.hold_fin = False
    flow.send_fin()
    t.check(t.until(flow.done), "closed")


def connect_twice(t):
    """4.2: a new attempt has a new flow id, nonce and number."""
    syns = []
    for _ in range(2):
        flow, sock = raw_server(t)
        both_closed(t, flow, sock, "kernel")
        syns.append([p for p in t.raw.seen if p.flags() == SYN][-1])
    for what in ("src", lambda p: p.control.nonce, lambda p: p.control.verno, lambda p: p.tcp.seq):
        one, two = [getattr(p, what) if isinstance(what, str) else what(p) for p in syns]
        t.check(one != two, "they differ: %x" % one)


def no_rule(t):
    """connect() to a name without a rule: EHOSTUNREACH at once, nothing sent."""
    sock = t.kernel.socket()
    try:
        sock.connect(bytes([0xEE]) * 32)
        t.check(False, "connect() is refused")
    except OSError as e:
        t.equal(e.errno, errno.EHOSTUNREACH, "errno")
    t.quiet(0.1)
    t.equal(len(t.raw.seen), 0, "packets")


def cases():
    for role in ("client", "server"):
        for version in (2, 1):
            for closer in ("witness", "kernel", "both"):
                yield ("witness is v%d %s, %s closes first" % (version, role, closer),
                       lambda t, r=role, v=version, c=closer: whole(t, r, v, c))
    for iss in (0xFFFFFFFE, 0xFFFFFFFF):
        yield "control numbers wrap from %08x" % iss, lambda t, i=iss: whole(t, "client", 2, "witness", i)
    for version in (2, 1):
        for role in ("client", "server"):
            yield ("witness is v%d %s, 3 %% are lost" % (version, role),
                   lambda t, r=role, v=version: lossy(t, r, v))
        yield "v%d half close" % version, lambda t, v=version: half_close(t, v)
        yield "v%d SYN-ACK" % version, lambda t, v=version: synack_form(t, v)
        yield "v%d client through a router" % version, lambda t, v=version: via_router(t, v)
        yield "v%d lost third ACK, data completes" % version, lambda t, v=version: lost_third_ack(t, v)
        yield "v%d third ACK repeated by the kernel" % version, lambda t, v=version: third_ack_repeated(t, v)
        yield "v%d FIN repeated" % version, lambda t, v=version: fin_repeated(t, v)
    yield "listener on a prefix", prefix
    yield "SOURCE that nobody can believe", source_not_believed
    yield "SYN: options, repetition", syn_options
    yield "SYN-ACK repeated by timer and by SYN", synack_again
    yield "client moves while its request is open", syn_moved
    yield "request is not completed by impostors", not_completed
    yield "third ACK goes before data until the server speaks", third_ack_leads
    yield "third ACK answers a repeated SYN-ACK", third_ack_on_synack
    yield "wrong SYN-ACK is ignored", wrong_synack
    yield "late binding to the server that answers", late_binding
    yield "second server's SYN-ACK is refused", second_server
    yield "FIN answered again in TIMEWAIT", lambda t: fin_answered_again(t, "kernel")
    yield "FIN of a finished flow gets RST", lambda t: fin_answered_again(t, "witness")
    yield "SAL FIN alone is no end of file", late_sal_fin
    yield "SAL FIN after the socket is gone", sal_fin_last
    yield "new attempts have new numbers", connect_twice
    yield "connect without a rule", no_rule
