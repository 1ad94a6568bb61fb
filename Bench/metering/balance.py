"""What was recorded, held against what the emulator saw; and the traffic that most measurements are made with."""
from collections import Counter

import oracle
from records import Sums, faults
from row import Row


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
    said, is_whole = rig.verified()
    if not is_whole:
        wrong.append(f"fieldgate usage verify: {said}")
    held = sums.up == up and abs(sums.down - down) <= down * 1e-4 and loose_down <= 1e-4 and abs(sums.loose_up) <= max(up * 1e-3, 65536) and not wrong
    figure = (f"{up / 1e6:.1f} MB up, {down / 1e6:.1f} MB down: up {sums.up - up:+} B, down {sums.down - down:+} B; unattributed up "
              f"{sums.loose_up} B ({loose_up:.3%}), down {sums.loose_down} B ({loose_down:.4%}); {len(records)} records, {len(wrong)} faults")
    if wrong:
        figure += f", the first: {wrong[0]}"
    return [Row(name, figure, aims, held),
            Row(f"{name}: connection by connection", f"{differ} of {of} with other bytes up than the emulator counted", "", True)]
