"""A metered gateway with all that is around it, in network namespaces and a folder of its own.

    with Rig({"a": "clean"}, folder) as rig:
        rig.start()                        # returns when the first look has been taken, and nothing was sent before it
        rig.load("gateway", seconds=20)    # traffic.py; rig.camera() for video
        rig.kill("gateway"); rig.start_gateway(); rig.kill("netd"); rig.start_netd()
        rig.settle()                       # nothing is sent any more, all that was has been counted and recorded
        rig.counts(), rig.flows()          # what the emulator saw

camera and second sender (PREFIX-machine) → gateway → carrier emulator, a TUN device → mosquitto and sinks (PREFIX-cloud).
All are children, each with a log in the folder, and are ended by their process ids. FIELDGATE, NETD and FIELDSIM name
the programs. Needs root.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from keeper import Keeper
from processes import Processes, await_
from records import stored

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLOUD, PROBE = "10.99.0.10", "10.99.0.53"
DEVICES = {"a": "wwan0", "b": "wwan1"}
CAMERA = "192.168.50.10"
GATEWAY = "gw1"
VIDEO_PORT = 5004


def tool(name):
    named = os.environ.get({"fieldgate-netd": "NETD"}.get(name, name.upper()))
    found = named or str(ROOT / ".build/release-static/release" / name)
    if not Path(found).exists():
        raise SystemExit(f"{name} is not built: run Scripts/build-release {name}")
    return found


class Rig(Processes):
    def __init__(self, paths, folder, prefix="fgm", spool=None, boot=None, metering="", rate="50Mbit/s", timeline=None,
                 preload=None, metered=True, trace=False):
        """`paths` are radio links by profile; `spool` is where the gateway's spool is, else in the folder; `boot` is the
        boot_id that the product finds, else the machine's; `metering` are further lines of that section of the site;
        `preload` are words before the gateway's own command."""
        super().__init__(Path(folder))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.paths, self.prefix = paths, f"{prefix}{os.getpid() % 10000}"
        self.spool = Path(spool or self.folder / "spool")
        self.boot, self.metering, self.rate, self.metered = boot, metering, rate, metered
        self.timeline, self.preload, self.trace = timeline, preload or [], trace
        self.keeper = None

    # Starting

    def start(self, link=True):
        self.start_network(link)
        self.silence(True)
        self.start_netd()
        self.start_gateway()
        self.await_look()
        self.silence(False)

    def start_network(self, link=True):
        fieldsim = tool("fieldsim")
        subprocess.run([fieldsim, "net", "up", "--prefix", self.prefix], check=True, stdout=subprocess.DEVNULL)
        self.inside("gateway", "sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
        # A wire carries frames, and this cable of two virtual devices superpackets as well.
        self.inside("machine", "ip", "link", "set", "eth0", "gso_max_segs", "1")
        if link:
            self.start_link()
        mosquitto = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        (self.folder / "mosquitto.conf").write_text(f"listener 1883 {CLOUD}\nallow_anonymous true\nuser root\nmax_queued_messages 0\n")
        self.spawn("broker", self.within("cloud", mosquitto, "-c", str(self.folder / "mosquitto.conf")))
        self.spawn("sinks", self.within("cloud", sys.executable, str(HERE / "traffic.py"), "serve", CLOUD))
        self.spawn("receiver", self.within("cloud", fieldsim, "camera", "--receive", str(VIDEO_PORT), "--bind", CLOUD))
        self.spawn("loader", self.within("gateway", fieldsim, "loader", "--port", "15020"))
        await_(lambda: "ready" in self.log("sinks").read_text(), "the sinks")
        await_(lambda: "listening" in self.log("loader").read_text(), "the loader")
        self.write_site()

    def start_link(self):
        links = [word for path, profile in self.paths.items() for word in ("--path", f"{path}={profile}")]
        further = ["--timeline", str(self.timeline)] if self.timeline else []
        if self.trace:
            further += ["--trace", str(self.folder / "trace.csv")]
        self.spawn("link", [tool("fieldsim"), "link", "--prefix", self.prefix, *links, "--control", str(self.folder / "link.sock"), *further])
        await_(lambda: "ready" in self.log("link").read_text(), "the link")

    def write_site(self):
        probe = {"targets": [{"icmp": CLOUD}, {"icmp": PROBE}], "recover_after": "1s"}
        site = {
            "schema": "fg.site/1", "gateway": {"id": GATEWAY}, "clock": {"source": "system"},
            "broker": {"host": CLOUD, "insecure": True}, "spool": {"directory": str(self.spool), "commit_interval": "100ms"},
            "buses": [{"id": "lan", "tcp": {"host": "127.0.0.1", "port": 15020}}],
            "devices": [{"id": "loader", "bus": "lan", "unit": 1, "profile": str(ROOT / "Firmware-Config/profiles/wheel-loader.yaml")}],
            "link": {
                "helper": str(self.folder / "netd.sock"),
                "paths": [{"id": path, "device": DEVICES[path], "rate": {"most": self.rate, "start": self.rate, "least": self.rate}, "probe": probe} for path in self.paths],
                "cameras": {"device": "lan0", "list": [{"id": "front", "address": CAMERA, "limit": "20Mbit/s"}]},
            },
        }
        if self.metered:
            site["metering"] = {"subscription": "line-1"}
        # A line of JSON is YAML too.
        lines = [f"{name}: {json.dumps(value)}" for name, value in site.items()]
        text = "\n".join(lines) + "\n"
        if self.metered and self.metering:
            text = text.replace('metering: {"subscription": "line-1"}', 'metering: {"subscription": "line-1", ' + self.metering + "}")
        self.site.write_text(text)

    def start_netd(self):
        """With what the process before it had given to keep."""
        if self.keeper is None:
            self.keeper = Keeper(self.folder / "notify.sock")
        sock = self.folder / "netd.sock"
        sock.unlink(missing_ok=True)
        words, kept = self.keeper.command(
            tool("fieldgate-netd"), "--socket", str(sock), "--state", str(self.folder / "netd.state"), "--allow-user", "root",
            "--device", "wwan*", "--device", "lan0")
        self.spawn("netd", self.within("gateway", *self.booted(*words)), kept)
        await_(sock.exists, "fieldgate-netd")

    def start_gateway(self):
        """Also after it was killed: spool and keys are the same. Does not wait for anything."""
        run = [tool("fieldgate"), "run", "--config", str(self.site), "--set", f"admin.socket={self.folder}/admin.sock"]
        self.spawn("gateway", self.within("gateway", *self.booted(*self.preload, *run)))

    def await_look(self, wait=30.0):
        """Until metering counts from the kernel's own tables."""
        if self.metered:
            await_(lambda: self.usage_mode() not in (None, "", "starting"), f"metering, see {self.log('gateway')}", wait)
        else:
            await_(lambda: self.count("the network plan is in force") > 0, f"the network plan, see {self.log('gateway')}", wait)

    def usage_mode(self):
        said = self.reconcile()
        return said.get("mode") if said else None

    def reconcile(self):
        """`fieldgate usage reconcile --json` of the running gateway; None while none answers."""
        if not (self.folder / "admin.sock").exists():
            return None
        asked = subprocess.run([tool("fieldgate"), "usage", "reconcile", "--config", str(self.site), "--set",
                                f"admin.socket={self.folder}/admin.sock", "--json"], capture_output=True, text=True)
        try:
            return json.loads(asked.stdout)
        except ValueError:
            return None

    # Traffic

    def load(self, space, *options, name=None):
        """traffic.py in that namespace, towards the sinks, until it ends by itself or is ended."""
        own = ["--bind", CAMERA] if space == "machine" else []
        name = name or f"load-{space}"
        self.spawn(name, self.within(space, sys.executable, str(HERE / "traffic.py"), "load", CLOUD, *own, *map(str, options)))
        return name

    def camera(self, rate="4Mbit/s", seed=1, name="camera"):
        self.spawn(name, self.within("machine", tool("fieldsim"), "camera", "--to", f"{CLOUD}:{VIDEO_PORT}", "--bind", CAMERA, "--rate", rate, "--seed", str(seed)))
        return name

    def silence(self, on):
        """Nothing enters or leaves the radio from either side; what is dropped is dropped before anything counts it."""
        rules = "table inet rig {\n chain out { type filter hook output priority -400; oifname { \"wwan0\", \"wwan1\" } drop; }\n" \
                " chain lan { type filter hook prerouting priority -400; iifname \"lan0\" drop; }\n}\n"
        far = "table inet rig {\n chain out { type filter hook output priority -400; oifname { \"carrier-a\", \"carrier-b\", \"radio0\" } drop; }\n}\n"
        for space in ["gateway", "cloud"] + [f"carrier-{path}" for path in self.paths]:
            text = (rules if space == "gateway" else far) if on else "delete table inet rig\n"
            subprocess.run(self.within(space, "nft", "-f", "-"), input=text, text=True, check=True)

    def settle(self, stop=True):
        """Stops the traffic, lets everything under way arrive, and lets the gateway record it."""
        for name in [name for name in self.children if name.startswith(("load-", "camera"))]:
            self.end(name)
        # TCP counts what it sends even where a rule drops it at once, so the gateway's connection ends before the rule.
        self.end("broker")
        time.sleep(1)
        self.silence(True)
        await_(self.is_still, "the link to be empty")
        # Two looks of 5 s.
        time.sleep(11)
        if stop:
            self.end("gateway")

    def is_still(self):
        before = self.counts()
        time.sleep(0.5)
        stats = self.link("stats")["paths"]
        return before == self.counts() and all(lane["under_way"] == 0 for path in stats.values() for lane in (path["up"], path["down"]))

    # What the emulator saw

    def link(self, *words):
        """A control command of the link: path a outage 3s, stats, stats flows …"""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(20)
            control.connect(str(self.folder / "link.sock"))
            control.sendall(" ".join(words).encode() + b"\n")
            reply = b""
            while not reply.endswith(b"\n"):
                part = control.recv(1 << 20)
                if not part:
                    break
                reply += part
        reply = json.loads(reply)
        if not reply.get("ok"):
            raise RuntimeError(f"{words}: {reply}")
        return reply

    def counts(self):
        """IP bytes so far, up and down: read from the gateway's devices, and written to them."""
        paths = self.link("stats")["paths"].values()
        return (sum(path["up"]["offered"]["bytes"] for path in paths), sum(path["down"]["delivered"]["bytes"] for path in paths))

    def flows(self):
        return self.link("stats", "flows")["flows"]

    def interface(self):
        """The kernel's own totals of the radio devices: bytes sent and received."""
        shown = json.loads(self.inside("gateway", "ip", "-j", "-s", "link"))
        devices = [d["stats64"] for d in shown if d["ifname"] in [DEVICES[path] for path in self.paths]]
        return sum(d["tx"]["bytes"] for d in devices), sum(d["rx"]["bytes"] for d in devices)

    # Places

    def within(self, space, *command):
        return ["ip", "netns", "exec", f"{self.prefix}-{space}", *command]

    def booted(self, *command):
        """With the boot_id of this rig: `ip netns exec` gives every process mounts of its own."""
        if self.boot is None:
            return list(command)
        mark = self.folder / "boot_id"
        mark.write_text(self.boot + "\n")
        return ["sh", "-c", f'mount --bind {mark} /proc/sys/kernel/random/boot_id && exec "$@"', "sh", *command]

    def inside(self, space, *command):
        return subprocess.run(self.within(space, *command), check=True, stdout=subprocess.PIPE, text=True).stdout

    @property
    def site(self):
        return self.folder / "site.yaml"

    def close(self):
        for name in reversed(list(self.children)):
            self.end(name)
        if self.keeper:
            self.keeper.close()
        subprocess.run([tool("fieldsim"), "net", "down", "--prefix", self.prefix], stdout=subprocess.DEVNULL)

    def __enter__(self):
        # So that `timeout` and Ctrl-C leave no children behind.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(self, *_):
        self.close()

    # What it recorded

    def records(self):
        """All records, as the spool's file has them."""
        return stored(self.spool)

    def verified(self):
        """What `fieldgate usage verify` says of them: its last line, and whether it found nothing wrong."""
        done = subprocess.run([tool("fieldgate"), "usage", "verify", "--config", str(self.site)], capture_output=True, text=True)
        said = (done.stdout + done.stderr).strip().splitlines()
        return (said[-1] if said else ""), done.returncode == 0

    def export(self):
        """The files that `fieldgate usage export` makes for a desk."""
        to = self.folder / "export"
        command = [tool("fieldgate"), "usage", "export", "--config", str(self.site), "--to", str(to), "--full"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"fieldgate usage export: {(done.stdout + done.stderr).strip()[-300:]}")
        return sorted(to.glob("*.jsonl"))
