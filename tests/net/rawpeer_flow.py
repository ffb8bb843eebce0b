# SPDX-License-Identifier: GPL-2.0-or-later
"""rawpeer_flow - connection control as PROTOCOL.md 4 tells it, without moves.

One Flow is one end of a connection: the control variables of 4.1, the
handshake, the SAL's FIN around TCP's per version, RSTs. It knows a Host that
sends packets; it does not know sockets. Tests bend it through the switches
in its constructor's last block, so that the honest path has no test in it.
"""

import os
import struct

from rawpeer_tcp import TcpEnd, signed
from rawpeer_wire import (ACK, FIN, PATTERN, RST, RSYN, SYN, T_ACK, T_RST, T_SYN, Control, Packet)

THIRD_ACK_REPEATS = (1, 2, 4, 8, 16)


def random32():
    return struct.unpack("!I", os.urandom(4))[0] or 1


def random64():
    return struct.unpack("!Q", os.urandom(8))[0] or 1


class Flow:
    """offer is the highest version this end speaks: 2, or 1 to play an original."""

    def __init__(self, host, service, offer, passive, iss=None):
        self.host, self.service, self.offer, self.passive = host, service, offer, passive
        self.clock = host.clock
        self.state = "RESPOND" if passive else "REQUEST"
        self.version = 0
        self.addr, self.peer_addr = host.addr, None
        self.fid, self.peer_fid = random32(), 0
        self.nonce, self.peer_nonce = random64(), None
        self.v = self.iss = random32() if iss is None else iss
        self.una, self.rv = self.v, None
        self.fin = self.rfin = False
        self.error = None
        self.tcp = TcpEnd(self.send_data, self.clock, "full" if offer == 2 else "bare")
        self.tcp.on_first_fin = lambda: self.version == 2 and self.send_fin()
        self.tcp.on_fin_acked = lambda: self.version == 1 and self.send_fin()
        self.heard = False              # client: something but a SYN-ACK came
        self.duty, self.duty_at, self.wait = None, None, 1.0
        self.third_acks = 0
        self.third_at = -1.0
        self.counts = {}                # drops by reason
        # switches of the tests
        self.rubbish = None             # fills reserved bits
        self.pads = None                # instead of the pattern
        self.no_third_ack = False
        self.no_synack_repeat = False
        self.no_control_ack = False
        self.hold_fin = False           # the SAL's FIN waits

    # --- sending

    def send(self, control=None, services=(), tcp=None, pads=b"", to=None):
        self.host.send(Packet(self.addr, to or self.peer_addr, self.fid, self.peer_fid, control,
                              list(services), pads=pads, tcp=tcp), self.rubbish)

    def next(self):
        return (self.v + 1) & 0xFFFFFFFF

    def told(self):
        """The peer knows all we have to say."""
        return self.una == self.next()

    def control(self, flags, verno=None):
        return Control(flags, self.v if verno is None else verno,
                       0 if self.rv is None else (self.rv + 1) & 0xFFFFFFFF, self.nonce)

    def arm(self, duty, wait):
        self.duty, self.wait = duty, wait
        self.duty_at = self.clock() + wait if duty else None

    def offered(self):
        if self.pads is not None:
            return self.pads
        return PATTERN if self.offer == 2 else b""

    def send_syn(self):
        self.host.send(Packet(self.addr, self.peer_addr, self.fid, 0, Control(SYN, self.v, 0, self.nonce),
                              [self.service], pads=self.offered(), tcp=self.tcp.syn()), self.rubbish)

    def send_synack(self):
        self.send(self.control(SYN | ACK), tcp=self.tcp.syn(answer=True),
                  pads=PATTERN if self.version == 2 else b"")

    def send_third_ack(self):
        if not self.no_third_ack:
            self.third_at = self.clock()
            self.send(self.control(ACK, self.next()), [self.service], self.tcp.bare_ack())

    def send_ack(self):
        if not self.no_control_ack:
            self.send(self.control(ACK, self.next()))

    def send_data(self, segment):
        if not self.passive and not self.heard and self.clock() - self.third_at >= 0.010:
            self.send_third_ack()
        self.send(tcp=segment)

    def send_fin(self):
        if self.fin or self.hold_fin:
            return
        self.fin = True
        self.v = self.next()
        self.repeat_fin()
        self.arm("fin", 1.0)

    def repeat_fin(self):
        self.send(self.control(FIN))

    def abort(self):
        """4.5, the active form."""
        self.send(self.control(RST | ACK, self.next()))
        self.end("aborted")

    # --- user

    def connect(self, peer_addr):
        self.peer_addr = peer_addr
        self.send_syn()
        self.arm("syn", 1.0)

    def write(self, data):
        self.tcp.write(data)

    def close(self):
        self.tcp.close()

    def end(self, error):
        self.state, self.error = "CLOSED", error
        self.arm(None, 0)
        self.tcp.deadline = None

    def done(self):
        """4.2a: TCP is closed both ways and each end knows the other's FIN."""
        return self.tcp.finished() and self.fin and self.rfin and self.told()

    # --- timers

    def deadline(self):
        times = [t for t in (self.duty_at, self.tcp.deadline) if t is not None]
        return min(times) if times and self.state != "CLOSED" else None

    def run_timers(self):
        now = self.clock()
        if self.state == "CLOSED":
            return
        if self.duty_at is not None and now >= self.duty_at:
            duty, self.duty_at = self.duty, now + self.wait * 2
            self.wait *= 2
            if duty == "syn":
                self.send_syn()
            elif duty == "synack":
                if not self.no_synack_repeat:
                    self.send_synack()
            elif duty == "fin":
                self.repeat_fin()
            elif duty == "third":
                self.third_acks += 1
                if self.third_acks < len(THIRD_ACK_REPEATS):
                    self.send_third_ack()
                else:
                    self.arm(None, 0)
        if self.tcp.deadline is not None and now >= self.tcp.deadline:
            self.tcp.timer()

    # --- receiving

    def drop(self, reason):
        self.counts[reason] = self.counts.get(reason, 0) + 1

    def input(self, pkt):
        if self.state == "CLOSED":
            self.host.answer_unknown(pkt)
        elif self.state == "REQUEST":
            self.input_request(pkt)
        elif pkt.control:
            self.input_control(pkt)
        elif pkt.src != self.peer_fid or pkt.saddr != self.peer_addr:
            self.drop("address")
        elif pkt.tcp and pkt.tcp.flags & (T_SYN | T_RST | T_ACK) == T_ACK:
            if self.state == "RESPOND":
                if pkt.tcp.ack != (self.tcp.isn + 1) & 0xFFFFFFFF:
                    return self.drop("unfinished")
                self.connected()
            self.be_heard()
            self.tcp.receive(pkt.tcp)

    def be_heard(self):
        if not self.heard:
            self.heard = True
            if self.duty == "third":
                self.arm(None, 0)

    def input_request(self, pkt):
        c = pkt.control
        if c and c.flags == SYN | ACK and pkt.tcp and pkt.tcp.flags & (T_SYN | T_ACK) == T_SYN | T_ACK:
            if signed(c.ackno - 1 - self.iss) < 0 or signed(self.next() - c.ackno) < 0:
                return self.drop("ackno")
            if pkt.tcp.ack != (self.tcp.isn + 1) & 0xFFFFFFFF:
                return self.drop("tcp ack")
            self.una, self.rv = c.ackno, c.verno
            self.peer_fid, self.peer_nonce, self.peer_addr = pkt.src, c.nonce, pkt.saddr
            self.version = 2 if self.offered() == PATTERN and pkt.pads == PATTERN else 1
            self.tcp.learn(pkt.tcp)
            self.state = "CONNECTED"
            self.arm("third", THIRD_ACK_REPEATS[0])
            self.send_third_ack()
            self.tcp.output()
        elif c and c.flags & RST and c.nonce == self.nonce and c.ackno == self.next():
            self.end("refused")
        else:
            self.drop("request")

    def answer(self, pkt):
        """The SYN that made this passive flow, or its repetition."""
        if self.peer_nonce is None:
            self.peer_fid, self.peer_nonce, self.peer_addr = pkt.src, pkt.control.nonce, pkt.saddr
            self.rv = pkt.control.verno
            self.version = 2 if self.offer == 2 and pkt.pads == PATTERN else 1
            self.tcp.learn(pkt.tcp)
            self.arm("synack", 1.0)
        if self.state == "RESPOND":
            self.send_synack()

    def connected(self):
        self.state = "CONNECTED"
        self.una = self.next()
        self.arm(None, 0)
        self.host.accepted.append(self)

    def input_control(self, pkt):
        c = pkt.control
        if c.flags & RST:
            return self.input_rst(pkt)
        if pkt.src != self.peer_fid or c.nonce != self.peer_nonce:
            return self.drop("nonce")
        if signed(c.ackno - self.iss - 1) < 0 or signed(c.ackno - self.una) < -16 or \
                signed(c.ackno - self.next()) > 0:
            return self.drop("ackno")
        if c.flags == SYN | ACK:
            if not self.passive and c.verno == self.rv:
                self.send_third_ack()
            return None
        if self.state == "RESPOND":
            if c.flags != ACK:
                return self.drop("state")
            self.connected()
        self.be_heard()
        if signed(c.ackno - self.una) > 0:
            self.una = c.ackno
        if self.fin and self.told() and self.duty == "fin":
            self.arm(None, 0)
        if c.flags & FIN and not c.flags & RSYN:
            ahead = signed(c.verno - self.rv)
            if ahead < 0 or ahead > 1 << 16:
                return self.drop("verno")
            self.rv, self.rfin = c.verno, True
            self.send_ack()
        if pkt.tcp:
            self.tcp.receive(pkt.tcp)
        return None

    def input_rst(self, pkt):
        c = pkt.control
        ours = pkt.src == self.peer_fid and c.nonce == self.peer_nonce and \
            -16 <= signed(c.ackno - self.una) and signed(c.ackno - self.next()) <= 0
        echo = c.nonce == self.nonce and c.verno == (self.rv + 1) & 0xFFFFFFFF
        if ours or echo:
            self.end("reset")
        else:
            self.drop("rst")
            if c.nonce == 0:
                self.send_ack()
