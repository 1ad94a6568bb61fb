"""A gateway under remote control with everything around it, in a folder of its own: for benchmarks and attacks.

    with Rig() as rig:                      # loopback; Rig(paths={"a": "5g-public"}) puts radio links in between (root)
        rig.start()
        console = rig.console("anna", direct=True)
        console.claim(); console.start(); console.until("ARMED"); console.drive()
        rig.sim("drives"); rig.freeze("gateway"); rig.kill("gateway"); rig.start_gateway()

Broker, loader and gateway are children, each with a log in the folder, and ended by their process ids. With links,
gateway and loader are in the namespace of the gateway, broker and consoles in that of the cloud. Run it with
.build/venv/bin/python (Scripts/python-venv); FIELDGATE, FIELDSIM and NETD name the programs.
"""
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path

from console import Console, Keys

ROOT = Path(__file__).resolve().parents[2]
CLOUD, PROBE = "10.99.0.10", "10.99.0.53"
GATEWAY, MACHINE = "gw1", "loader"
DEVICES = {"a": "wwan0", "b": "wwan1"}
ROLES = {"anna": "operator", "bert": "operator", "sup": "supervisor", "stopper": "stop-only"}


def tool(name):
    named = os.environ.get(name.upper().replace("FIELDGATE-", ""))
    if named:
        return named
    for folder in [".build/release-static/release", ".build/debug"]:
        if (ROOT / folder / name).exists():
            return str(ROOT / folder / name)
    raise SystemExit(f"{name} is not built: run Scripts/build-release fieldgate fieldsim fieldgate-netd")


def free_port(kind=socket.SOCK_STREAM, count=1):
    """The first of `count` free loopback ports in a row."""
    while True:
        probes = []
        try:
            probes.append(socket.socket(socket.AF_INET, kind))
            probes[0].bind(("127.0.0.1", 0))
            first = probes[0].getsockname()[1]
            for offset in range(1, count):
                probes.append(socket.socket(socket.AF_INET, kind))
                probes[-1].bind(("127.0.0.1", first + offset))
            return first
        except (OSError, OverflowError):
            continue
        finally:
            for probe in probes:
                probe.close()


def await_(condition, what, wait=10.0):
    end = time.monotonic() + wait
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {wait} s")
        time.sleep(0.02)


class Rig:
    def __init__(self, paths=None, fleet=0, limits=None, device=None, broker=None, settings="", prefix=None, folder=None, priority=None):
        """`paths` are radio links by profile, such as {"a": "5g-public", "b": "5g-edge"}; `fleet` further devices of
        1000 registers each; `limits` and `device` go into `control.devices`; `broker` are further lines of mosquitto's
        configuration, `settings` of the site's. `priority` is the real-time one of broker and loader, and makes the links real-time
        too: what stands for other computers doesn't wait for this one's processors."""
        self.paths, self.fleet, self.limits, self.device = paths, fleet, limits or {}, device or {}
        self.broker_lines, self.settings = broker or "", settings
        self.prefix = prefix or f"fgc{os.getpid() % 10000}"
        self.folder = Path(folder or tempfile.mkdtemp(prefix="fieldgate-control."))
        self.keeps = folder is not None
        self.outside = ["chrt", "-f", str(priority)] if priority else []
        self.children, self.consoles = {}, []
        self.broker_host = CLOUD if paths else "127.0.0.1"
        self.broker_port = 1883 if paths else free_port()
        self.port = 15020 if paths else free_port()
        self.fleet_port = (21000 if paths else free_port(count=fleet)) if fleet else None

    # Starting and ending

    def start(self):
        self.write_papers()
        self.write_site()
        if self.paths:
            self.start_link()
        self.start_broker()
        self.start_machine()
        self.start_gateway()

    def write_papers(self):
        self.owner, self.machine_key = Keys(), Keys()
        self.keys = {name: Keys() for name in ROLES}
        operators = [{"id": name, "name": name.capitalize(), "role": role, "key": self.keys[name].public} for name, role in ROLES.items()]
        (self.folder / "roster.json").write_text(self.owner.document({"schema": "fg.roster/1", "operators": operators}))
        (self.folder / "machine.key").write_text(self.machine_key.secret + "\n")
        (self.folder / "machine.key").chmod(0o600)

    def write_site(self):
        profiles = ROOT / "Firmware-Config/profiles"
        buses = [{"id": "lan", "tcp": {"host": "127.0.0.1", "port": self.port}}]
        devices = [{"id": MACHINE, "bus": "lan", "unit": 1, "profile": str(profiles / "wheel-loader.yaml")}]
        for number in range(self.fleet):
            buses.append({"id": f"b{number}", "tcp": {"host": "127.0.0.1", "port": self.fleet_port + number}})
            devices.append({"id": f"d{number}", "bus": f"b{number}", "unit": 1, "profile": str(profiles / "bench-1000.yaml")})
        control = {"device": MACHINE, "serial": "WL-7"} | self.device | ({"limits": self.limits} if self.limits else {})
        site = {
            "schema": "fg.site/1", "gateway": {"id": GATEWAY}, "clock": {"source": "system"},
            "broker": {"host": self.broker_host, "port": self.broker_port} | ({"insecure": True} if self.paths else {}),
            "spool": {"directory": str(self.folder / "spool")}, "buses": buses, "devices": devices,
            "control": {"roster": "roster.json", "owner_key": self.owner.public, "machine_key": "machine.key",
                        "owner": "Quarry", "location": "Pit 3", "devices": [control]},
        }
        if self.paths:
            probe = {"targets": [{"icmp": CLOUD}, {"icmp": PROBE}], "recover_after": "2s"}
            links = [{"id": path, "device": DEVICES[path], "probe": probe} for path in self.paths]
            site["link"] = {"helper": str(self.folder / "netd.sock"), "paths": links, "choice": {"fail_back_after": "4s"}}
        # A line of JSON is YAML too.
        lines = [f"{name}: {json.dumps(value)}" for name, value in site.items()]
        (self.folder / "site.yaml").write_text("\n".join(lines) + "\n" + self.settings)

    def start_link(self):
        subprocess.run([tool("fieldsim"), "net", "up", "--prefix", self.prefix], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(self.within("gateway", "sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647"), check=True)
        links = [word for path, profile in self.paths.items() for word in ("--path", f"{path}={profile}")]
        self.spawn("link", [tool("fieldsim"), "link", "--prefix", self.prefix, *links, "--control", self.socket("link"),
                            *(["--realtime"] if self.outside else [])])
        await_(lambda: "ready" in self.log("link").read_text(), "the link")
        self.spawn("netd", self.within("gateway", tool("fieldgate-netd"), "--socket", str(self.folder / "netd.sock"),
                                       "--state", str(self.folder / "netd.state"), "--allow-user", "root"))
        await_((self.folder / "netd.sock").exists, "fieldgate-netd")

    def start_broker(self):
        path = os.environ["PATH"] + ":/usr/sbin"
        text = f"listener {self.broker_port} {self.broker_host}\nallow_anonymous true\nset_tcp_nodelay true\nuser root\n"
        (self.folder / "mosquitto.conf").write_text(text + self.broker_lines)
        self.spawn("broker", self.within("cloud", *self.outside, shutil.which("mosquitto", path=path), "-c", str(self.folder / "mosquitto.conf")))
        self.await_port("cloud", self.broker_host, self.broker_port)

    def start_machine(self, *options):
        self.spawn("loader", self.within("gateway", *self.outside, tool("fieldsim"), "loader", "--remote", "--port", str(self.port),
                                         "--control", self.socket("loader"), *options))
        if self.fleet:
            self.spawn("fleet", self.within("gateway", tool("fieldsim"), "fleet", "--devices", str(self.fleet), "--port", str(self.fleet_port),
                                            "--registers", "1000", "--period", "100ms", "--control", self.socket("fleet")))
        for port in [self.port] + [self.fleet_port + number for number in range(self.fleet)]:
            self.await_port("gateway", "127.0.0.1", port)

    def start_gateway(self, *options):
        """Also after it was killed: keys, spool and what it remembers are the same."""
        before = self.count("remote control connected")
        self.spawn("gateway", self.within("gateway", tool("fieldgate"), "run", "--config", str(self.folder / "site.yaml"),
                                          "--set", f"admin.socket={self.folder}/admin.sock", *options))
        await_(lambda: self.count("remote control connected") > before, f"the gateway at the broker, see {self.log('gateway')}")

    def spawn(self, name, command):
        output = open(self.log(name), "a")
        self.children[name] = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        output.close()

    def end(self, name):
        """SIGTERM, and SIGKILL where that is ignored. Returns the exit code."""
        child = self.children.pop(name, None)
        if child is None:
            return None
        child.send_signal(signal.SIGCONT)
        child.terminate()
        try:
            return child.wait(6)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()

    def close(self):
        for console in self.consoles:
            console.close()
        for name in reversed(list(self.children)):
            self.end(name)
        if self.paths:
            subprocess.run([tool("fieldsim"), "net", "down", "--prefix", self.prefix], stdout=subprocess.DEVNULL)
        if not self.keeps and not os.environ.get("RIG_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        # So that `timeout` and Ctrl-C leave no children behind.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(self, *_):
        self.close()

    # Doing things to it; names are gateway, loader, broker, link, netd, fleet

    def kill(self, name):
        """kill -9; returns when (CLOCK_BOOTTIME, ns)."""
        at = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self.children[name].kill()
        self.children.pop(name).wait()
        return at

    def freeze(self, name):
        at = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self.children[name].send_signal(signal.SIGSTOP)
        return at

    def thaw(self, name):
        self.children[name].send_signal(signal.SIGCONT)

    def pid(self, name):
        return self.children[name].pid

    def sim(self, *words):
        """A control command of the loader: drives, stops, status, fault …"""
        return self.ask("loader", *words)

    def link(self, *words):
        """A control command of the link: path a dead on, path a outage 3s, stats …"""
        return self.ask("link", *words)

    def ask(self, name, *words):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(20)
            control.connect(self.socket(name))
            control.sendall(" ".join(words).encode() + b"\n")
            reply = b""
            while not reply.endswith(b"\n"):
                part = control.recv(1 << 20)
                if not part:
                    break
                reply += part
        reply = json.loads(reply)
        assert reply.get("ok"), reply
        return reply

    def console(self, operator="anna", direct=False, kind=Console, **options):
        """`direct`: True for one address of its own, or a list of addresses. It is closed with the rig."""
        addresses = [self.broker_host] if direct is True else list(direct or [])
        with self.namespace("cloud"):
            made = kind(self.broker_port, GATEWAY, MACHINE, operator, self.keys[operator], self.machine_key.public,
                        host=self.broker_host, direct=addresses, **options)
        self.consoles.append(made)
        return made

    # Where things are

    def socket(self, name):
        return str(self.folder / f"{name}.sock")

    def log(self, name):
        return self.folder / f"{name}.log"

    def count(self, text, name="gateway"):
        log = self.log(name)
        return log.read_text(errors="replace").count(text) if log.exists() else 0

    def within(self, space, *command):
        return ["ip", "netns", "exec", f"{self.prefix}-{space}", *command] if self.paths else list(command)

    def await_port(self, space, host, port):
        def answers():
            with self.namespace(space), socket.socket() as probe:
                return probe.connect_ex((host, port)) == 0
        await_(answers, f"{host}:{port}")

    @contextmanager
    def entered(self, space):
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.prefix}-{space}") as there:
            if libc.setns(there.fileno(), 0x40000000) != 0:  # CLONE_NEWNET
                raise OSError(ctypes.get_errno(), f"cannot enter {self.prefix}-{space}")
            try:
                yield
            finally:
                libc.setns(home.fileno(), 0x40000000)

    def namespace(self, space):
        """This thread, and those it starts, are in that namespace meanwhile; sockets made there stay there."""
        return self.entered(space) if self.paths else nullcontext()
