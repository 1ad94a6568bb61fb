"""Sends numbered command frames at times fixed beforehand, and finds them again in what the machine recorded.

One thread, one connection, nothing between the intended moment and the system call: latencies are from the moment a
frame was meant to leave, and how late it left is recorded beside it. A frame's number is in the set-points of boom and
bucket; frames that are not numbered (arming, enable, acknowledgements) count nowhere.
"""
import ctypes
import os
import random
import select
import socket
import struct
import time

from console import STATE, State, mac

PERIOD, LEAD = 20_000_000, 2_000_000  # ns: 50 a second; a frame is built this long before it leaves


def boottime():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def sleep_until(moment):
    left = moment - boottime()
    if left > 0:
        time.sleep(left / 1e9)


def ahead_of_the_chain(threads=False):
    """The driver stands for the outside world: its wait for a processor is no part of the latency. Children don't inherit
    it, nor later threads unless told."""
    ctypes.CDLL(None).prctl(29, 1, 0, 0, 0)  # PR_SET_TIMERSLACK: else each wake-up is 50 µs late
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | (0 if threads else os.SCHED_RESET_ON_FORK), os.sched_param(60))
    except PermissionError:
        print("no right to SCHED_FIFO: the driver's own delay is in the figures", flush=True)


def schedule(count, start, spread=PERIOD // 2):
    """Each frame falls anywhere in the first part of its slot, so that it can't lock to a poll's period; the same on every run."""
    dice = random.Random(1)
    return [start + number * PERIOD + (dice.randrange(spread) if spread else 0) for number in range(count)]


TRAVEL = 300  # thousandths


def axes(number):
    return [TRAVEL, 0, 1 + number % 999, number // 999, 0, 0, 0, 0]


def number(drive):
    """Of a row of the machine's record; None for drives without one, such as a ramp's, which scale all axes."""
    travel, boom, bucket = (round(drive[at] * 10) for at in (5, 7, 8))
    return boom - 1 + 999 * bucket if travel == TRAVEL and boom > 0 else None


class Broker:
    """As much of MQTT 3.1.1 as it takes to publish at a given moment."""

    def __init__(self, host, port, name, topic=None):
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.socket.sendall(self.packet(0x10, self.text("MQTT") + b"\x04\x02\0\0" + self.text(name)))
        if topic:
            self.socket.sendall(self.packet(0x82, b"\0\1" + self.text(topic) + b"\0"))

    @staticmethod
    def text(words):
        return struct.pack(">H", len(words)) + words.encode()

    @staticmethod
    def packet(kind, body):
        length, left = b"", len(body)
        while True:
            left, digit = divmod(left, 128)
            length += bytes([digit | (128 if left else 0)])
            if not left:
                return bytes([kind]) + length + body

    def publication(self, topic, payload):
        return self.packet(0x30, self.text(topic) + payload)

    def arrived(self):
        """Payloads of what has been published to it meanwhile."""
        try:
            self.buffer += self.socket.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        while len(self.buffer) > 2:
            length, shift, at = 0, 0, 1
            while at < len(self.buffer):
                length |= (self.buffer[at] & 127) << shift
                shift, at = shift + 7, at + 1
                if not self.buffer[at - 1] & 128:
                    break
            else:
                return
            if len(self.buffer) < at + length:
                return
            kind, body = self.buffer[0] >> 4, self.buffer[at:at + length]
            self.buffer = self.buffer[at + length:]
            if kind == 3:
                yield body[2 + struct.unpack(">H", body[:2])[0]:]


class Ended(Exception):
    """The session: locked, or never armed."""


class Pilot:
    """Drives with a claim that a Console was granted, over the broker or the direct path, or both."""

    def __init__(self, console, host, port, broker=True, direct=False):
        self.console, self.direct = console, direct
        console.client.unsubscribe(console.root + "state")
        self.sockets = {sock.fileno(): sock for sock in console.direct}
        self.broker = Broker(host, port, f"pilot-{os.getpid()}", console.root + "state") if broker else None
        if self.broker:
            self.sockets[self.broker.socket.fileno()] = self.broker.socket
        self.since_low, self.intended, self.sent, self.safe_stops = None, {}, {}, 0
        self.phases, self.phase = [], None

    def listen(self, until):
        console = self.console
        while (left := until - boottime()) > 0:
            for handle in select.select(list(self.sockets), [], [], left / 1e9)[0]:
                if self.broker and self.sockets[handle] is self.broker.socket:
                    for payload in self.broker.arrived():
                        self.hear(payload)
                else:
                    packet, source = self.sockets[handle].recvfrom(2048)
                    console.take_packet(self.sockets[handle], packet, source)

    def hear(self, payload):
        body, code = payload[:STATE.size], payload[STATE.size:]
        if len(payload) == STATE.size + 32 and mac(self.console.keys["mqtt to console"], self.console.root + "state", body) == code:
            self.console.take(State(body), "mqtt")

    def prepare(self, count):
        """What the next frame says: set-points with a number in motion, else what leads there."""
        console, state = self.console, self.console.state
        if state.phase != self.phase:
            self.phase = state.phase
            self.phases.append((boottime(), state.phase, state.cause))
            if state.phase == "SAFE_STOP":
                self.safe_stops += 1
        if state.phase == "LOCKED" or state.phase == "IDLE" and len(self.phases) > 1:
            raise Ended()
        console.ack = state.stop if state.phase == "SAFE_STOP" else 0
        console.enable, console.axes = False, [0] * 8
        if state.phase == "ARMED":
            self.since_low = self.since_low or boottime()
            console.enable = boottime() - self.since_low > 100_000_000
        elif state.phase in ("ACTIVE", "DEGRADED"):
            console.enable, self.since_low = True, None
            if len(self.intended) < count:
                console.axes = axes(len(self.intended))
                return len(self.intended)
        else:
            self.since_low = None
        return None

    def run(self, count, spread=PERIOD // 2, patience=None, on_slot=None):
        """Sends `count` numbered frames, or as many as there is time for (seconds). Returns whether it got through."""
        console = self.console
        slots = schedule(int(count * 1.2 + 1500 if patience is None else patience * 50), boottime() + PERIOD, spread)
        try:
            for slot, moment in enumerate(slots):
                self.listen(moment - LEAD)
                if console.state is None:
                    continue
                if on_slot:
                    on_slot(slot)
                which = self.prepare(count)
                body = console.frame()
                outgoing = self.sealed(body)
                sleep_until(moment)
                left = boottime()
                for sock, data, target in outgoing:
                    sock.sendto(data, target) if target else sock.sendall(data)
                if which is not None:
                    self.intended[which], self.sent[which] = moment, left
                    if len(self.intended) == count:
                        return True
        except Ended:
            pass
        return False

    def sealed(self, body):
        console, outgoing = self.console, []
        if self.broker:
            topic = console.root + "cmd"
            data = self.broker.publication(topic, body + mac(console.keys["mqtt to gateway"], topic, body))
            outgoing.append((self.broker.socket, data, None))
        if self.direct and console.paths:
            packet = console.packet(body)
            outgoing += [(sock, packet, target) for sock, target in console.paths.values()]
        return outgoing

    def arrivals(self, drives):
        """By number, when the machine had the write request; the first, where one came twice."""
        found = {}
        for drive in drives:
            which = number(drive)
            if which in self.intended and which not in found:
                found[which] = drive[0]
        return found


def rank(ordered, share):
    """Nearest rank."""
    return ordered[max(0, -(-int(share * 1e6) * len(ordered) // 1_000_000) - 1)] if ordered else None


def summary(times):
    """Of nanoseconds, in milliseconds."""
    ordered = sorted(times)
    names = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99_9": 0.999, "p99_99": 0.9999, "max": 1}
    return {"n": len(ordered)} | {name: round(rank(ordered, share) / 1e6, 3) if ordered else None for name, share in names.items()}


def latency(intended, sent, arrivals):
    if not intended:
        return summary([]) | {"sent": 0, "not_written": 0}
    late = sorted(sent[which] - intended[which] for which in intended)
    result = summary([arrivals[which] - intended[which] for which in arrivals])
    return result | {"sent": len(intended), "not_written": len(intended) - len(arrivals),
                     "late_p50": round(rank(late, 0.5) / 1e6, 3), "late_p99": round(rank(late, 0.99) / 1e6, 3), "late_max": round(late[-1] / 1e6, 3)}
