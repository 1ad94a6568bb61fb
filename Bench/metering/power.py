"""Power cuts: what a disk has at a random moment, and what a gateway makes of it after the machine began anew."""
import os
import random
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path

import oracle
from balance import mixed
from processes import await_
from records import Sums, faults
from rig import Rig
from row import Row

FREEZER = Path("/sys/fs/cgroup/freezer")
UNIFIED = [Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup")]


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
