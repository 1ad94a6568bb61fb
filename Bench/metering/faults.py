"""Kills, torn writes, and many ends at once."""
import json
import random
import signal
import struct
import subprocess
import time
from collections import Counter

from balance import balance, mixed
from processes import await_
from rig import CLOUD, GATEWAY, HERE, Rig
from row import Row

FLOWS = 20_000


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
        rig.spawn("load-flows", rig.within("gateway", "python3", str(HERE / "traffic.py"), "flows", CLOUD, str(flows)))
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
