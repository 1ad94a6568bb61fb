"""A shift with video: the scenario's troubles of the links, shortened, while traffic of every kind goes on."""
import json
import re
import subprocess
import time
from datetime import datetime

import oracle
from balance import balance
from rig import ROOT, Rig
from row import Row

SCENARIO = ROOT / "Simulators/scenarios/shift.yaml"


def seconds(text):
    return sum(float(n) * {"ms": 0.001, "s": 1, "m": 60}[unit] for n, unit in re.findall(r"([\d.]+)(ms|s|m)", str(text)))


def troubles(scale):
    """(at, words) of the scenario's changes of links; a modem whose data is dead is a link that is dead."""
    # PyYAML is the system's, and this runs in the benchmarks' own environment.
    read = "import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
    scenario = json.loads(subprocess.run(["/usr/bin/python3", "-c", read, str(SCENARIO)], check=True, capture_output=True, text=True).stdout)
    steps = []
    for event in scenario["events"]:
        at, path = seconds(event["at"]) / scale, event["path"]
        for words in [event["link"]] if isinstance(event.get("link"), str) else event.get("link", []):
            steps.append((at, words))
        undo = event.get("undo", {}).get("link")
        if undo:
            steps.append((at + seconds(event["for"]) / scale, undo))
        if "data-dead" in event.get("modem", ""):
            steps += [(at, f"path {path} dead on"), (at + 60 / scale, f"path {path} dead off")]
        if event.get("modem", "").startswith(("drop", "power-cycle", "deny")):
            steps += [(at, f"path {path} session down"), (at + 40 / scale, f"path {path} session up")]
    return sorted(steps), seconds(scenario["length"]) / scale, {path: of["profile"] for path, of in scenario["paths"].items()}


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def windows(rig, sampler):
    """Of the product's windows of 60 s: how many, the worst of what no connection explains, as a share of what is allowed,
    and the furthest that the interface's bytes are from the emulator's, which are read at slightly other moments."""
    both, worst, seen, furthest = {}, -1.0, "none", 0.0
    for window in rig.reconcile()["windows"]:
        sums = both.setdefault((window["from"], window["to"]), {"up": 0, "dn": 0})
        for way in ("up", "dn"):
            carried, loose = window[f"interface_{way}"], abs(window[f"unattributed_{way}"])
            sums[way] += carried
            share = loose / max(carried * 1e-3, 65536)
            if share > worst:
                worst, seen = share, f"{way} {loose:,} B of {carried:,} B"
    for (begin, end), sums in both.items():
        first, last = sampler.at(moment(begin)), sampler.at(moment(end))
        # A window that began before the sampler did is not compared.
        if moment(begin) > sampler.times[0]:
            furthest = max([furthest] + [abs(last[i] - first[i] - sums[way]) / max(sums[way], 1) for i, way in enumerate(("up", "dn"))])
    return len(both), worst, seen, furthest


def shift(folder, scale=10):
    steps, length, paths = troubles(scale)
    name = "shift with video, segmentation offload on"
    with Rig(paths, folder / "shift", rate="20Mbit/s") as rig:
        rig.start()
        offload = json.loads(rig.inside("gateway", "ip", "-d", "-j", "link", "show", "wwan0"))[0]["gso_max_segs"]
        sampler = oracle.Sampler(rig)
        rig.load("gateway", "--rate", 4, "--kinds", "stream,down,datagrams,fragments,control,small")
        rig.load("machine", "--rate", 1, "--kinds", "up,down")
        rig.camera(rate="1.1Mbit/s")
        begin = time.monotonic()
        for at, words in steps:
            time.sleep(max(0, begin + at - time.monotonic()))
            rig.link(*words.split())
        time.sleep(max(0, begin + max(length, 190) - time.monotonic()))
        number, worst, seen, furthest = windows(rig, sampler)
        rows = [Row(f"{name}: {number} windows of 60 s", f"the worst: {seen} after backlog and drops, {worst:.0%} of what is allowed "
                    f"; interface and emulator differ by {furthest:.3%} at most (superpackets of up to {offload} segments)",
                    "≤ max(0.1 %, 64 KiB) each", number >= 2 and worst <= 1 and furthest <= 0.01)]
        sampler.close()
        rig.settle()
        return rows + balance(rig, rig.records(), f"{name}: after stop and drain", "up 0 B")
