"""Random machines and months of sealed records for them: clocks that change, cards that move, corrections, gaps."""
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from audit_calendar import DAY, SECOND, Samples, date_of, dates, midnight, period
from audit_tariffs import CLASSES, EVENTS, LINES, tariff
from audit_world import Assignment, World
from records import Journal
import json

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Asia/Beirut",
         "America/Havana", "UTC", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca", "Pacific/Auckland", "Asia/Kolkata"]
MONTHS = [(2024, 2), (2024, 3), (2024, 4), (2024, 9), (2024, 10), (2024, 11), (2025, 1), (2025, 2), (2025, 3), (2025, 4), (2025, 9), (2025, 10),
          (2025, 12), (2026, 2), (2026, 3), (2026, 4)]
CARD = "8986001234567890{:04d}"


class Recorder:
    """A gateway that seals what it is told, and remembers it as plain members."""

    def __init__(self, gateway):
        self.gateway, self.journal, self.lines, self.kept = gateway, Journal(gateway), [], []
        self.totals, self.parts = {}, {}

    def seal(self, kind, opened, closed, true=None, **members):
        """`true` is when it really was, of a record whose clock was wrong."""
        text = self.journal.seal(kind, opened, closed, **members)
        self.lines.append(text)
        record = json.loads(text)
        if true is not None:
            record["true_open"] = true
        self.kept.append(record)
        return record

    def begin(self, at):
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
        return self.seal("interim" if number else "unattributed", opened, closed, true, clock=clock, up=totals[0], dn=totals[1],
                         up_pkts=totals[0] // 1000, dn_pkts=totals[1] // 1000, d_up=up, d_dn=down, corr_up=0, src="ct" if number else "iface",
                         estimated=False, **members)

    def adjust(self, opened, target, up, down, number):
        members = {k: target[k] for k in ("class", "rg", "path", "iccid") if k in target}
        return self.seal("adjust", opened, opened, ref_epoch=target["epoch"], ref_seq=target["seq"], reason="audit", adj_id=f"a{number}",
                         d_up=up, d_dn=down, corr_up=0, src="ct", estimated=False, **members)


def size(dice):
    """A number of bytes: often round, so that ties of rounding and edges of tiers are met."""
    return dice.choice([0, 1, dice.randint(0, 3_000_000), 500_000 * dice.randint(0, 9), 1_000_000, 1_000_001, 999_999, 2**20 * dice.randint(1, 3),
                        5_000 * dice.randint(0, 999), dice.randint(0, 40_000_000)])


def moments(dice, zone, first, last):
    """A moment to open a record at: anywhere, or close to where days, samples and clocks change."""
    begin, end = midnight(zone, first), midnight(zone, last)
    day = first + timedelta(days=dice.randrange((last - first).days))
    near = midnight(zone, day)
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


def assignments(dice, world, machine, gateway, first, days, cards):
    """Gateway, lines and cards of one machine, with changes in the course of the months."""
    say = lambda *words: world.assignments.append(Assignment(machine, *words))
    say("gateway", "", gateway, first)
    names = dice.sample(LINES, dice.choice([1, 1, 2, 3, 4, 6]))
    for place, line in enumerate(names):
        since = first if place == 0 or dice.random() < 0.6 else first + timedelta(days=dice.randrange(1, days))
        say("sim", line, CARD.format(next(cards)), since)
        if dice.random() < 0.25:
            say("sim", line, CARD.format(next(cards)), since + timedelta(days=dice.randrange(1, days)))
        if dice.random() < 0.3:
            say("gbr", line, str(dice.randint(1, 40)), since)
            if dice.random() < 0.5:
                say("gbr", line, str(dice.randint(1, 40)), since + timedelta(days=dice.randrange(1, days)))
    for event in EVENTS:
        if dice.random() < 0.5:
            day = first + timedelta(days=dice.randrange(days))
            say("flag", event, "on", day, day + timedelta(days=dice.randint(1, 9)))


def months(dice):
    """A world, and the recorders that filled it."""
    zone, anchor = dice.choice(ZONES), dice.choice([1, 1, 1, "last", 28, 15, dice.randint(2, 28)])
    year, month = dice.choice(MONTHS)
    world, count = World(zone, anchor), dice.choice([1, 2, 2, 3, 4])
    span = period(zone, anchor, date(year, month, 28))
    periods = [span]
    for _ in range(count - 1):
        periods.append(period(zone, anchor, periods[-1][1]))
    first, last = periods[0][0], periods[-1][1]
    days = (last - first).days
    digits = dice.choice([2, 2, 2, 2, 0, 3])
    versions = dice.choice([1, 1, 2, 3])
    plans = [("a", n + 1) for n in range(versions)] if dice.random() < 0.7 else [("abc"[n], 1) for n in range(versions)]
    for plan, version in plans:
        world.plans[f"{plan}@{version}"] = tariff(dice, plan, version, zone, anchor, digits)
    begin = first if dice.random() < 0.7 else first + timedelta(days=dice.randrange(0, 20))
    cards = iter(range(1, 9999))
    assignments(dice, world, "m1", "gw1", first, days, cards)
    since = begin
    for plan, version in plans:
        world.assignments.append(Assignment("m1", "plan", "", f"{plan}@{version}", since))
        since = max(since + DAY, first + timedelta(days=dice.randrange(1, days)) if dice.random() < 0.8 else since + DAY)
    recorder = Recorder("gw1")
    recorder.begin(midnight(zone, first) - 60 * SECOND)
    fill(dice, world, recorder, first, last)
    for plan in world.plans.values():
        for meter in plan["meters"]:
            if meter["source"] == "external" and not any(name == meter["name"] for _, name, _, _ in world.readings):
                for number in range(dice.randint(0, 8)):
                    quantity = dice.choice([dice.randint(0, 900), -dice.randint(0, 3) if number and dice.random() < 0.2 else 5, f"{dice.randint(0, 90)}.{dice.randint(1, 999):03d}"])
                    world.readings.append(("m1", meter["name"], moments(dice, zone, first, last) // SECOND * SECOND, str(quantity)))
    world.records = recorder.kept
    return world, [recorder], periods


def fill(dice, world, recorder, first, last):
    """Traffic, messages, corrections, gaps and clocks that were wrong, in any order of time."""
    connections = dice.choice([1, 3, 8, 20])
    groups = list(CLASSES.items())
    targets = []
    for number in range(dice.choice([0, 5, 30, 80])):
        at = moments(dice, world.zone, first, last)
        day = date_of(world.zone, at)
        samples = midnight(world.zone, day + DAY)
        closed = min(at + dice.randrange(1, 900) * SECOND, samples)
        group, mark = dice.choice(groups)
        members = {"class": mark, "rg": group, "path": "a"}
        cards = world.holds("m1", "sim", day)
        line = dice.choice(sorted(cards))
        members["iccid"] = cards[line]
        connection = 100 * LINES.index(line) + 1 + dice.randrange(connections)
        kind = dice.random()
        if kind < 0.06:
            recorder.seal("gap", at, closed)
            continue
        if kind < 0.12:
            targets.append(recorder.traffic(at, closed, size(dice), size(dice), **members))
            continue
        if dice.random() < 0.3:
            members |= {"msgs": dice.choice([0, 1, 5, 150, dice.randint(0, 90)]), "msg_bytes": 100, "retries": dice.randint(0, 3)}
        if kind < 0.17:
            # As a clock that was never set shows it: the boot clock is right all the same.
            wrong = dice.choice([at % (10 * 365 * 86400 * SECOND), at - 365 * 86400 * SECOND])
            targets.append(recorder.traffic(wrong, wrong + closed - at, size(dice), size(dice), connection, at, "unsynced", **members))
            continue
        targets.append(recorder.traffic(at, closed, size(dice), size(dice), connection, **members))
        if dice.random() < 0.08:
            target = dice.choice(targets)
            up, down = dice.randint(0, target["d_up"]), dice.randint(0, target["d_dn"])
            target = dict(target)
            recorder.adjust(moments(dice, world.zone, first, last), target, -up, -down, number)
            targets.remove(next(t for t in targets if t["seq"] == target["seq"]))
