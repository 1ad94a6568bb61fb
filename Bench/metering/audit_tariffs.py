"""Random plans of the whole tariff language, from a seeded generator: every one of them is meant to pass the check."""
from fractions import Fraction

MODES = ["half_up", "half_even", "up", "down"]
CLASSES = {"camera": 0x100, "telemetry": 0x20, "control": 0x10, "bulk": 0x30}
LINES = [f"l{n}" for n in range(1, 7)]
EVENTS = ["sla_breach", "promotion"]


def decimal(dice, low, high, places=None):
    """A quoted decimal in [low, high], often a round one."""
    places = dice.choice([0, 0, 1, 2, 3, 4, 6, 12]) if places is None else places
    scaled = dice.randint(int(low * 10**places), max(int(low * 10**places), int(high * 10**places)))
    whole, rest = divmod(abs(scaled), 10**places)
    text = f"{whole}.{rest:0{places}d}" if places else str(whole)
    return f"-{text}" if scaled < 0 else text


def meter(dice, number, family):
    source = dice.choices(["ip_bytes", "msgs", "lines", "gbr_mbps", "external"], [60, 13, 10, 7, 10])[0]
    found = {"id": f"m{number}", "source": source}
    sampled = source in ("lines", "gbr_mbps") or dice.random() < 0.35
    if sampled:
        found["aggregate"] = dice.choice(["max", "p95", "time_weighted"])
        if dice.random() < 0.7:
            found["sample"] = dice.choice(["day", "900s", "3600s", "1800s", "7200s", "43200s", "300s"])
    elif dice.random() < 0.5:
        found["aggregate"] = "sum"
    if source == "ip_bytes":
        found["unit"] = "Mbit/s" if sampled else dice.choice(family)
        if dice.random() < 0.6:
            found["dir"] = dice.choice(["up", "down", "both"])
    else:
        found["unit"] = {"msgs": "msg", "lines": "line", "gbr_mbps": "Mbit/s", "external": dice.choice(["t", "h", "flight"])}[source]
    if source == "external":
        found["name"] = dice.choice(["tonnes", "hours"])
    if source in ("ip_bytes", "msgs") and dice.random() < 0.3:
        found["classes"] = dice.sample([*CLASSES, 0x20, 0x30, "0x10", "0x100"], dice.randint(1, 3))
    if dice.random() < 0.3:
        unit = dice.choice(family) if found["unit"] in family else found["unit"]
        step = dice.choice(["1", "0.5", "2", "0.1", "3", "0.25"])
        if unit == "B":
            step = dice.choice(["1", "1000", "4096"])
        per = "connection" if source in ("ip_bytes", "msgs") and not sampled and dice.random() < 0.6 else "period"
        found["quantize"] = {"step": f"{step} {unit}", "mode": dice.choice(MODES), "per": per}
        if dice.random() < 0.2 and per == "period":
            del found["quantize"]["per"]
    return found


def scale(meter):
    """About how large a quantity of this meter gets in a month."""
    sizes = {"B": 5e8, "kB": 5e5, "MB": 500, "GB": 0.5, "KiB": 5e5, "MiB": 500, "GiB": 0.5, "Mbit/s": 3, "msg": 400, "line": 4}
    return sizes.get(meter["unit"], 1000)


def price(dice, usual):
    """A price that makes a bill of some tens to thousands of units."""
    worth = 10 ** dice.uniform(0, 3.5) / usual
    places = 12 if worth < 1e-6 else dice.choice([2, 3, 4, 6, 12]) if worth < 10 else dice.choice([0, 1, 2])
    return decimal(dice, worth / 2, worth, max(places, 0 if worth > 2 else 2))


def tiers(dice, usual, model):
    bounds = sorted({decimal(dice, usual / 50, usual * 1.5, dice.choice([0, 1, 3]) if usual > 5 else 3) for _ in range(dice.randint(1, 4))}, key=Fraction)
    bounds = [b for b in bounds if Fraction(b) > 0]
    unique = [b for i, b in enumerate(bounds) if i == 0 or Fraction(b) > Fraction(bounds[i - 1])]
    found = []
    for bound in [*unique, None]:
        tier = {"up_to": bound}
        if model == "stairstep" or dice.random() < 0.3:
            tier["flat"] = decimal(dice, 0, 90)
        if model != "stairstep":
            tier["price"] = price(dice, usual)
        found.append(tier)
    return found


def bounded(dice, charge):
    if dice.random() < 0.2:
        charge["min"] = decimal(dice, 0, 60)
    if dice.random() < 0.2:
        charge["max"] = decimal(dice, 60, 300)
    if dice.random() < 0.15:
        charge["when"] = dice.choice(EVENTS)
    if dice.random() < 0.55:
        charge["prorate"] = dice.choice(["none", "day", "second"])
    return charge


def metered(dice, number, meter):
    usual, kind = scale(meter), dice.choice(["usage", "recurring"])
    model = dice.choice(["per_unit", "included", "graduated", "volume", "package", "stairstep"])
    charge = {"id": f"c{number}", "kind": kind, "meter": meter["id"], "model": model}
    if model == "per_unit":
        charge["price"] = price(dice, usual)
    elif model == "included":
        charge |= {"fee": decimal(dice, 0, 100), "qty": decimal(dice, 0, usual, 3), "overage": price(dice, usual)}
        if dice.random() < 0.2:
            del charge["fee"]
    elif model == "package":
        charge |= {"size": decimal(dice, usual / 20 + 0.01, usual + 0.02, 3), "price": decimal(dice, 0, 30)}
    else:
        charge["tiers"] = tiers(dice, usual, model)
    return bounded(dice, charge)


def pools(dice, meters, prefix):
    fitting = [m for m in meters if m["source"] in ("ip_bytes", "msgs") and m.get("aggregate", "sum") == "sum"]
    if not fitting or dice.random() > 0.45:
        return []
    names = dice.sample(LINES, dice.randint(2, len(LINES)))
    cut = dice.randint(1, len(names)) if dice.random() < 0.3 else len(names)
    found = []
    for number, members in enumerate(m for m in (names[:cut], names[cut:]) if m):
        chosen = dice.choice(fitting)
        pool = {"id": f"{prefix}p{number}-{chosen['unit']}", "members": members, "meter": chosen["id"], "qty": decimal(dice, 0, scale(chosen) * 1.5, 3)}
        if dice.random() < 0.6:
            pool["allocate"] = "largest_remainder"
        if dice.random() < 0.7:
            pool["rollover"] = {"periods": dice.choice([0, 1, 1, 2, 3])}
            if dice.random() < 0.6:
                pool["rollover"]["cap"] = decimal(dice, 0, scale(chosen), 3)
            if dice.random() < 0.5:
                pool["rollover"]["order"] = "expiring_first"
        found.append(pool)
    return found


def lifetime(dice, plan):
    """Sells a fixed part of the plan with the machine, where it has one."""
    fixed = [c for c in plan["charges"] if c["kind"] == "recurring" and c.get("model") in ("flat", "included") and "when" not in c
             and Fraction(c.get("fee", c.get("amount", "0"))) > 0]
    if not fixed:
        return
    charge = dice.choice(fixed)
    terms = {"of": charge["id"], "periods": dice.choice([1, 2, 3, 120]), "payment": dice.choice(["one_off", "instalment", "instalment"])}
    if terms["payment"] == "instalment":
        terms["n"] = dice.choice([1, 2, 3, 36])
        share = dice.random()
        if share < 0.5:
            terms["down_share"] = decimal(dice, 0, 1, 2)
        elif share < 0.7:
            terms["down"] = decimal(dice, 0, float(charge.get("fee", charge.get("amount"))), 2)
        if dice.random() < 0.7:
            terms["apr"] = decimal(dice, 0, 0.3, 4)
    plan["lifetime"] = terms


def tariff(dice, plan, version, zone, anchor, digits, rounding=None):
    """One version of a plan, as the members of its file."""
    family = dice.choice([["B", "kB", "MB", "MB", "GB"], ["KiB", "MiB", "MiB", "GiB"]])
    meters = [meter(dice, n, family) for n in range(dice.randint(1, 5))]
    shared = pools(dice, meters, plan)
    charges = []
    for pool in shared:
        usual = scale(next(m for m in meters if m["id"] == pool["meter"]))
        charges.append(bounded(dice, {"id": f"c{len(charges)}", "kind": "recurring", "meter": pool["meter"], "model": "included", "pool": pool["id"],
                                      "fee": decimal(dice, 0, 100), "overage": price(dice, usual)}))
    for one in meters:
        for _ in range(dice.choice([0, 1, 1, 2])):
            charges.append(metered(dice, len(charges), one))
    for _ in range(dice.choice([0, 0, 1, 2])):
        charges.append(bounded(dice, {"id": f"c{len(charges)}", "kind": dice.choice(["recurring", "one_off"]), "model": "flat",
                                      "amount": decimal(dice, 0, 500)}))
    outside = [m for m in meters if m["source"] == "external"]
    if outside and dice.random() < 0.7:
        charges.append(bounded(dice, {"id": f"c{len(charges)}", "kind": "share", "meter": outside[0]["id"], "model": "share",
                                      "value_per_unit": decimal(dice, 0, 5, 2), "rate": decimal(dice, 0, 0.2, 3)}))
    for source in [c for c in charges if c.get("model") == "included"]:
        if dice.random() < 0.35:
            usual = scale(next(m for m in meters if m["id"] == source["meter"]))
            model = dice.choice(["per_unit", "graduated", "package"])
            charge = {"id": f"c{len(charges)}", "kind": "usage", "model": model, "input": {"overage_of": source["id"]}}
            charge |= {"per_unit": {"price": price(dice, usual)}, "graduated": {"tiers": tiers(dice, usual, model)},
                       "package": {"size": decimal(dice, usual / 20 + 0.01, usual + 0.02, 3), "price": decimal(dice, 0, 30)}}[model]
            charges.append(bounded(dice, charge))
    if not charges:
        charges.append({"id": "c0", "kind": "recurring", "model": "flat", "amount": decimal(dice, 1, 90)})
    for source in list(charges):
        if dice.random() < 0.15:
            credit = {"id": f"c{len(charges)}", "kind": "credit", "of": source["id"], "rate": decimal(dice, 0, 1, 3)}
            if dice.random() < 0.6:
                credit["when"] = dice.choice(EVENTS)
            charges.append(credit)
    found = {"plan": plan, "version": version, "minor_digits": digits,
             "period": {"unit": "month", "anchor_day": anchor, "tz": zone, "grace_h": dice.choice([0, 1, 72])}}
    found["rounding"] = {"mode": dice.choice(MODES), "at": dice.choice(["line", "line", "invoice"])}
    found["meters"] = meters
    if shared:
        found["pools"] = shared
    found["charges"] = charges
    if dice.random() < 0.5:
        found["tax"] = [{"rate": decimal(dice, 0, 0.25, 3), "inclusive": dice.random() < 0.4} for _ in range(dice.choice([1, 1, 2]))]
    return found
