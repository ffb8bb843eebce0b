# SPDX-License-Identifier: GPL-2.0-or-later
"""rawpeer_tcp - the least TCP that is reliable, for the independent witness.

What comes early is kept; what is lost is sent again from there on, at the third
duplicate ACK or by timer; no SACK, no congestion control beyond a fixed window.
It decides when segments go; it does not know what carries them: the owner
gives it a function that sends one Tcp segment. Offsets count bytes after the
SYN, so a FIN has the offset just behind the last byte.
"""

import os
import struct

from rawpeer_wire import T_ACK, T_FIN, T_PSH, T_SYN, Tcp

WINDOW = 256 * 1024
IN_FLIGHT = 64 * 1024


def signed(diff):
    """A difference of two 32-bit sequence numbers."""
    diff &= 0xFFFFFFFF
    return diff - (1 << 32) if diff >> 31 else diff


class TcpEnd:
    """style "full": the options of a modern TCP; "bare": window 0 and MSS + WSCALE, as the original."""

    def __init__(self, send, clock, style, mss=1428):
        self.send_segment, self.clock, self.style = send, clock, style
        self.isn = struct.unpack("!I", os.urandom(4))[0]
        self.irs = None
        self.mss, self.peer_mss = mss, 536
        self.wscale = 7 if style == "full" else 1
        self.peer_wscale = None
        self.stamps = False
        self.stamp_base = struct.unpack("!I", os.urandom(4))[0]
        self.peer_stamp = 0
        self.window = 0
        self.tx = bytearray()           # not acknowledged yet, first byte has offset una
        self.una = self.nxt = 0
        self.rx = bytearray()
        self.rcv = 0
        self.ahead = {}                 # offset -> (data, FIN?), came too early
        self.closing = False            # a FIN follows the data
        self.fin_sent = self.fin_acked = self.fin_received = False
        self.rto = 0.4
        self.deadline = None
        self.on_first_fin = lambda: None
        self.on_fin_acked = lambda: None
        self.doubles, self.recover = 0, 0
        self.hold = False               # tests: send no acknowledgment of anything

    # --- handshake

    def stamp(self):
        return (self.stamp_base + int(self.clock() * 1000)) & 0xFFFFFFFF

    def stamp_option(self):
        return b"\1\1" + struct.pack("!BBII", 8, 10, self.stamp(), self.peer_stamp)

    def syn(self, answer=False):
        """The SYN, or the SYN+ACK that answers what learn() has read."""
        opts = struct.pack("!BBH", 2, 4, self.mss)
        if self.style == "full":
            if not answer or self.stamps:
                opts += b"\4\2" + struct.pack("!BBII", 8, 10, self.stamp(), self.peer_stamp)
        if not answer or self.peer_wscale is not None:
            opts += bytes([1, 3, 3, self.wscale])
        return Tcp(self.isn, self.irs + 1 if answer else 0, T_SYN | T_ACK if answer else T_SYN,
                   min(WINDOW, 65535) if self.style == "full" else 0, opts)

    def learn(self, seg):
        """Takes sequence number and options of the peer's SYN or SYN+ACK."""
        opts = seg.option_map()
        self.irs = seg.seq
        if 2 in opts:
            self.peer_mss = struct.unpack("!H", opts[2])[0]
        self.peer_wscale = opts[3][0] if 3 in opts else None
        self.stamps = self.style == "full" and 8 in opts
        if self.stamps:
            self.peer_stamp = struct.unpack("!I", opts[8][:4])[0]
        self.window = seg.window        # never scaled in a SYN
        if self.peer_wscale is None:
            self.wscale = 0

    # --- sending

    def segment(self, offset, flags, data=b""):
        return Tcp(self.isn + 1 + offset, self.irs + 1 + self.rcv, flags | T_ACK,
                   min(WINDOW >> self.wscale, 65535), self.stamp_option() if self.stamps else b"", data)

    def bare_ack(self):
        return self.segment(self.nxt, 0)

    def ack_now(self):
        if not self.hold:
            self.send_segment(self.bare_ack())

    def write(self, data):
        self.tx += data
        self.output()

    def close(self):
        self.closing = True
        self.output()

    def end(self):
        return self.una + len(self.tx)

    def output(self):
        """Sends what the windows allow."""
        if self.irs is None:
            return
        size = min(self.mss, self.peer_mss) - (12 if self.stamps else 0)
        limit = self.una + min(self.window, IN_FLIGHT)
        while self.nxt < min(self.end(), limit):
            stop = min(self.nxt + size, self.end(), limit)
            data = bytes(self.tx[self.nxt - self.una:stop - self.una])
            start, self.nxt = self.nxt, stop
            self.send_segment(self.segment(start, T_PSH if stop == self.end() else 0, data))
        if self.closing and self.nxt == self.end() and not self.fin_acked:
            if not self.fin_sent:
                self.on_first_fin()
            self.fin_sent = True
            start, self.nxt = self.nxt, self.nxt + 1
            self.send_segment(self.segment(start, T_FIN))
        if self.deadline is None and (self.nxt > self.una or self.tx):
            self.deadline = self.clock() + self.rto

    def timer(self):
        """Go back to the oldest unacknowledged byte; a closed window gets one byte."""
        self.deadline = None
        self.rto = min(self.rto * 2, 5.0)
        self.nxt = self.una
        if self.tx and self.window == 0:
            self.send_segment(self.segment(self.una, T_PSH, bytes(self.tx[:1])))
        self.output()

    # --- receiving

    def acknowledged(self, seg):
        offset = signed(seg.ack - self.isn - 1)
        top = self.end() + (1 if self.fin_sent else 0)
        if offset < self.una or offset > top:
            return
        self.window = seg.window << (self.peer_wscale or 0)
        if offset == self.una < self.nxt and not seg.data and offset >= self.recover:
            self.doubles += 1
            if self.doubles == 3:
                self.recover, self.nxt = self.nxt, self.una
        if offset > self.una:
            self.doubles = 0
            had_fin = self.fin_sent and offset == top
            del self.tx[:offset - self.una - (1 if had_fin else 0)]
            self.una = offset
            self.nxt = max(self.nxt, offset)
            self.rto, self.deadline = 0.4, None
            if had_fin and not self.fin_acked:
                self.fin_acked = True
                self.on_fin_acked()

    def receive(self, seg):
        if self.stamps:
            stamp = seg.option_map().get(8)
            if stamp:
                self.peer_stamp = struct.unpack("!I", stamp[:4])[0]
        self.acknowledged(seg)
        offset = signed(seg.seq - self.irs - 1)
        length = len(seg.data) + (1 if seg.flags & T_FIN else 0)
        if length:
            self.ahead[offset] = (seg.data, bool(seg.flags & T_FIN))
            self.take()
            self.ack_now()
        self.output()

    def take(self):
        """What is in order by now."""
        for offset in sorted(self.ahead):
            if offset > self.rcv:
                return
            data, fin = self.ahead.pop(offset)
            skip = self.rcv - offset
            if skip < len(data) + fin and not self.fin_received:
                self.rx += data[skip:]
                self.rcv += len(data) + fin - skip
                self.fin_received = fin

    def finished(self):
        return self.fin_acked and self.fin_received
