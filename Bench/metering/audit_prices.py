"""The arithmetic of prices: rounding to minor units, parting by the largest remainder, tiers, carry, bundles."""
from fractions import Fraction

from audit_meters import round_whole


def minor(value, plan):
    return round_whole(value * 10 ** plan.get("minor_digits", 2), plan.get("rounding", {}).get("mode", "half_up"))


def largest_remainder(total, weights):
    """Whole parts of a whole total by weight; what is left goes to the largest fractions, ties to the first."""
    all_of = sum(weights)
    exact = [Fraction(abs(total)) * (w / all_of if all_of else Fraction(1, len(weights))) for w in weights]
    parts = [int(e) for e in exact]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for index in order[:abs(total) - sum(parts)]:
        parts[index] += 1
    return [p if total >= 0 else -p for p in parts]


def shown(exact, total):
    """Lines that stay exact, as whole minor units that add up to the rounded total."""
    floors = [e.numerator // e.denominator for e in exact]
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for index in order[:total - sum(floors)]:
        floors[index] += 1
    return floors


def tiered(model, tiers, q, f):
    lower, amount = Fraction(0), Fraction(0)
    for tier in tiers:
        upper = None if tier.get("up_to") is None else Fraction(tier["up_to"]) * f
        flat, price = Fraction(tier.get("flat", "0")) * f, Fraction(tier.get("price", "0"))
        if model == "graduated":
            if q > lower:
                amount += flat + price * ((q if upper is None else min(q, upper)) - lower)
        elif lower < q and (upper is None or q <= upper):
            return flat + (price * q if model == "volume" else 0)
        lower = upper
    return amount


def carried(entries, rollover, now):
    """What is left after a period: what expires goes, then the cap keeps what lives longest."""
    alive = sorted(((e, q) for e, q in entries if e > now and q > 0), reverse=True)
    room = None if rollover.get("cap") is None else Fraction(rollover["cap"])
    kept = []
    for expires, quantity in alive:
        if room is not None:
            quantity = min(quantity, room)
            room -= quantity
        if quantity > 0:
            kept.append((expires, quantity))
    return sorted(kept)


def consume(entries, quantity):
    """Uses what expires soonest; (what is left of the entries, of the quantity)."""
    left = []
    for expires, held in sorted(entries):
        used = min(held, quantity)
        quantity -= used
        left.append((expires, held - used))
    return left, quantity


def schedule(terms, fixed, plan):
    """What a bundle costs, in minor units: in its first period, and in each after it."""
    digits = 10 ** plan.get("minor_digits", 2)
    total = minor(terms["periods"] * fixed, plan)
    if terms["payment"] == "one_off":
        return [total]
    down = minor(Fraction(terms["down"]), plan) if "down" in terms else minor(Fraction(total, digits) * Fraction(terms.get("down_share", "0")), plan)
    owed, n, rate = Fraction(total - down, digits), terms["n"], Fraction(terms.get("apr", "0")) / 12
    instalment = minor(owed * rate / (1 - (1 + rate) ** -n) if rate else owed / n, plan)
    due, balance = [down], total - down
    for number in range(n):
        interest = minor(Fraction(balance, digits) * rate, plan)
        due.append(instalment if number < n - 1 else balance + interest)
        balance -= due[-1] - interest
    return due
