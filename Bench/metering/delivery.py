"""How soon records are at the broker: from the moment a record closes to its arrival, both by this machine's clock."""
import json
import re
import time

from rig import CLOUD, Rig
from row import Row

LIMITS = {"stop": 30, "interim": 60}
# Closed where the traffic ended, which only shows after it has been silent for so long.
LATE_BY_NATURE = ("idle",)


def delivery(folder, seconds=150):
    """Mixed traffic over two hand-overs of the minute, with parts cut by time, by volume, and by ends."""
    with Rig({"a": "5g-public"}, folder / "delivery", metering='"volume": "1MB", "interval": "1m"') as rig:
        rig.start()
        rig.spawn("heard", rig.within("cloud", "mosquitto_sub", "-h", CLOUD, "-q", "1", "-t", "fg/+/+/usage", "-F", "%U %p"))
        rig.camera(rate="4Mbit/s")
        rig.load("gateway", "--rate", 4, "--kinds", "stream,up,down,datagrams,control,small")
        time.sleep(seconds)
        rig.settle()
        delays = arrivals(rig.log("heard").read_text(errors="replace"))
    rows = []
    for kind, limit in LIMITS.items():
        found = sorted(delays.get(kind, []))
        if not found:
            rows.append(Row.missing(f"{kind} records at the broker", f"≤ {limit} s", "none arrived"))
            continue
        middle = found[len(found) // 2]
        rows.append(Row(f"{kind} records at the broker", f"worst {found[-1]:.1f} s, median {middle:.1f} s after they closed, of {len(found)}",
                        f"≤ {limit} s", found[-1] <= limit))
    return rows


def arrivals(heard):
    """Seconds from `t_close` to arrival of every record that came the first time, by type."""
    delays, known = {}, set()
    for line in heard.splitlines():
        told = re.match(r"([\d.]+) (\{.*\})$", line)
        if not told:
            continue
        message = json.loads(told[2])
        record = message["record"]
        if record["seq"] in known or record.get("cause") in LATE_BY_NATURE:
            continue
        known.add(record["seq"])
        delays.setdefault(record["type"], []).append(float(told[1]) - record["t_close"] / 1e6)
    return delays
