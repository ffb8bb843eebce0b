# SPDX-License-Identifier: GPL-2.0-or-later
"""rawpeer_host - hosts of the witness, the wires they hang on, and the loop.

A World runs everything in one thread: raw hosts on a packet socket (or in
memory, for the witness against itself), their timers, and whatever a test
asks it to wait for. Nothing here waits for a fixed time to see something
happen; quiet() is the one exception: it is how "nothing comes" is shown.
"""

import random
import select
import socket
import time
from collections import deque

from rawpeer_flow import Flow
from rawpeer_wire import ACK, FIN, RST, RSYN, SYN, Control, Packet, WireError, complaints, parse

ETH_P_IP = 0x0800
PACKET_OUTGOING = 4


class PacketLink:
    """An interface without an address of its own: the kernel behind it takes no part."""

    clock = staticmethod(time.monotonic)

    def __init__(self, iface, peer_mac):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)       # SO_RCVBUFFORCE
        self.sock.bind((iface, ETH_P_IP))
        self.sock.setblocking(False)
        self.iface, self.mac = iface, bytes.fromhex(peer_mac.replace(":", ""))

    def send(self, data):
        self.sock.sendto(data, (self.iface, ETH_P_IP, 0, 0, self.mac))

    def broadcast(self, data):
        self.sock.sendto(data, (self.iface, ETH_P_IP, 0, 0, b"\xff" * 6))

    def receive(self, timeout):
        """All packets that are there, after waiting up to timeout for the first."""
        select.select([self.sock], [], [], max(timeout, 0))
        found = []
        while True:
            try:
                data, origin = self.sock.recvfrom(65600)
            except BlockingIOError:
                return found
            if origin[2] != PACKET_OUTGOING:
                found.append(data)


class MemoryLink:
    """Packets of hosts in this process to each other, some of them lost or doubled.

    Time is its own: it jumps to the next deadline when nothing is under way.
    """

    def __init__(self, loss=0.0, seed=1):
        self.queue, self.loss, self.random = deque(), loss, random.Random(seed)
        self.now = 0.0

    def clock(self):
        return self.now

    def send(self, data):
        dice = self.random.random()
        if dice >= self.loss:
            self.queue.append(data)
        if dice >= 1 - self.loss:
            self.queue.append(data)

    def receive(self, timeout):
        self.now += 0.0001 if self.queue else max(timeout, 0.0001)
        found = list(self.queue)
        self.queue.clear()
        return found


class Host:
    """offer: the version this host speaks. Unknown SYNs are refused unless silent."""

    def __init__(self, world, addr, offer=2):
        self.world, self.addr, self.offer = world, addr, offer
        self.clock = world.clock
        self.flows, self.requests = {}, {}
        self.services = {}              # serviceID -> function that prepares the new Flow
        self.accepted = []
        self.seen, self.sent = [], []   # packets, oldest first
        self.silent = False
        self.drop_in = self.drop_out = lambda pkt: False
        self.rsts = 0
        world.hosts[addr] = self

    def send(self, pkt, rubbish=None):
        pkt.when = self.clock()
        self.sent.append(pkt)
        if not self.drop_out(pkt):
            self.world.link.send(pkt.build(rubbish))

    def connect(self, service, to, offer=None, iss=None, **switches):
        flow = Flow(self, service, offer or self.offer, passive=False, iss=iss)
        for name, value in switches.items():
            setattr(flow, name, value)
        self.flows[flow.fid] = flow
        flow.connect(to)
        return flow

    def listen(self, service, prepare=lambda flow: None):
        self.services[service] = prepare

    def forget(self, flow):
        """As a host that crashed."""
        del self.flows[flow.fid]

    def input(self, pkt):
        self.seen.append(pkt)
        if self.drop_in(pkt):
            return
        if pkt.flags() == SYN and pkt.dst == 0:
            self.input_syn(pkt)
        elif pkt.dst in self.flows:
            self.flows[pkt.dst].input(pkt)
        else:
            self.answer_unknown(pkt)

    def input_syn(self, pkt):
        key = (pkt.src, pkt.control.nonce, pkt.services[0] if pkt.services else b"")
        if key not in self.requests:
            if key[2] not in self.services:
                return self.answer_unknown(pkt)
            flow = Flow(self, key[2], self.offer, passive=True)
            self.services[key[2]](flow)
            self.requests[key] = self.flows[flow.fid] = flow
        return self.requests[key].answer(pkt)

    def answer_unknown(self, pkt):
        """4.2, last rows: RST to control, a hint to data, nothing to RST."""
        if self.silent or pkt.flags() & RST:
            return
        self.rsts += 1
        self.send(Packet(self.addr, pkt.saddr, pkt.dst, pkt.src, reset_of(pkt)))

    def since(self, mark, test=lambda pkt: True):
        return [p for p in self.seen[mark:] if test(p)]


def reset_of(pkt):
    """4.5: the control part of the reply form of RST."""
    c = pkt.control
    if not c:
        return Control(RST | ACK, 0, 0, 0)
    return Control(RST if c.flags & ACK else RST | ACK, c.ackno,
                   c.verno + (1 if c.flags & (SYN | RSYN | FIN) else 0), c.nonce)


class World:
    def __init__(self, link, judge=True):
        self.link, self.judge = link, judge
        self.clock = link.clock
        self.hosts = {}
        self.bad = []                   # complaints about what the other side sent
        self.strays = 0

    def run(self, timeout):
        """One round: packets, then timers."""
        now = self.clock()
        times = [f.deadline() for h in self.hosts.values() for f in h.flows.values()]
        for when in times:
            if when is not None:
                timeout = min(timeout, when - now)
        for data in self.link.receive(timeout):
            self.input(data)
        for host in list(self.hosts.values()):
            for flow in list(host.flows.values()):
                flow.run_timers()

    def input(self, data):
        try:
            pkt = parse(data, self.clock())
        except WireError as e:
            self.bad.append("%s: %s" % (e, data.hex()))
            return
        if not pkt:
            return
        if self.judge:
            self.bad += ["%s [%s]" % (text, pkt.text()) for text in complaints(pkt)]
        if pkt.daddr in self.hosts:
            self.hosts[pkt.daddr].input(pkt)
        else:
            self.strays += 1

    def until(self, test, timeout=10.0):
        """Runs until test() is true and returns it; None when the time is over."""
        stop = self.clock() + timeout
        while True:
            found = test()
            if found:
                return found
            if self.clock() >= stop:
                return None
            self.run(min(0.02, stop - self.clock()))

    def quiet(self, seconds):
        """Runs for a while, to see that something does not happen."""
        stop = self.clock() + seconds
        while self.clock() < stop:
            self.run(min(0.02, stop - self.clock()))
