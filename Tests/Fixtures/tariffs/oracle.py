"""Random plans with what they cost, by fractions of Python: one JSON object a line. Usage: oracle.py SEED COUNT

It shares nothing with the product, only the sentences of Docs/tariffs.md.
"""
import json
import random
import sys
from fractions import Fraction as F


def decimal(low, high, digits):
    scale = 10**digits
    value = F(random.randint(low * scale, high * scale), scale)
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value) * scale, scale)
    return value, f"{sign}{int(whole)}" + (f".{int(rest):0{digits}d}" if digits else "")


def rounded(value, mode):
    """To a whole number, on the magnitude."""
    whole, rest = divmod(abs(value), 1)
    up = {
        "up": rest > 0,
        "down": False,
        "half_up": rest >= F(1, 2),
        "half_even": rest > F(1, 2) or (rest == F(1, 2) and whole % 2 == 1),
    }[mode]
    return int(whole + up) * (-1 if value < 0 else 1)


def money(minor, digits):
    sign = "-" if minor < 0 else ""
    text = str(abs(minor)).rjust(digits + 1, "0")
    return sign + (text[:-digits] + "." + text[-digits:] if digits else text)


def tiers(model, f, q):
    count = random.randint(1, 4)
    bounds = sorted(random.sample(range(1, 400), count - 1))
    texts, amount, lower = [], F(0), F(0)
    for bound in [*bounds, None]:
        price, price_text = decimal(0, 3, random.randint(0, 6))
        flat, flat_text = decimal(0, 50, 2) if model == "stairstep" or random.random() < 0.4 else (F(0), None)
        upper = bound * f if bound is not None else None
        parts = [f'up_to: "{bound}"' if bound else "up_to: null"]
        if model != "stairstep":
            parts.append(f'price: "{price_text}"')
        if flat_text:
            parts.append(f'flat: "{flat_text}"')
        texts.append("{" + ", ".join(parts) + "}")
        inside = q > lower and (upper is None or q <= upper)
        if model == "graduated" and q > lower:
            amount += flat * f + price * (min(q, upper if upper is not None else q) - lower)
        elif model == "volume" and inside:
            amount += flat * f + price * q
        elif model == "stairstep" and inside:
            amount += flat * f
        lower = upper
    return f"tiers: [{', '.join(texts)}]", amount


def charge(model, f, q):
    if model in ("graduated", "volume", "stairstep"):
        return tiers(model, f, q)
    price, price_text = decimal(-1, 5, random.randint(0, 8))
    if model == "flat":
        return f'amount: "{price_text}"', price * f
    if model == "per_unit":
        return f'price: "{price_text}"', price * q
    if model == "package":
        size, size_text = decimal(1, 60, 1)
        return f'size: "{size_text}", price: "{price_text}"', price * -(-q // size)
    fee, fee_text = decimal(0, 90, 3)
    free, free_text = decimal(0, 300, 2)
    return f'fee: "{fee_text}", qty: "{free_text}", overage: "{price_text}"', fee * f + price * max(F(0), q - free * f)


def case():
    mode = random.choice(["half_up", "half_even", "up", "down"])
    digits = random.choice([0, 2, 2, 2, 3])
    day = random.randint(1, 30)
    q = F(random.choice([0, random.randint(0, 450)]))
    lines, exact = [], []
    for number in range(random.randint(1, 5)):
        prorate = random.choice(["none", "day", "second"])
        # April in Shanghai has 30 equal days.
        f = F(1) if prorate == "none" else F(31 - day, 30)
        model = random.choice(["flat", "per_unit", "included", "package", "graduated", "volume", "stairstep"])
        text, amount = charge(model, f, q)
        if model != "flat":
            text = "meter: m, " + text
        if random.random() < 0.3:
            low, low_text = decimal(-5, 40, 2)
            high = low + random.randint(0, 40)
            text += f', min: "{low_text}"'
            amount = max(amount, low * f)
            if random.random() < 0.5:
                text += f', max: "{money(int(high * 100), 2)}"'
                amount = min(amount, high * f)
        lines.append(f"  - {{id: c{number}, kind: recurring, model: {model}, prorate: {prorate}, {text}}}")
        exact.append(amount * 10**digits)
    per_invoice = random.random() < 0.3
    amounts = [rounded(value, mode) for value in exact]
    subtotal = rounded(sum(exact), mode) if per_invoice else sum(amounts)
    inside = F(random.choice([0, random.randint(0, 25)]), 100)
    outside = F(random.randint(0, 25), 100)
    net = rounded(F(subtotal) / (1 + inside), mode)
    total = subtotal + rounded(net * outside, mode)
    head = [
        "plan: random",
        f"minor_digits: {digits}",
        f"rounding: {{mode: {mode}, at: {'invoice' if per_invoice else 'line'}}}",
        "meters: [{id: m, source: msgs, unit: msg}]",
        f'tax: [{{rate: "0.{int(inside * 100):02d}", inclusive: true}}, {{rate: "0.{int(outside * 100):02d}"}}]',
        "charges:",
    ]
    return {
        "plan": "\n".join(head + lines),
        "from": f"2026-04-{day:02d}",
        "messages": int(q),
        "amounts": None if per_invoice else [money(value, digits) for value in amounts],
        "net": money(net, digits),
        "total": money(total, digits),
    }


def bundle():
    fee, fee_text = decimal(1, 400, 2)
    periods, n = random.randint(1, 240), random.randint(1, 120)
    share, share_text = decimal(0, 1, 2)
    rate_text = f"0.{random.choice([0, random.randint(0, 250_000)]):06d}"
    rate = F(rate_text)
    mode = random.choice(["half_up", "half_even", "up", "down"])
    total = rounded(fee * periods * 100, mode)
    down = rounded(total * share, mode)
    owed, i = total - down, rate / 12
    even = F(owed, n) if i == 0 else owed * i / (1 - 1 / (1 + i) ** n)
    even = rounded(even, mode)
    payments = []
    for number in range(n):
        interest = rounded(owed * i, mode)
        payment = even if number < n - 1 else owed + interest
        owed -= payment - interest
        payments.append(money(payment, 2))
    return {
        "plan": f"""plan: random
rounding: {{mode: {mode}}}
charges: [{{id: c, kind: recurring, model: flat, amount: "{fee_text}"}}]
lifetime: {{of: c, periods: {periods}, payment: instalment, down_share: "{share_text}", apr: "{rate_text}", n: {n}}}""",
        "down": money(down, 2),
        "payments": payments,
    }


random.seed(int(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    print(json.dumps(case()))
    if random.random() < 0.1:
        print(json.dumps(bundle()))
