"""Prices, pools, roll-over, rounding and taxes of one account's period: the specification's formulas, one by one."""
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from audit_calendar import DAY, dates, part, period
from audit_meters import Quantities, round_whole
from audit_prices import carried, consume, largest_remainder, minor, schedule, shown, tiered


@dataclass
class Line:
    charge: str
    exact: Fraction
    kind: str
    amount: int = 0
    quantity: object = None
    shares: object = None
    pool: str = ""
    overage: object = None
    fixed: Fraction = Fraction(0)


@dataclass
class Segment:
    plan: dict
    first: object
    last: object
    lines: list = field(default_factory=list)

    @property
    def net(self):
        return sum(line.amount for line in self.lines)


@dataclass
class Rated:
    segments: list
    taxes: list
    net: int
    gross: int
    carry: dict


class Account:
    """One account's bills, period by period from the first day on which it has a plan."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        planned = [a.first for a in world.assignments if a.subject == name and a.kind == "plan"]
        self.begin = min(planned)

    def contract(self, day):
        """When the contract over the plan of a date began: the first day of an unbroken row of its versions."""
        name = self.world.plan(self.name, day).split("@")[0]
        while (self.world.plan(self.name, day - DAY) or "").split("@")[0] == name:
            day -= DAY
        return day

    def periods(self, until):
        """[first, last) of every period up to the one that contains a date."""
        span = period(self.world.zone, self.world.anchor, self.begin)
        while span[0] <= until:
            yield span
            span = period(self.world.zone, self.world.anchor, span[1])

    def segments(self, whole):
        found = []
        for day in dates(*whole):
            plan = self.world.plan(self.name, day)
            if plan and found and found[-1][0] == plan and found[-1][2] == day:
                found[-1][2] = day + DAY
            elif plan:
                found.append([plan, day, day + DAY])
        return [Segment(self.world.plans[plan], first, last) for plan, first, last in found]

    def bills(self, until):
        """{first date: Rated}."""
        carry, bills = {}, {}
        for number, whole in enumerate(self.periods(until)):
            bills[whole[0]] = self.rated(whole, number, carry)
            carry = bills[whole[0]].carry
        return bills

    def alone(self, whole):
        """A period with nothing carried into it."""
        return self.rated(whole, 0, {})

    def rated(self, whole, number, carry):
        segments = self.segments(whole)
        if not any("rollover" in pool for segment in segments for pool in segment.plan.get("pools", [])):
            carry = {}
        running, fresh, rules = {pool: list(entries) for pool, entries in carry.items()}, defaultdict(list), {}
        for segment in segments:
            self.price(segment, whole, running, fresh, rules, number)
            self.settle(segment)
            self.bundle(segment, whole)
        after = {}
        for pool in set(running) | set(rules):
            rollover = rules.get(pool, {})
            entries = running.get(pool, []) + [(number + rollover.get("periods", 1), q) for q in fresh[pool]]
            after[pool] = carried(entries, rollover, number)
        return self.taxed(segments, {pool: entries for pool, entries in after.items() if entries})

    def price(self, segment, whole, running, fresh, rules, number):
        plan, span = segment.plan, (segment.first, segment.last)
        quantities = Quantities(self.world, self.name, span, whole)
        meters = {m["id"]: m for m in plan.get("meters", [])}
        pools = {p["id"]: p for p in plan.get("pools", [])}
        known = {}
        # Whatever a plan measures must not be below zero, charged or not.
        for meter in {charge["meter"] for charge in plan["charges"] if "meter" in charge and "pool" not in charge}:
            quantities.measure(meters[meter])
        for charge in plan["charges"]:
            f = part(self.world.zone, charge.get("prorate", "none"), span, whole)
            if charge.get("when") and not self.happened(charge["when"], span):
                continue
            if charge["kind"] == "one_off" and segment.first != self.contract(segment.first):
                continue
            line = Line(charge["id"], Fraction(0), charge["kind"])
            if charge["kind"] == "credit":
                if charge["of"] not in known:
                    continue
                of = known[charge["of"]]
                digits = 10 ** plan.get("minor_digits", 2)
                basis = of.exact if plan.get("rounding", {}).get("at") == "invoice" else Fraction(minor(of.exact, plan), digits)
                line.exact = -Fraction(charge["rate"]) * basis
            else:
                q = None
                if "input" in charge:
                    source = known.get(charge["input"]["overage_of"])
                    q = source.overage if source else Fraction(0)
                    # Whoever shares a pool bears what its overage costs.
                    line.pool, line.shares = (source.pool, source.shares) if source else ("", None)
                elif "pool" in charge:
                    pool = pools[charge["pool"]]
                    q, parts = quantities.measure(meters[pool["meter"]], pool["members"])
                    line.pool, line.shares = pool["id"], (pool["members"], parts)
                elif "meter" in charge:
                    q, _ = quantities.measure(meters[charge["meter"]])
                line.quantity = q
                line.exact = self.modelled(charge, q, f, line, pools, running, fresh, rules)
                if "min" in charge:
                    line.exact = max(line.exact, Fraction(charge["min"]) * f)
                if "max" in charge:
                    line.exact = min(line.exact, Fraction(charge["max"]) * f)
            known[charge["id"]] = line
            segment.lines.append(line)

    def happened(self, event, span):
        return any(event in self.world.holds(owner, "flag", day) for day in dates(*span) for owner in self.world.owners(self.name, day))

    def modelled(self, charge, q, f, line, pools, running, fresh, rules):
        model = charge.get("model", "share" if charge["kind"] == "share" else None)
        number = lambda key: Fraction(charge.get(key, "0"))
        if model == "flat":
            return number("amount") * f
        if model == "per_unit":
            return number("price") * q
        if model == "package":
            return number("price") * round_whole(q / number("size"), "up")
        if model == "share":
            return q * number("value_per_unit") * number("rate")
        if model in ("graduated", "volume", "stairstep"):
            return tiered(model, charge["tiers"], q, f)
        if "pool" not in charge:
            line.overage = max(Fraction(0), q - number("qty") * f)
            return number("fee") * f + number("overage") * line.overage
        pool = pools[charge["pool"]]
        own = Fraction(pool["qty"]) * f
        rolls, left = pool.get("rollover") is not None, q
        if rolls:
            running[pool["id"]], left = consume(running.get(pool["id"], []), q)
        line.overage = max(Fraction(0), left - own)
        if rolls:
            rules[pool["id"]] = pool["rollover"]
            if pool["rollover"].get("periods", 1) > 0:
                fresh[pool["id"]].append(max(Fraction(0), own - left))
        return number("fee") * f + number("overage") * line.overage

    def settle(self, segment):
        """Rounds the lines of a segment and parts what its pools cost."""
        plan = segment.plan
        if plan.get("rounding", {}).get("at") == "invoice":
            exact = [line.exact * 10 ** plan.get("minor_digits", 2) for line in segment.lines]
            total = minor(sum((line.exact for line in segment.lines), Fraction(0)), plan)
            for line, amount in zip(segment.lines, shown(exact, total)):
                line.amount = amount
        else:
            for line in segment.lines:
                line.amount = minor(line.exact, plan)
        for line in segment.lines:
            if line.shares:
                members, parts = line.shares
                line.shares = dict(zip(members, largest_remainder(line.amount, [parts.get(m, Fraction(0)) for m in members])))

    def bundle(self, segment, whole):
        """What a lifetime bundle covers of a segment, and what of it falls due where the period, or the contract, begins."""
        terms, plan = segment.plan.get("lifetime"), segment.plan
        if not terms:
            return
        begun = self.contract(segment.first)
        age = sum(1 for span in self.periods(whole[0])) - sum(1 for span in self.periods(begun))
        charge = next(c for c in plan["charges"] if c["id"] == terms["of"])
        fixed = Fraction(charge.get("fee", charge.get("amount", "0")))
        line = next((line for line in segment.lines if line.charge == terms["of"]), None)
        if age < terms["periods"] and line:
            f = part(self.world.zone, charge.get("prorate", "none"), (segment.first, segment.last), whole)
            segment.lines.append(Line(terms["of"], Fraction(0), "covered", -min(minor(fixed * f, plan), line.amount)))
        if segment.first in (whole[0], begun):
            due = schedule(terms, fixed, plan)
            if age < len(due):
                segment.lines.append(Line(terms["of"], Fraction(0), "due", due[age]))

    def taxed(self, segments, carry):
        """Segments that are taxed and rounded alike are taxed together, each kind once on its rounded net."""
        groups = {}
        for segment in segments:
            rates = tuple((t["rate"], t.get("inclusive", False)) for t in segment.plan.get("tax", []))
            groups.setdefault((rates, segment.plan.get("rounding", {}).get("mode", "half_up")), []).append(segment)
        taxes, net, gross = [], 0, 0
        for (rates, mode), members in groups.items():
            total = sum(s.net for s in members)
            inside = [Fraction(rate) for rate, inclusive in rates if inclusive]
            base = round_whole(Fraction(total) / (1 + sum(inside)), mode) if inside else total
            within = iter(largest_remainder(total - base, inside) if inside else [])
            for rate, inclusive in rates:
                taxes.append((Fraction(rate), inclusive, base, next(within) if inclusive else round_whole(base * Fraction(rate), mode)))
            net += base
            gross += base + sum(t[3] for t in taxes[len(taxes) - len(rates):])
        return Rated(segments, taxes, net, gross, carry)
