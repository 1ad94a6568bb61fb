"""A stand-in for the service manager: it keeps descriptors for a process that may die, and hands them to the next one.

Speaks what sd_notify(3) and sd_listen_fds(3) say of FDSTORE, FDNAME, FDPOLL, FDSTOREREMOVE, BARRIER and LISTEN_*. As the
real one does, it drops a kept descriptor that reports an error, unless it was stored with FDPOLL=0.
"""
import fcntl
import os
import select
import socket
import struct
import threading

FIRST = 3
LIMIT = 64
# Above what a started process may already have open.
HIGH = 100


class Keeper:
    def __init__(self, path):
        """`path` becomes NOTIFY_SOCKET."""
        self.path = str(path)
        self.kept = []
        self.messages = []
        self.dropped = []
        self.lock = threading.Lock()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.ends = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def command(self, *words):
        """What to run instead of `words`, and the descriptors it inherits: those kept are its 3, 4, and so on."""
        with self.lock:
            kept = [(name, descriptor) for name, descriptor, _ in self.kept]
        moves = "".join(f"exec {FIRST + place}<&{descriptor} {descriptor}<&-\n" for place, (_, descriptor) in enumerate(kept))
        listen = ""
        if kept:
            names = ":".join(name for name, _ in kept)
            listen = f"export LISTEN_PID=$$ LISTEN_FDS={len(kept)} LISTEN_FDNAMES={names}\n"
        script = f'{moves}{listen}export NOTIFY_SOCKET={self.path}\nexec "$@"'
        return ["bash", "-c", script, "bash", *words], [descriptor for _, descriptor in kept]

    def names(self):
        with self.lock:
            return [name for name, _, _ in self.kept]

    def close(self):
        self.ends = True
        self.thread.join(2)
        self.socket.close()
        with self.lock:
            for _, descriptor, _ in self.kept:
                os.close(descriptor)
            self.kept = []

    def _serve(self):
        while not self.ends:
            poll = select.poll()
            poll.register(self.socket, select.POLLIN)
            with self.lock:
                watched = {descriptor for _, descriptor, polled in self.kept if polled}
            for descriptor in watched:
                poll.register(descriptor, 0)
            for descriptor, _ in poll.poll(100):
                if descriptor == self.socket.fileno():
                    self._take()
                else:
                    self._drop(descriptor)

    def _take(self):
        room = socket.CMSG_SPACE(LIMIT * 4)
        text, attached, _, _ = self.socket.recvmsg(65536, room)
        descriptors = []
        for level, kind, data in attached:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors += struct.unpack(f"{len(data) // 4}i", data[: len(data) // 4 * 4])
        fields = dict(line.split("=", 1) for line in text.decode(errors="replace").splitlines() if "=" in line)
        self.messages.append(fields)
        stores = fields.get("FDSTORE") == "1"
        with self.lock:
            if fields.get("FDSTOREREMOVE") == "1":
                self._forget(fields.get("FDNAME"))
            for descriptor in descriptors:
                if stores and len(self.kept) < LIMIT:
                    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH)
                    self.kept.append((fields.get("FDNAME", "stored"), high, fields.get("FDPOLL") != "0"))
                # Closing is also what answers BARRIER=1.
                os.close(descriptor)

    def _forget(self, name):
        for entry in [entry for entry in self.kept if entry[0] == name]:
            self.kept.remove(entry)
            os.close(entry[1])

    def _drop(self, descriptor):
        with self.lock:
            for entry in [entry for entry in self.kept if entry[1] == descriptor]:
                self.dropped.append(entry[0])
                self.kept.remove(entry)
                os.close(descriptor)
