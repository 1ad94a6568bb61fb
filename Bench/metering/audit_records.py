"""Sealed records of random traffic: clocks that change or were never set, cards that move, corrections, gaps, new boots."""
import json
from datetime import timedelta
from fractions import Fraction

from audit_calendar import DAY, SECOND, date_of, dates, midnight
from audit_meters import Quantities
from audit_meters import size as unit_size
from audit_tariffs import CLASSES, LINES
from records import Journal

BOOTS = ["11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000"]


class Recorder:
    """A gateway that seals what it is told, and remembers it as plain members."""

    def __init__(self, gateway):
        self.gateway, self.journal, self.lines, self.kept = gateway, Journal(gateway), [], []
        self.totals, self.parts, self.targets = {}, {}, []

    def seal(self, kind, opened, closed, true=None, **members):
        """`true` is when it really was, of a record whose clock was wrong."""
        text = self.journal.seal(kind, opened, closed, **members)
        self.lines.append(text)
        record = json.loads(text)
        if true is not None:
            record["true_open"] = true
        self.kept.append(record)
        return record

    def boot(self, at, boot):
        """Begins the chain, or another boot in it."""
        self.journal.boot = boot
        self.seal("boot", at, at)

    def traffic(self, opened, closed, up, down, number=None, true=None, clock="synced", **members):
        mark, path = members["class"], members.get("path")
        key = (self.journal.boot, number) if number else (self.journal.boot, mark, path)
        totals = self.totals.setdefault(key, [0, 0])
        totals[0] += up
        totals[1] += down
        if number:
            self.parts[key] = self.parts.get(key, 0) + 1
            members |= {"ct_start_ns": str(number * 1_000_000_007), "ct_id": str(number), "tuple_h": f"{number:032x}", "part": self.parts[key],
                        "proto": 6, "cause": "time"}
        if true is not None:
            members["mono_us"] = (true + closed - opened) % 10**15
        record = self.seal("interim" if number else "unattributed", opened, closed, true, clock=clock, up=totals[0], dn=totals[1],
                           up_pkts=totals[0] // 1000, dn_pkts=totals[1] // 1000, d_up=up, d_dn=down, corr_up=0, src="ct" if number else "iface",
                           estimated=False, **members)
        self.targets.append(record)
        return record

    def adjust(self, opened, target, up, down):
        members = {k: target[k] for k in ("class", "rg", "path", "iccid") if k in target}
        return self.seal("adjust", opened, opened, ref_epoch=target["epoch"], ref_seq=target["seq"], reason="audit",
                         adj_id=f"a{self.journal.seq}", d_up=up, d_dn=down, corr_up=0, src="ct", estimated=False, **members)


def size(dice):
    """A number of bytes: often round, so that ties of rounding and edges of tiers are met."""
    return dice.choice([0, 1, dice.randint(0, 3_000_000), 500_000 * dice.randint(0, 9), 1_000_000, 1_000_001, 999_999, 2**20 * dice.randint(1, 3),
                        5_000 * dice.randint(0, 999), dice.randint(0, 40_000_000)])


def moment(dice, zone, first, last):
    """When a record opens: anywhere, or close to where days, samples and clocks change."""
    begin, end = midnight(zone, first), midnight(zone, last)
    near = midnight(zone, first + timedelta(days=dice.randrange((last - first).days)))
    kind = dice.random()
    if kind < 0.3:
        found = near + dice.choice([0, -1, 1, -SECOND, 900 * SECOND, 3600 * SECOND - 1, -900 * SECOND])
    elif kind < 0.4:
        found = dice.choice([begin, end - 1, begin + 1, end - 900 * SECOND])
    elif kind < 0.5:
        changed = [d for d in dates(first, last) if midnight(zone, d + DAY) - midnight(zone, d) != 86400 * SECOND]
        found = midnight(zone, dice.choice(changed)) + dice.randrange(0, 6 * 3600) * SECOND if changed else near + 7 * SECOND
    else:
        found = dice.randrange(begin, end)
    return min(max(found, begin), end - 1)


def fill(dice, world, recorders, machines, span, count):
    """`count` records of any kind, in any order of time."""
    connections = dice.choice([1, 3, 8, 20])
    for _ in range(count):
        at, machine = moment(dice, world.zone, *span), dice.choice(machines)
        day = date_of(world.zone, at)
        point = world.holds(machine, "gateway", day).get("")
        if point is None:
            continue
        gateway, _, path = point.partition("/")
        recorder, closed = recorders[gateway], min(at + dice.randrange(1, 900) * SECOND, midnight(world.zone, day + DAY))
        one(dice, world, recorder, machine, at, closed, path or dice.choice(["a", "b"]), connections)


def place(dice, world, machine, day, path):
    """Members that say what a record is of, and the number of the line it is on."""
    group, mark = dice.choice(list(CLASSES.items()))
    members = {"class": mark, "rg": group, "path": path}
    cards = world.holds(machine, "sim", day)
    line = dice.choice(sorted(cards) or [""])
    if cards and dice.random() < 0.95:
        members["iccid"] = cards[line]
    elif dice.random() < 0.5:
        members["iccid"] = "89990000000000000000"
    if dice.random() < 0.1:
        del members["rg"]
    return members, 7 if "iccid" not in members or line == "" else LINES.index(line)


def one(dice, world, recorder, machine, at, closed, path, connections):
    members, line = place(dice, world, machine, date_of(world.zone, at), path)
    # A connection is one line's: its numbers tell which.
    connection = 1000 * int(machine[1:]) + 100 * line + 1 + dice.randrange(connections)
    if members.get("iccid", "8999")[:4] == "8999":
        connection += 50
    kind = dice.random()
    if kind < 0.05:
        recorder.seal("gap", at, at + (closed - at) * dice.choice([1, 1, 300]), **({"path": path} if dice.random() < 0.5 else {}))
        return
    if kind < 0.11:
        recorder.traffic(at, closed, size(dice), size(dice), **members)
        return
    if dice.random() < 0.3:
        members |= {"msgs": dice.choice([0, 1, 5, 150, dice.randint(0, 90)]), "msg_bytes": 100, "retries": dice.randint(0, 3)}
    if kind < 0.16:
        # As a clock that was never set shows it: the boot clock is right all the same.
        wrong = dice.choice([at % (10 * 365 * 86400 * SECOND), at - 365 * 86400 * SECOND])
        recorder.traffic(wrong, wrong + closed - at, size(dice), size(dice), connection, at, "unsynced", **members)
        return
    recorder.traffic(at, closed, size(dice), size(dice), connection, clock=dice.choice(["synced"] * 9 + ["holdover"]), **members)
    if dice.random() < 0.08 and recorder.targets:
        target = recorder.targets.pop(dice.randrange(len(recorder.targets)))
        recorder.adjust(at, target, -dice.randint(0, target["d_up"]), -dice.randint(0, target["d_dn"]))


def edge(dice, world, recorder, account, plan, span):
    """One more record that brings a meter to a bound of its tiers, packages or free quantity, or a byte past it."""
    fitting = [(m, c) for m in plan["meters"] for c in plan["charges"]
               if c.get("meter") == m["id"] and m["source"] == "ip_bytes" and m.get("aggregate", "sum") == "sum" and "quantize" not in m and "pool" not in c]
    if not fitting:
        return
    meter, charge = dice.choice(fitting)
    bounds = [t["up_to"] for t in charge.get("tiers", []) if t["up_to"]] + [charge[k] for k in ("qty", "size") if k in charge]
    held, _ = Quantities(world, account, span, span).measure(meter)
    wanted = [Fraction(b) * unit_size(meter["unit"]) for b in bounds]
    missing = [w - held * unit_size(meter["unit"]) for w in wanted]
    missing = [int(m) + dice.choice([0, 0, 1, -1]) for m in missing if 1 <= m < 10**12]
    if not missing:
        return
    group = next((c for c in meter.get("classes", ["bulk"]) if c in CLASSES), None)
    mark = CLASSES[group] if group else int(str(meter["classes"][0]), 0)
    at, amount = moment(dice, world.zone, *span), dice.choice(missing)
    day = date_of(world.zone, at)
    up, down = (0, amount) if meter.get("dir") == "down" else (amount, 0)
    members = {"class": mark, "path": "a"} | ({"rg": group} if group else {})
    cards = world.holds("m1", "sim", day)
    if cards:
        members["iccid"] = sorted(cards.values())[0]
    recorder.traffic(at, min(at + SECOND, midnight(world.zone, day + DAY)), up, down, 999, **members)
