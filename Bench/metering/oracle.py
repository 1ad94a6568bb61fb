"""What the emulator saw, sorted as a plan would sort it: nothing here asks the product.

Classes follow from who sent it: a camera's address, the ports that traffic.py sends control to, the broker's port; the
rest is bulk. Transports are counted apart, and so is what has no ports.
"""
import threading
import time
from bisect import bisect_left
from collections import defaultdict

CAMERA_NET = "192.168.50."
CONTROL, TELEMETRY, BULK, CAMERAS = 0x10, 0x20, 0x30, 0x100
NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17}


def side(flow):
    """Own and far end of a flow: (protocol, own address, own port, far address, far port)."""
    near = (flow["source"], flow.get("source_port", 0)), (flow["destination"], flow.get("destination_port", 0))
    if flow["direction"] == "down":
        near = near[::-1]
    return (flow["protocol"], *near[0], *near[1])


def connections(flows):
    """Bytes up and down of each connection, as {ends: [up, down]}: an upstream flow and the downstream one of its answers."""
    found = defaultdict(lambda: [0, 0])
    for flow in flows:
        if "source" not in flow:
            raise RuntimeError("the emulator counted flows together: there were more than it lists")
        column = 0 if flow["direction"] == "up" else 1
        found[side(flow)][column] += flow["offered" if column == 0 else "delivered"]["bytes"]
    return dict(found)


def by_transport(flows):
    """{protocol number or name: [up, down]}."""
    found = defaultdict(lambda: [0, 0])
    for ends, (up, down) in connections(flows).items():
        key = NUMBERS.get(ends[0], ends[0])
        found[key][0] += up
        found[key][1] += down
    return dict(found)


class Sampler:
    """Reads the emulator's counts again and again, so that what had passed at some moment can be said afterwards."""

    def __init__(self, rig, period=0.05):
        self.rig, self.period = rig, period
        self.times, self.values = [], []
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.ends.wait(self.period):
            try:
                before = time.time()
                counts = self.rig.counts()
                self.times.append((before + time.time()) / 2)
                self.values.append(counts)
            except (OSError, ValueError, RuntimeError):
                pass

    def at(self, moment):
        """Counts at a moment of the wall clock, between two samples in proportion."""
        place = min(max(bisect_left(self.times, moment), 1), len(self.times) - 1)
        (left, right), (first, second) = self.times[place - 1:place + 1], self.values[place - 1:place + 1]
        share = min(1, max(0, (moment - left) / (right - left))) if right > left else 0
        return tuple(a + (b - a) * share for a, b in zip(first, second))

    def close(self):
        self.ends.set()
        self.thread.join(3)
