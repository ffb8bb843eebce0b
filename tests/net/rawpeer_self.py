#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rawpeer_self - the witness against itself and against the golden packets.

Needs no privilege and no module: it shows that the witness is worth hearing
before it is heard (rawpeer.sh). TAP; exit 1 if anything failed.
"""

import hashlib
import os
import sys

from rawpeer_host import Host, MemoryLink, World
from rawpeer_wire import FIN, PATTERN, Control, Packet, T_FIN, parse, sal_header, with_sum

SERVICE = bytes.fromhex("5e1f") + bytes(30)

# PROTOCOL.md 6, SAL part; 0*28 written out
ZEROS = "0" * 56
SID = "20240000 00004001" + ZEROS
GOLDEN = {
    "UDP SYN": "00000003 00000000 11 11 52e5 10148000 3044f994 00000000 7b8fb2d588e9caa4" + SID,
    "UDP SYN-ACK": "00000006 00000003 08 11 a403 1014a000 608c4e74 3044f995 7bb8f3d2b270a8f6",
    "UDP 3rd ACK": "00000003 00000006 11 11 03dd 10142000 3044f995 608c4e75 7b8fb2d588e9caa4" + SID,
    "UDP data": "00000003 00000006 03 11 fce5",
    "RSYN": "00000003 00000006 08 11 4d02 10144000 3044f995 608c4e75 7b8fb2d588e9caa4",
    "RSYN-ACK": "00000006 00000003 08 11 e401 10146000 608c4e75 3044f996 7bb8f3d2b270a8f6",
    "final ACK": "00000003 00000006 08 11 6d01 10142000 3044f996 608c4e75 7b8fb2d588e9caa4",
    "TCP SYN after one router": "00000002 00000000 14 06 44e4 10148000 5b0a6093 00000000 28490b50c0aeef38"
                                "20240000 00000309" + ZEROS + "400c0000 0a4d000b 0a4d0002",
}


def check_golden():
    """Each is parsed and built again to the same bytes; the TCP SYN's checksum fits its first hop."""
    for name, text in GOLDEN.items():
        sal = bytes.fromhex(text.replace(" ", ""))
        ip = bytes.fromhex("450000000000400040900000" "0a4d000b" "0a4d0003")
        length = (20 + len(sal)).to_bytes(2, "big")
        pkt = parse(with_sum(ip[:2] + length + ip[4:], 10) + sal)
        assert pkt.sal() == sal, "%s: %s" % (name, pkt.sal().hex())


def pair(loss, client, server, seed=1):
    world = World(MemoryLink(loss, seed), judge=False)
    return world, Host(world, "10.0.0.1", client), Host(world, "10.0.0.2", server)


def transfer(client, server, loss, closer, iss=None):
    """Connect, 200,000 bytes each way, close by closer first; returns both ends."""
    world, a, b = pair(loss, client, server)
    b.listen(SERVICE)
    up, down = os.urandom(200000), os.urandom(200000)
    flow = a.connect(SERVICE, b.addr, iss=iss)
    flow.write(up)
    peer = world.until(lambda: b.accepted and b.accepted[0], 30)
    assert peer, "not accepted"
    peer.write(down)
    assert world.until(lambda: len(peer.tcp.rx) >= len(up) and len(flow.tcp.rx) >= len(down), 60), "stuck"
    assert hashlib.sha256(peer.tcp.rx).digest() == hashlib.sha256(up).digest()
    assert hashlib.sha256(flow.tcp.rx).digest() == hashlib.sha256(down).digest()
    first, second = (flow, peer) if closer == "client" else (peer, flow)
    first.close()
    if closer != "both":
        assert world.until(lambda: second.tcp.fin_received, 30), "no end of file"
    second.close()
    assert world.until(lambda: flow.done() and peer.done(), 60), "not closed"
    version = min(client, server)
    assert flow.version == peer.version == version, "versions %d %d" % (flow.version, peer.version)
    for host in (a, b):
        order_of_fins(host.sent, version)
    return flow, peer


def order_of_fins(sent, version):
    sal = next(i for i, p in enumerate(sent) if p.flags() & FIN)
    tcp = next(i for i, p in enumerate(sent) if p.tcp and p.tcp.flags & T_FIN)
    assert (sal < tcp) == (version == 2), "SAL FIN is packet %d, TCP FIN packet %d" % (sal, tcp)


def check_refused():
    world, a, b = pair(0, 2, 2)
    flow = a.connect(SERVICE, b.addr)
    assert world.until(lambda: flow.error == "refused", 5)


def check_crash():
    """A host that forgot: hint, probe, RST that echoes the nonce."""
    world, a, b = pair(0, 2, 2)
    b.listen(SERVICE)
    flow = a.connect(SERVICE, b.addr)
    assert world.until(lambda: b.accepted, 5)
    b.forget(b.accepted[0])
    flow.write(b"anyone?")
    assert world.until(lambda: flow.error == "reset", 5)


def check_abort():
    world, a, b = pair(0, 2, 2)
    b.listen(SERVICE)
    flow = a.connect(SERVICE, b.addr)
    peer = world.until(lambda: b.accepted and b.accepted[0], 5)
    flow.abort()
    assert world.until(lambda: peer.error == "reset", 5)


def check_pattern():
    """1.6: anything but the pattern is version 1."""
    for pads in (b"", bytes(4), PATTERN[::-1], PATTERN[:3] + b"\1", PATTERN + bytes(4)):
        world, a, b = pair(0, 2, 2)
        b.listen(SERVICE)
        flow = a.connect(SERVICE, b.addr, pads=pads)
        assert world.until(lambda: flow.version, 5) == 1, pads.hex()


def check_rubbish():
    """Reserved bits are never read."""
    head = Packet("10.0.0.1", "10.0.0.2", 1, 0, Control(0x80, 7, 0, 9), [SERVICE])
    plain, dirty = head.build(), head.build(lambda n: b"\xff" * n)
    assert plain != dirty and parse(dirty).sal() == head.sal()
    assert sal_header(1, 2, b"")[8] == 3


def main():
    cases = [("golden packets", check_golden), ("unmatched SYN is refused", check_refused),
             ("crashed host is found", check_crash), ("abort resets", check_abort),
             ("only the pattern means version 2", check_pattern),
             ("reserved bits are not read", check_rubbish)]
    for client in (1, 2):
        for server in (1, 2):
            for closer in ("client", "server", "both"):
                for loss in (0, 0.05):
                    name = "v%d client, v%d server, %s closes, loss %g" % (client, server, closer, loss)
                    cases.append((name, lambda c=client, s=server, w=closer, p=loss: transfer(c, s, p, w)))
    for iss in (0xFFFFFFFE, 0xFFFFFFFF):
        cases.append(("control numbers wrap from %08x" % iss,
                      lambda i=iss: transfer(2, 2, 0.05, "client", i)))
    failed = 0
    print("1..%d" % len(cases))
    for number, (name, case) in enumerate(cases, 1):
        try:
            case()
            print("ok %d - rawpeer self: %s" % (number, name))
        except AssertionError as e:
            failed += 1
            print("not ok %d - rawpeer self: %s" % (number, name))
            print("# %s" % e)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
