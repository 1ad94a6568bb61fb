"""What a billing desk knows: plans, who had what on which date, records and readings. Plain values, as they were said.

`Usage` is one record as it is rated: where it falls and how much it is, after corrections found their targets.
"""
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Optional

from audit_calendar import DAY, date_of, dates, midnight

VOLUME = ("interim", "stop", "adjust", "unattributed")


@dataclass
class Assignment:
    """`subject` has `value` as its `kind` (of `name`: a line, an event) on the dates [first, to)."""
    subject: str
    kind: str
    name: str
    value: str
    first: date
    to: Optional[date] = None


@dataclass
class Usage:
    at: int
    account_line: tuple
    up: int
    down: int
    messages: int
    group: str
    mark: int
    connection: Any


def meters(point, record):
    """Whether what was assigned, a gateway or one of its paths, is where a record comes from. One without a path may be of any."""
    gateway, _, path = point.partition("/")
    return gateway == record["gw"] and (not path or "path" not in record or path == record["path"])


@dataclass
class World:
    zone: str
    anchor: Any
    plans: dict = field(default_factory=dict)
    assignments: list = field(default_factory=list)
    records: list = field(default_factory=list)
    readings: list = field(default_factory=list)
    known: tuple = ()
    used: list = field(default_factory=list)

    def holds(self, subject, kind, day, name=None):
        """{name: value} of everything of a kind that a subject has on a date; what was said last for the latest date rules."""
        found = {}
        for said in sorted((a for a in self.assignments if a.subject == subject and a.kind == kind), key=lambda a: a.first):
            if said.first <= day and (said.to is None or day < said.to) and name in (None, said.name):
                found[said.name] = said.value
        return {key: value for key, value in found.items() if value is not None}

    def subjects(self):
        return sorted({said.subject for said in self.assignments})

    def machine_of(self, gateway, path, day):
        """Who a gateway records for: who has that path of it, else who has all of it."""
        held = {value: subject for subject in self.subjects() for value in self.holds(subject, "gateway", day).values()}
        return held.get(f"{gateway}/{path}", held.get(gateway))

    def lines(self, machine, day):
        """The lines of a machine. One without any is one line itself."""
        return sorted(set(self.holds(machine, "sim", day)) | set(self.holds(machine, "line", day))) or [machine]

    def plan(self, subject, day):
        return self.holds(subject, "plan", day).get("")

    def account(self, machine, day):
        """Whom a machine's usage is charged to: itself, if it has a plan of its own, else its fleet."""
        if self.plan(machine, day):
            return machine
        return self.holds(machine, "fleet", day).get("")

    def machines(self, account, day):
        """The machines that an account pays for on a date."""
        if account not in self.fleets():
            return [account]
        return [m for m in self.subjects() if m != account and self.account(m, day) == account]

    def fleets(self):
        return {said.value for said in self.assignments if said.kind == "fleet" and said.value}

    def owners(self, account, day):
        """Whose events and reserved rates count for an account on a date."""
        return sorted({account, *self.machines(account, day)})

    def line_of(self, machine, record, day):
        """The line whose card a record names; of no known card the machine's only line, else the machine itself."""
        cards = self.holds(machine, "sim", day)
        for line, card in sorted(cards.items()):
            if record.get("iccid") == card:
                return line
        lines = self.lines(machine, day)
        return lines[0] if len(lines) == 1 else machine

    def usage(self):
        """Every record that carries volume, where it counts; worked out anew when something was added."""
        known = len(self.records), len(self.assignments)
        if known != self.known:
            self.known, self.used = known, list(self._usage())
        return self.used

    def _usage(self):
        """A correction counts at the time and place of what it corrects."""
        places = {(r["gw"], r["epoch"], r["seq"]): r for r in self.records}
        seen = set()
        for record in self.records:
            if record["type"] not in VOLUME:
                continue
            target = record
            while target["type"] == "adjust":
                target = places[(record["gw"], target["ref_epoch"], target["ref_seq"])]
            if record["type"] == "adjust":
                if (record["gw"], record["adj_id"]) in seen:
                    continue
                seen.add((record["gw"], record["adj_id"]))
            at = target["true_open"] if "true_open" in target else target["t_open"]
            day = date_of(self.zone, at)
            machine = self.machine_of(target["gw"], target.get("path"), day)
            if machine is None:
                continue
            key = tuple(target[k] for k in ("boot_id", "ct_start_ns", "ct_id", "tuple_h")) if "ct_id" in target else None
            yield Usage(at, (self.account(machine, day), machine, self.line_of(machine, target, day)), record["d_up"], record["d_dn"],
                        record.get("msgs", 0), target.get("rg"), target.get("class"), key and (target["gw"], *key))

    def gaps(self, account):
        """Spans in which nothing was recorded for an account, day by day, while the gateway was its machine's."""
        for record in self.records:
            if record["type"] != "gap":
                continue
            for day in dates(date_of(self.zone, record["t_open"]), date_of(self.zone, record["t_close"]) + DAY):
                if any(meters(value, record) for machine in self.machines(account, day) for value in self.holds(machine, "gateway", day).values()):
                    begin, end = max(record["t_open"], midnight(self.zone, day)), min(record["t_close"], midnight(self.zone, day + DAY))
                    if begin < end:
                        yield begin, end
