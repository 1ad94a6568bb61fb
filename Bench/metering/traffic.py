"""Traffic of many kinds between a gateway and the sinks behind its carrier; both ends.

    traffic.py serve ADDRESS                 sinks and sources, until SIGTERM; prints `ready`
    traffic.py load ADDRESS [--rate MBIT] [--seconds S] [--seed N] [--bind OWN] [--kinds KIND,…]
    traffic.py flows ADDRESS COUNT [--every S]   so many UDP flows of one datagram, once or again and again

Kinds: up and down (TCP), stream (one connection up for the whole time), datagrams (UDP of all sizes, in bursts), fragments (8000 bytes), control (50 small ones a second
of the control class, echoed), small (a new flow for each). At the end `load` prints what it sent, as one line of JSON:
nothing is measured by that, it only tells that there was traffic.
"""
import argparse
import json
import random
import signal
import socket
import sys
import threading
import time

SINK, SOURCE, DATAGRAMS, ECHO = 7101, 7102, 7103, 7104
FLOWS = 20000
SO_PRIORITY, CONTROL_CLASS = 12, 6
KINDS = ["up", "stream", "down", "datagrams", "fragments", "control", "small"]
stop = threading.Event()


def serve(address):
    for port, serve_one in ((SINK, swallow), (SOURCE, pour)):
        listener = socket.create_server((address, port), backlog=64)
        threading.Thread(target=accept, args=(listener, serve_one), daemon=True).start()
    for port, answers in ((DATAGRAMS, False), (ECHO, True)):
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        end.bind((address, port))
        threading.Thread(target=datagrams, args=(end, answers), daemon=True).start()
    # Many flows are sent to ports that nobody reads; an answer would be an ICMP error for each.
    quiet = []
    for port in range(FLOWS, FLOWS + 10):
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.bind((address, port))
        quiet.append(end)
        threading.Thread(target=datagrams, args=(end, False), daemon=True).start()
    print("ready", flush=True)
    stop.wait()


def accept(listener, serve_one):
    while True:
        end, _ = listener.accept()
        threading.Thread(target=serve_one, args=(end,), daemon=True).start()


def swallow(end):
    with end:
        try:
            while end.recv(1 << 16):
                pass
        except OSError:
            pass


def pour(end):
    """Sends what the first line asks for: bytes, and bytes a second."""
    with end:
        try:
            count, rate = (int(word) for word in end.makefile().readline().split())
            paced(end.sendall, count, rate, 16384)
        except (OSError, ValueError):
            pass


def datagrams(end, answers):
    while True:
        data, peer = end.recvfrom(1 << 16)
        if answers:
            end.sendto(data, peer)


def paced(send, count, rate, piece):
    begin, sent = time.monotonic(), 0
    while sent < count and not stop.is_set():
        size = min(piece, count - sent)
        send(bytes(size))
        sent += size
        wait = begin + sent / rate - time.monotonic()
        if wait > 0:
            stop.wait(wait)
    return sent


class Load:
    def __init__(self, address, rate, seed, own):
        self.address, self.rate, self.dice, self.own = address, rate * 125_000, random.Random(seed), own
        self.sent = dict.fromkeys(KINDS, 0)

    def connect(self, port):
        return socket.create_connection((self.address, port), timeout=30, source_address=(self.own, 0) if self.own else None)

    def datagram_end(self):
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if self.own:
            end.bind((self.own, 0))
        return end

    def run(self, kind):
        """Again and again until the end; a connection that breaks is only the beginning of the next one."""
        dice = random.Random(self.dice.random())
        while not stop.is_set():
            try:
                self.sent[kind] += getattr(self, kind)(dice)
            except OSError:
                stop.wait(0.2)

    def up(self, dice):
        with self.connect(SINK) as end:
            return paced(end.sendall, dice.randrange(30_000, 3_000_000), self.rate * 0.45, 32768)

    def stream(self, dice):
        with self.connect(SINK) as end:
            return paced(end.sendall, 1 << 50, self.rate * 0.45, 32768)

    def down(self, dice):
        count = dice.randrange(30_000, 2_000_000)
        with self.connect(SOURCE) as end:
            end.sendall(f"{count} {int(self.rate * 0.3)}\n".encode())
            got = 0
            while not stop.is_set() and (part := end.recv(1 << 16)):
                got += len(part)
            return got

    def datagrams(self, dice):
        with self.datagram_end() as end:
            sent = 0
            for _ in range(dice.randrange(5, 60)):
                burst = [dice.randrange(20, 1400) for _ in range(dice.choice([1, 1, 4, 16]))]
                for size in burst:
                    sent += end.sendto(bytes(size), (self.address, DATAGRAMS))
                if stop.wait(sum(burst) / (self.rate * 0.15)):
                    break
            return sent

    def fragments(self, dice):
        with self.datagram_end() as end:
            sent = end.sendto(bytes(8000), (self.address, DATAGRAMS))
        stop.wait(2)
        return sent

    def control(self, dice):
        with self.datagram_end() as end:
            end.setsockopt(socket.SOL_SOCKET, SO_PRIORITY, CONTROL_CLASS)
            end.setblocking(False)
            sent = 0
            for _ in range(dice.randrange(100, 1000)):
                sent += end.sendto(bytes(100), (self.address, ECHO))
                if stop.wait(0.02):
                    break
            return sent

    def small(self, dice):
        with self.datagram_end() as end:
            sent = end.sendto(bytes(dice.randrange(1, 300)), (self.address, ECHO))
            stop.wait(0.1)
            return sent


def flows(address, count, every):
    """`count` flows of one datagram each; `every` sends another one on each of them, in so many seconds."""
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind(("", 0))
    ends = [end]
    # Ten ports there, a port here for every ten flows.
    while len(ends) * 10 < count:
        more = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        more.bind(("", 0))
        ends.append(more)
    while not stop.is_set():
        begin = time.monotonic()
        for number in range(count):
            ends[number // 10].sendto(bytes(number % 64), (address, FLOWS + number % 10))
            due = begin + (number + 1) * (every or 4) / count
            if number % 50 == 49 and (wait := due - time.monotonic()) > 0:
                stop.wait(wait)
        print(json.dumps({"flows": count}), flush=True)
        if not every:
            break


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("role", choices=["serve", "load", "flows"])
    options.add_argument("address")
    options.add_argument("count", nargs="?", type=int, default=0)
    options.add_argument("--rate", type=float, default=6)
    options.add_argument("--seconds", type=float)
    options.add_argument("--every", type=float)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--bind")
    options.add_argument("--kinds", default=",".join(KINDS))
    wanted = options.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if wanted.role == "serve":
        return serve(wanted.address)
    if wanted.role == "flows":
        import resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (16384, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        return flows(wanted.address, wanted.count, wanted.every)
    load = Load(wanted.address, wanted.rate, wanted.seed, wanted.bind)
    threads = [threading.Thread(target=load.run, args=(kind,), daemon=True) for kind in wanted.kinds.split(",")]
    for thread in threads:
        thread.start()
    stop.wait(wanted.seconds)
    stop.set()
    for thread in threads:
        thread.join(3)
    print(json.dumps(load.sent))


if __name__ == "__main__":
    sys.exit(main())
