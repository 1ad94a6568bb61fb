"""Quantities: filter, quantise each connection, add up or sample, quantise the period, convert. Exact fractions only."""
from collections import defaultdict
from fractions import Fraction

from audit_calendar import Samples, dates, midnight, date_of

BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


class BelowZero(Exception):
    """Corrections took away more than there was."""


def size(unit):
    return BYTES.get(unit, 10**6 if unit == "Mbit/s" else 1)


def round_whole(value, mode):
    """To a whole number, on the magnitude; the sign comes back after."""
    magnitude = abs(value)
    whole, rest = divmod(magnitude.numerator, magnitude.denominator)
    twice = 2 * rest - magnitude.denominator
    if mode == "up":
        whole += rest > 0
    elif mode == "half_up":
        whole += twice >= 0
    elif mode == "half_even":
        whole += twice > 0 or (twice == 0 and whole % 2 == 1)
    return whole if value >= 0 else -whole


def to_steps(value, quantize):
    number, unit = quantize["step"].rsplit(" ", 1)
    step = Fraction(number) * size(unit)
    return round_whole(value / step, quantize.get("mode", "up")) * step


def amount_of(meter, usage):
    if meter["source"] == "msgs":
        return usage.messages
    way = meter.get("dir", "both")
    return (usage.up if way != "down" else 0) + (usage.down if way != "up" else 0)


def matches(meter, usage):
    classes = meter.get("classes")
    if not classes:
        return True
    numbers = {c if isinstance(c, int) else int(c, 0) for c in classes if isinstance(c, int) or c.startswith("0x") or c.isdigit()}
    return usage.group in classes or usage.mark in numbers


def aggregate_of(meter):
    return meter.get("aggregate", {"lines": "time_weighted", "gbr_mbps": "max"}.get(meter["source"], "sum"))


class Quantities:
    """The quantities of one account in one segment of a period."""

    def __init__(self, world, account, segment, whole):
        self.world, self.account, self.segment, self.whole = world, account, segment, whole
        begin, end = (midnight(world.zone, day) for day in segment)
        self.usage = [u for u in world.usage() if u.account_line[0] == account and begin <= u.at < end]
        self.gaps = list(world.gaps(account))

    def measure(self, meter, members=None):
        """(quantity in the meter's unit, {line: its part of it before the period is quantised}) of all lines or of some."""
        if aggregate_of(meter) == "sum":
            total, parts = self.summed(meter, members)
        else:
            total, parts = self.sampled(meter, members)
        quantize = meter.get("quantize")
        if quantize and quantize.get("per", "period") == "period":
            total = to_steps(total, quantize)
        if total < 0:
            raise BelowZero(meter["id"])
        return total / size(meter["unit"]), parts

    def values(self, meter, members):
        """(moment, line, value, connection) of everything a meter counts."""
        if meter["source"] == "external":
            begin, end = (midnight(self.world.zone, day) for day in self.segment)
            for subject, name, at, quantity in self.world.readings:
                if name == meter["name"] and begin <= at < end:
                    if subject == self.account or subject in self.world.machines(self.account, date_of(self.world.zone, at)):
                        yield at, subject, Fraction(quantity), None
            return
        for usage in self.usage:
            line = usage.account_line[2]
            if matches(meter, usage) and (members is None or line in members):
                yield usage.at, usage.account_line[1:] if members is None else line, Fraction(amount_of(meter, usage)), usage.connection

    def summed(self, meter, members):
        loose, connections = defaultdict(Fraction), defaultdict(Fraction)
        for _, line, value, connection in self.values(meter, members):
            if connection is None:
                loose[line] += value
            else:
                connections[(line, connection)] += value
        quantize = meter.get("quantize")
        parts = defaultdict(Fraction)
        for table in (loose, connections):
            for key, value in table.items():
                line = key if table is loose else key[0]
                if quantize and quantize.get("per") == "connection":
                    if value < 0:
                        raise BelowZero(meter["id"])
                    value = to_steps(value, quantize)
                parts[line] += value
        return sum(parts.values(), Fraction(0)), parts

    def per_date(self, meter, day, members):
        """{line: value} of what is assigned and not measured."""
        if meter["source"] == "gbr_mbps":
            return self.reserved(day, members)
        found = {}
        for machine in self.world.machines(self.account, day):
            lines = self.world.lines(machine, day)
            found |= {line if members else (machine, line): Fraction(1) for line in lines if members is None or line in members}
        return found

    def reserved(self, day, members):
        found = {}
        for owner in self.world.owners(self.account, day):
            for name, rate in self.world.holds(owner, "gbr", day).items():
                line = name or owner
                if members is None or line in members:
                    found[line if members else (owner, line)] = Fraction(rate) * 10**6
        return found

    def sampled(self, meter, members):
        assigned = meter["source"] in ("lines", "gbr_mbps")
        length = meter.get("sample", "day" if assigned else "900s")
        samples = Samples(self.world.zone, *self.segment, length)
        out = set() if assigned else samples.touched(self.gaps)
        sums, parts = [0] * len(samples), defaultdict(Fraction)
        if assigned:
            known = {day: self.per_date(meter, day, members) for day in dates(*self.segment)}
            for index, start in enumerate(samples.starts):
                for line, value in known[date_of(self.world.zone, start)].items():
                    sums[index] += value
                    parts[line] += value
        else:
            for at, line, value, _ in self.values(meter, members):
                index = samples.index(at)
                if meter["source"] == "ip_bytes":
                    value = value * 8 / samples.seconds(index)
                sums[index] += value
                if index not in out:
                    parts[line] += value
        kept = [value for index, value in enumerate(sums) if index not in out]
        # Most samples are nothing: only the others are worth an exact comparison.
        busy = sorted((value for value in kept if value), reverse=True)
        if busy and busy[-1] < 0:
            raise BelowZero(meter["id"])
        if not kept:
            return Fraction(0), parts
        if aggregate_of(meter) == "time_weighted":
            # Over a part of the period it counts for that part: f by samples.
            return sum(busy, Fraction(0)) / len(kept) * Fraction(len(samples), len(Samples(self.world.zone, *self.whole, length))), parts
        dropped = 5 * len(kept) // 100 if aggregate_of(meter) == "p95" else 0
        return busy[dropped] if dropped < len(busy) else Fraction(0), parts
