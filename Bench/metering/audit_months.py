"""Random machines, fleets and months: who had what from which date on, and the records of it."""
from datetime import date, timedelta

from audit_calendar import DAY, SECOND, midnight, period
from audit_records import BOOTS, Recorder, edge, fill, moment
from audit_tariffs import EVENTS, LINES, lifetime, tariff
from audit_world import Assignment, World

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Asia/Beirut",
         "America/Havana", "UTC", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca", "Pacific/Auckland", "Asia/Kolkata"]
MONTHS = [(2024, 2), (2024, 3), (2024, 4), (2024, 9), (2024, 10), (2024, 11), (2025, 1), (2025, 2), (2025, 3), (2025, 4), (2025, 9), (2025, 10),
          (2025, 12), (2026, 2), (2026, 3), (2026, 4)]
CARD = "8986001234567890{:04d}"


class Months:
    """A random world under construction."""

    def __init__(self, dice, periods=None, fleet=False, versions=None):
        self.dice, self.is_fleet, self.versions = dice, fleet, versions
        self.world = World(dice.choice(ZONES), dice.choice([1, 1, 1, "last", 28, 15, dice.randint(2, 28)]))
        year, month = dice.choice(MONTHS)
        span = period(self.world.zone, self.world.anchor, date(year, month, 28))
        self.periods = [span]
        for _ in range((periods or dice.choice([1, 2, 2, 3, 4])) - 1):
            span = period(self.world.zone, self.world.anchor, span[1])
            self.periods.append(span)
        self.first, self.last = self.periods[0][0], self.periods[-1][1]
        self.days = (self.last - self.first).days
        self.digits = dice.choice([2, 2, 2, 2, 0, 3])
        self.cards = iter(range(1, 9999))
        self.recorders = {}
        self.subject = "f1" if fleet else "m1"

    def some_day(self, after=0):
        return self.first + timedelta(days=self.dice.randrange(after, self.days))

    def say(self, subject, kind, name, value, first, to=None):
        self.world.assignments.append(Assignment(subject, kind, name, value, first, to))

    def plan(self, name, version):
        key = f"{name}@{version}"
        self.world.plans[key] = tariff(self.dice, name, version, self.world.zone, self.world.anchor, self.digits)
        if self.versions:
            lifetime(self.dice, self.world.plans[key])
        return key

    def contract(self, subject, names="abc"):
        """One to three plans or versions of one, each from a day on."""
        dice, count = self.dice, self.versions or self.dice.choice([1, 1, 2, 3])
        since = self.first if dice.random() < 0.7 else self.first + timedelta(days=dice.randrange(0, 20))
        is_one = dice.random() < 0.7
        for number in range(count):
            self.say(subject, "plan", "", self.plan(names[0], number + 1) if is_one else self.plan(names[number], 1), since)
            since = max(since + DAY, self.some_day(1) if dice.random() < 0.8 else since + DAY)

    def machine(self, name, gateway):
        """Lines and cards of one machine, with changes in the course of the months; some have none."""
        dice = self.dice
        self.say(name, "gateway", "", gateway, self.first)
        lines = dice.sample(LINES, dice.choice([0, 1, 1, 2, 3, 4, 6]))
        for place, line in enumerate(lines):
            since = self.first if place == 0 or dice.random() < 0.6 else self.some_day(1)
            self.say(name, "sim", line, CARD.format(next(self.cards)), since)
            if dice.random() < 0.25:
                self.say(name, "sim", line, CARD.format(next(self.cards)), since + timedelta(days=dice.randrange(1, self.days)))
            if dice.random() < 0.3:
                self.say(name, "gbr", line, str(dice.randint(1, 40)), since)
                if dice.random() < 0.5:
                    self.say(name, "gbr", line, str(dice.randint(1, 40)), since + timedelta(days=dice.randrange(1, self.days)))
        self.events(name)

    def events(self, subject):
        for event in EVENTS:
            if self.dice.random() < 0.5:
                day = self.some_day()
                self.say(subject, "flag", event, "on", day, day + timedelta(days=self.dice.randint(1, 9)))

    def fleet(self):
        """Machines that join, leave and swap gateways; one may have a plan of its own for a while."""
        dice, count = self.dice, self.dice.randint(2, 4)
        self.contract("f1")
        self.events("f1")
        for number in range(1, count + 1):
            name = f"m{number}"
            shared = dice.random() < 0.3
            self.machine(name, f"gw9/p{number}" if shared else f"gw{number}")
            since = self.first if dice.random() < 0.6 else self.some_day()
            self.say(name, "fleet", "", "f1", since)
            kind = dice.random()
            if kind < 0.2:
                left = since + timedelta(days=dice.randint(1, self.days))
                self.say(name, "fleet", "", None, left)
            elif kind < 0.4:
                begin = self.some_day()
                self.say(name, "plan", "", self.plan(f"own{number}", 1), begin, begin + timedelta(days=dice.randint(1, 60)) if dice.random() < 0.5 else None)
            if dice.random() < 0.25:
                self.say(name, "gateway", "", f"gw{number + 20}", self.some_day(1))
        return [f"m{n}" for n in range(1, count + 1)]

    def alone(self):
        self.contract("m1")
        self.machine("m1", self.dice.choice(["gw1", "gw1", "gw1/a"]))
        if self.dice.random() < 0.2:
            self.say("m1", "gateway", "", "gw2", self.some_day(1))
        return ["m1"]

    def build(self, counts=(0, 5, 30, 80)):
        dice, world = self.dice, self.world
        machines = self.fleet() if self.is_fleet else self.alone()
        for gateway in sorted({a.value.split("/")[0] for a in world.assignments if a.kind == "gateway"}):
            self.recorders[gateway] = Recorder(gateway)
            self.recorders[gateway].boot(midnight(world.zone, self.first) - 60 * SECOND, BOOTS[0])
        self.fill(machines, dice.choice(counts))
        self.keep()
        self.readings(machines)
        if not self.is_fleet and world.assignments[0].first == self.first and dice.random() < 0.6:
            edge(dice, world, self.recorders["gw1"], "m1", world.plans[world.plan("m1", self.first)], self.periods[0])
            self.keep()
        return self

    def fill(self, machines, count):
        """Records of any order of time; sometimes of two boots, one after the other."""
        middle = self.some_day(1) if self.dice.random() < 0.3 else self.last
        fill(self.dice, self.world, self.recorders, machines, (self.first, middle), count)
        if middle < self.last:
            for recorder in self.recorders.values():
                recorder.boot(midnight(self.world.zone, middle), BOOTS[1])
            fill(self.dice, self.world, self.recorders, machines, (middle, self.last), count)

    def keep(self):
        self.world.records = [record for recorder in self.recorders.values() for record in recorder.kept]

    def readings(self, machines):
        dice, world = self.dice, self.world
        names = sorted({m["name"] for plan in world.plans.values() for m in plan["meters"] if m["source"] == "external"})
        for name in names:
            for number in range(dice.randint(0, 8)):
                quantity = dice.choice([dice.randint(0, 900), -dice.randint(0, 3) if number and dice.random() < 0.1 else 5,
                                        f"{dice.randint(0, 90)}.{dice.randint(1, 999):03d}"])
                at = moment(dice, world.zone, self.first, self.last) // SECOND * SECOND
                world.readings.append((dice.choice([*machines, self.subject]), name, at, str(quantity)))
