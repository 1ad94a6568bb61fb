"""What is done to a gateway that meters, and what its records come to afterwards."""
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import threading
import time
import uuid
from collections import Counter
from pathlib import Path

import oracle
from records import Sums, faults
from rig import CLOUD, GATEWAY, HERE, Rig, await_
from row import Row

FREEZER = Path("/sys/fs/cgroup/freezer")
UNIFIED = [Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup")]
FLOWS = 20_000


def mixed(rig, rate=6):
    """All kinds, local and forwarded, with a camera; the air loses one packet in a hundred."""
    rig.link("path", "a", "set", "loss", "1%")
    rig.load("gateway", "--rate", rate, "--kinds", "stream,down,datagrams,fragments,control,small")
    rig.load("machine", "--rate", rate / 3, "--kinds", "up,down,datagrams")
    rig.camera(rate=f"{max(1, int(rate / 3))}Mbit/s")


def unmatched(flows, records):
    """Connections of UDP and TCP whose bytes up differ between emulator and records: how many, and all that are."""
    numbers = {"tcp": 6, "udp": 17}
    seen = Counter((numbers[ends[0]], up) for ends, (up, _) in oracle.connections(flows).items() if ends[0] in numbers and up)
    told = Counter()
    for record_key, (transport, up) in by_tuple(records).items():
        if transport in numbers.values() and up:
            told[(transport, up)] += 1
    return sum((seen - told).values()), sum(seen.values())


def by_tuple(records):
    """{tuple_h: (transport, bytes up)}: an address used again is one for the emulator, too."""
    found = {}
    for record in records:
        if "tuple_h" in record and "d_up" in record and record["type"] != "adjust":
            transport, up = found.get(record["tuple_h"], (record["proto"], 0))
            found[record["tuple_h"]] = (transport, up + record["d_up"])
    return found


def balance(rig, records, name, aims):
    """The row that holds what was recorded against what the emulator saw, and one with the connections one by one."""
    (up, down), sums, wrong = rig.counts(), Sums(records), faults(records)
    loose_up, loose_down = abs(sums.loose_up) / max(up, 1), abs(sums.loose_down) / max(down, 1)
    differ, of = unmatched(rig.flows(), records)
    held = sums.up == up and abs(sums.down - down) <= down * 1e-4 and loose_down <= 1e-4 and abs(sums.loose_up) <= max(up * 1e-3, 65536) and not wrong
    figure = (f"{up / 1e6:.1f} MB up, {down / 1e6:.1f} MB down: up {sums.up - up:+} B, down {sums.down - down:+} B; unattributed up "
              f"{sums.loose_up} B ({loose_up:.3%}), down {sums.loose_down} B ({loose_down:.4%}); {len(records)} records, {len(wrong)} faults")
    if wrong:
        figure += f", the first: {wrong[0]}"
    return [Row(name, figure, aims, held),
            Row(f"{name}: connection by connection", f"{differ} of {of} with other bytes up than the emulator counted", "told, no aim of its own", True)]


# Kills and torn writes


def kills(folder, count=100, tears=50, seed=1):
    dice = random.Random(seed)
    library, order = folder / "tear.so", folder / "tear.order"
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, HERE / "tear.c", "-ldl"], check=True)
    order.write_bytes(bytes(16))
    spool = folder / "kills" / "spool"
    preload = ["env", f"LD_PRELOAD={library}", f"TEAR_COUNT={order}", f"TEAR_UNDER={spool}"]
    with Rig({"a": "clean"}, folder / "kills", spool=spool, preload=preload) as rig:
        rig.start()
        mixed(rig)
        done = Counter()
        for number in range(count):
            time.sleep(dice.uniform(0.3, 2.0))
            for victim in [["gateway"], ["gateway"], ["netd"], ["gateway", "netd"]][number % 4]:
                rig.kill(victim)
                done[victim] += 1
            if not rig.is_alive("netd"):
                rig.start_netd()
            if not rig.is_alive("gateway"):
                rig.start_gateway()
        torn = 0
        for number in range(tears):
            rig.await_look()
            order_bytes = struct.pack("qq", dice.randrange(1, 40), dice.randrange(0, 256))
            with open(order, "r+b") as file:
                file.write(order_bytes)
            try:
                await_(lambda: not rig.is_alive("gateway"), "a write to tear", 30)
                torn += 1
            finally:
                with open(order, "r+b") as file:
                    file.write(bytes(16))
            rig.children.pop("gateway", None)
            rig.start_gateway()
        rig.await_look()
        # Two looks more: sockets are asked for their segments then.
        time.sleep(12)
        rig.settle()
        records = rig.records()
        deaths = f"{done['gateway']} × gateway, {done['netd']} × netd killed, {torn} × torn write"
        return balance(rig, records, f"kill -9 and torn writes under mixed traffic ({deaths})",
                       "up 0 B, down ≤ 0.01 % and in unattributed")


# Many ends at once


def flush(folder, flows=FLOWS):
    with Rig({"a": "clean"}, folder / "flush") as rig:
        rig.start()
        rig.inside("gateway", "sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout=300")
        opening = rig.spawn("load-flows", rig.within("gateway", "python3", str(HERE / "traffic.py"), "flows", CLOUD, str(flows)))
        await_(lambda: not rig.is_alive("load-flows"), "the flows to be opened", 60)
        await_(lambda: table(rig) >= flows, "the flows to be in the kernel's table", 10)
        time.sleep(6)
        for name in ("gateway", "netd"):
            rig.signal(name, signal.SIGSTOP)
        rig.inside("gateway", "conntrack", "-F")
        time.sleep(4)
        for name in ("netd", "gateway"):
            rig.signal(name, signal.SIGCONT)
        wanted = Counter(28 + number % 64 for number in range(flows))
        found = await_stops(rig, wanted, 60)
        rows = [Row(f"{flows:,} flows flushed, readers stalled for 4 s", f"{sum((found & wanted).values()):,} stop records with the flow's bytes, "
                    f"{sum((found - wanted).values())} others", f"{flows:,}", found & wanted == wanted)]
        try:
            return rows + replay(rig)
        except (TimeoutError, RuntimeError, OSError) as fault:
            return rows + [Row.missing("records replayed", "≥ 500/s", fault)]


def table(rig):
    return int(rig.inside("gateway", "sysctl", "-n", "net.netfilter.nf_conntrack_count"))


def await_stops(rig, wanted, wait):
    """Stop records of UDP by their bytes up, of the sizes that the flows have."""
    end = time.monotonic() + wait
    while True:
        # A flow that was cut before its end has the rest in its stop: the cumulative figure is the flow's.
        found = Counter(r["up"] for r in rig.records() if r["type"] == "stop" and r["proto"] == 17 and r["up"] in wanted)
        if found & wanted == wanted or time.monotonic() > end:
            return found
        time.sleep(1)


def replay(rig, count=10_000):
    """How fast the gateway sends again what a receiver asks for."""
    records = rig.records()
    count = min(count, len(records))
    out = rig.folder / "replayed"
    with open(out, "w") as output:
        reader = subprocess.Popen(rig.within("cloud", "mosquitto_sub", "-h", CLOUD, "-q", "1", "-t", f"fg/v1/{GATEWAY}/usage", "-F", "%U %p"), stdout=output)
    try:
        # What is still on its way is not the replay's.
        quiet = -1
        end = time.monotonic() + 60
        while out.stat().st_size != quiet and time.monotonic() < end:
            quiet = out.stat().st_size
            time.sleep(2)
        start = out.stat().st_size
        request = {"gw": GATEWAY, "epoch": records[0]["epoch"], "from": records[0]["seq"], "to": records[count - 1]["seq"]}
        rig.inside("cloud", "mosquitto_pub", "-h", CLOUD, "-q", "1", "-t", f"fg/v1/{GATEWAY}/usage/replay", "-m", json.dumps(request, sort_keys=True, separators=(",", ":")))
        asked, lines = time.time(), []
        while len(lines) < count and time.time() < asked + 60:
            time.sleep(0.5)
            with open(out) as file:
                file.seek(start)
                lines = [line for line in file if '"replayed":true' in line]
    finally:
        reader.terminate()
        reader.wait()
    if not lines:
        raise RuntimeError("the gateway sent none of the records that were asked for")
    rate = len(lines) / (float(lines[-1].split()[0]) - asked)
    return [Row("records replayed", f"{len(lines):,} of {count:,}, {rate:,.0f}/s", "≥ 500/s", rate >= 500 and len(lines) >= count)]


# Power cuts


class Disk:
    """An ext4 in a file: what is in the file is what the disk has, whatever the page cache holds."""

    def __init__(self, image, folder):
        self.image, self.folder = Path(image), Path(folder)

    def make(self, size="192M"):
        subprocess.run(["truncate", "-s", size, self.image], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)
        return self.mount()

    def mount(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.folder], check=True)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=False)


class Frozen:
    """A control group that holds a rig's product and can be stopped at once."""

    def __init__(self, name):
        self.old = (FREEZER / "tasks").exists()
        base = FREEZER if self.old else next(path for path in UNIFIED if (path / "cgroup.procs").exists())
        self.base, self.group = base, base / name
        self.group.mkdir(exist_ok=True)

    def take(self, pid):
        (self.group / "cgroup.procs").write_text(str(pid))

    def freeze(self, on=True):
        if self.old:
            (self.group / "freezer.state").write_text("FROZEN" if on else "THAWED")
            await_(lambda: (self.group / "freezer.state").read_text().strip() == ("FROZEN" if on else "THAWED"), "the freezer", 5)
        else:
            (self.group / "cgroup.freeze").write_text("1" if on else "0")

    def close(self):
        """Whoever was killed meanwhile dies first of all when it may run again."""
        self.freeze(False)
        await_(self.is_empty, "the end of what was frozen", 10)
        self.group.rmdir()

    def is_empty(self):
        return not (self.group / "cgroup.procs").read_text().split()


def power_cut(folder, number, seed):
    """One cut: (bytes missing up and down, bytes that 6 s before it had carried, whether a gap is recorded, faults, seconds)."""
    dice = random.Random(seed)
    place = folder / f"cut-{number}"
    place.mkdir(parents=True, exist_ok=True)
    before, after = str(uuid.UUID(int=dice.getrandbits(128))), str(uuid.UUID(int=dice.getrandbits(128)))
    seconds = dice.uniform(8, 22)
    with Disk(place / "disk", place / "mount").make() as disk:
        group = Frozen(f"fieldgate-cut-{os.getpid()}-{number}")
        with Rig({"a": "clean"}, place / "first", prefix=f"fgc{number}", spool=disk.folder / "spool", boot=before) as rig:
            try:
                rig.start()
                group.take(rig.pid("gateway"))
                group.take(rig.pid("netd"))
                sampler = oracle.Sampler(rig)
                mixed(rig)
                time.sleep(seconds)
                group.freeze()
                moment, truth = time.time(), rig.counts()
                shutil.copyfile(disk.image, place / "copy")
                sampler.close()
                carried = tuple(now - then for now, then in zip(truth, sampler.at(moment - 6)))
            finally:
                for name in ("gateway", "netd"):
                    rig.signal(name, signal.SIGKILL)
                group.freeze(False)
                for name in ("gateway", "netd"):
                    rig.kill(name)
                group.close()
    with Disk(place / "copy", place / "again").mount() as disk, \
            Rig({"a": "clean"}, place / "second", prefix=f"fgd{number}", spool=disk.folder / "spool", boot=after) as rig:
        rig.start()
        time.sleep(3)
        rig.end("gateway")
        records = rig.records()
    (place / "copy").unlink()
    (place / "disk").unlink()
    sums = Sums(records, boot=before)
    missing = (truth[0] - sums.up, truth[1] - sums.down)
    return missing, carried, [r for r in records if r["type"] == "gap"], faults(records), seconds


def power_cuts(folder, count=5, seed=7):
    aim = "≤ 6 s of traffic missing, nothing twice, always a gap record"
    figures, held = [], True
    for number in range(count):
        (up, down), (most_up, most_down), gaps, wrong, seconds = power_cut(folder, number, seed * 1000 + number)
        # A reading in the last moments may be a few packets ahead of the count taken after the freeze; never more.
        good = -3000 <= up <= most_up and -3000 <= down <= most_down and gaps and not wrong
        held = held and bool(good)
        figures.append(f"after {seconds:.1f} s: up {up:,} B of {most_up:,.0f}, down {down:,} B of {most_down:,.0f}, {len(gaps)} gap"
                       + (f", {wrong[0]}" if wrong else ""))
    return [Row(f"power cut at {count} instants (missing, of what 6 s carried)", "; ".join(figures), aim, held)]
