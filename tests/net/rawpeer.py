#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rawpeer - an independent witness: does the module speak what its protocol page says?

A Serval host written from stack/PROTOCOL.md alone, without a line or a
constant of stack/. It connects, transfers and closes with the kernel in both
protocol versions and both roles, forges and damages, and complains about
every packet of the kernel that the page does not allow.

    rawpeer_wire   bytes, and complaints about them
    rawpeer_tcp    the least TCP
    rawpeer_flow   connection control
    rawpeer_host   hosts, wires, the loop
    rawpeer_kernel the other side's sockets and counters
    rawpeer_open   cases: connect, transfer, close
    rawpeer_refuse cases: forged, damaged, refused
    rawpeer_self   the witness against itself; needs no module

Runs in the namespace of an interface without address (rawpeer.sh makes it);
prints a line a case, exits with 1 if one failed. Arguments after the options choose
the cases whose names contain one of them.
"""

import argparse
import ipaddress
import os
import sys
import traceback

import rawpeer_open
import rawpeer_refuse
from rawpeer_host import Host, PacketLink, World
from rawpeer_kernel import Kernel


class Failed(Exception):
    pass


class Bench:
    """What one case works with; check() and equal() end it."""

    def __init__(self, args, link, kernel):
        self.world, self.kernel, self.net = World(link), kernel, ipaddress.ip_network(args.net)
        self.world.broadcast = link.broadcast
        self.kernel_addr, self.broadcast = self.addr(1), str(self.net.broadcast_address)
        self.raw = self.host(self.addr(2))
        self.until, self.quiet = self.world.until, self.world.quiet
        self.service = bytes.fromhex("5e20") + os.urandom(30)
        self.remote = bytes.fromhex("5e1f") + os.urandom(30)

    def addr(self, number):
        return str(self.net.network_address + number)

    def host(self, addr):
        return Host(self.world, addr)

    def check(self, truth, text):
        if not truth:
            raise Failed(text)

    def equal(self, got, wanted, what):
        if got != wanted:
            raise Failed("%s: %s, not %s" % (what, got, wanted))

    def grown(self, before, name):
        return self.kernel.counters().get(name, 0) - before.get(name, 0)

    def moved(self, before):
        """{counter: by how much it has grown}"""
        return {k: v - before[k] for k, v in self.kernel.counters().items() if v != before[k]}

    def end(self):
        """Leaves nothing alive that could speak into the next case."""
        for host in self.world.hosts.values():
            host.drop_in = host.drop_out = lambda pkt: False
            host.silent = True
            for flow in host.flows.values():
                if flow.state == "CONNECTED":
                    flow.abort()
        for sock in self.kernel.sockets:
            sock.reset()
        self.kernel.sockets.clear()
        self.quiet(0.03)


def run(case, bench):
    """The reasons why the case failed."""
    reasons = []
    try:
        case(bench)
    except (Failed, OSError) as e:
        where = [f for f in traceback.extract_tb(e.__traceback__) if "/rawpeer_" in f.filename][0]
        reasons += ("%s (%s:%d)" % (e, where.name, where.lineno)).split("\n")
        packets = [p for h in bench.world.hosts.values() for p in h.seen + h.sent]
        reasons += ["  %.3f %s" % (p.when, p.text()) for p in sorted(packets, key=lambda p: p.when)[-12:]]
    bench.end()
    return reasons + ["complaint: " + text for text in bench.world.bad]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--iface", required=True, help="interface towards the kernel under test")
    options.add_argument("--peer-iface", required=True, help="the kernel's interface towards the witness")
    options.add_argument("--mac", required=True, help="the kernel's hardware address on it")
    options.add_argument("--netns", required=True, help="name of the kernel's namespace")
    options.add_argument("--net", default="10.88.0.0/24",
                         help="network; the kernel is .1, the witness .2 to .4")
    options.add_argument("cases", nargs="*")
    args = options.parse_args()
    link, kernel = PacketLink(args.iface, args.mac), Kernel(args.netns)
    kernel.plain_segments(args.peer_iface)
    chosen = [(name, case) for name, case in list(rawpeer_open.cases()) + list(rawpeer_refuse.cases())
              if not args.cases or any(word in name for word in args.cases)]
    failed = 0
    for name, case in chosen:
        bench = Bench(args, link, kernel)
        start = link.clock()
        reasons = run(case, bench)
        failed += bool(reasons)
        print("%s - %s (%.1f s)" % ("not ok" if reasons else "ok", name, link.clock() - start))
        for reason in reasons[:40]:
            print("# " + reason)
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
