"""Plans that are wrong in one place: `fieldbill check` must name the line of it, and never crash.

Each fault is (what it is, how it changes a good plan's members). A plan is written as indented JSON, which is YAML, so that
every member has a line of its own: the fault's line is where the text differs first from the good plan's.
"""
import copy
import json
import re
import subprocess

GOOD = {
    "plan": "p", "version": 1, "currency": "CNY", "minor_digits": 2, "valid": {"from": "2026-01-01", "to": None},
    "period": {"unit": "month", "anchor_day": 1, "tz": "Asia/Shanghai", "grace_h": 72},
    "rounding": {"mode": "half_up", "at": "line"},
    "meters": [
        {"id": "data", "source": "ip_bytes", "dir": "both", "classes": ["camera"], "unit": "GB", "aggregate": "sum",
         "quantize": {"step": "1 MB", "mode": "up", "per": "connection"}},
        {"id": "peak", "source": "ip_bytes", "unit": "Mbit/s", "aggregate": "p95", "sample": "900s"},
        {"id": "out", "source": "external", "name": "tonnes", "unit": "t", "aggregate": "sum"},
        {"id": "n", "source": "lines", "unit": "line"}],
    "pools": [{"id": "pool", "members": ["l1", "l2"], "meter": "data", "qty": "10", "allocate": "largest_remainder",
               "rollover": {"periods": 1, "cap": "5", "order": "expiring_first"}},
              {"id": "other", "members": ["l3"], "meter": "data", "qty": "10"}],
    "charges": [
        {"id": "c0", "kind": "recurring", "meter": "data", "pool": "pool", "model": "included", "fee": "5", "overage": "1"},
        {"id": "c1", "kind": "recurring", "meter": "data", "pool": "other", "model": "included", "fee": "5", "overage": "1"},
        {"id": "c2", "kind": "usage", "meter": "peak", "model": "graduated", "min": "1", "max": "9", "prorate": "day",
         "tiers": [{"up_to": "1", "price": "2"}, {"up_to": "4", "price": "1"}, {"up_to": None, "price": "0.5"}]},
        {"id": "c3", "kind": "usage", "meter": "n", "model": "package", "size": "3", "price": "2"},
        {"id": "c4", "kind": "share", "meter": "out", "model": "share", "value_per_unit": "3.2", "rate": "0.015"},
        {"id": "c5", "kind": "usage", "input": {"overage_of": "c0"}, "model": "per_unit", "price": "0.1"},
        {"id": "c6", "kind": "recurring", "model": "flat", "amount": "20"},
        {"id": "c7", "kind": "credit", "of": "c6", "rate": "0.05", "when": "sla_breach"}],
    "lifetime": {"of": "c6", "periods": 12, "payment": "instalment", "down_share": "0.3", "apr": "0.048", "n": 3},
    "tax": [{"rate": "0.06", "inclusive": False}],
    "controls": {"data_quota": "120 GB", "on_exhaust": "overage"},
}
MISSING = object()
NUMBERS = [0.1, 5, 1e-3, "1e-3", "5%", "05", "+5", ".5", "5.", "1,5", "", "٣", "1_000", "1" * 16, "0." + "1" * 13, "NaN", "inf", None, True, [], {}, " 5", "5 ",
           "0x10", "--5", "-", "1.2.3", "5 GB"]
AT = {  # where: what must be refused there
    "charges.5.price": NUMBERS, "charges.0.fee": NUMBERS, "pools.0.qty": [*NUMBERS, "-1"], "charges.2.tiers.0.price": NUMBERS,
    "charges.2.tiers.0.up_to": [0.1, 5, "0", "-1", "4", "5", None], "charges.2.tiers.1.up_to": ["1", "0.5", None], "charges.2.tiers.2.up_to": ["9"],
    "charges.2.tiers": [[], MISSING, {}, "1", [{"up_to": None}]], "charges.2.max": ["0.5", 3], "charges.2.min": ["10"],
    "charges.3.size": ["0", "0.0", "-1", MISSING, 3], "charges.4.rate": ["1.5", "1.000000000001", "-0.1", 0.015, "1.5%"],
    "charges.7.rate": ["2", "-1"], "charges.7.of": ["c9", "c7", MISSING], "charges.5.input": [{"overage_of": "c6"}, {"overage_of": "c9"}, {}, {"overage": "c0"}, "c0"],
    "charges.6.kind": ["monthly", MISSING, None, 3, "usage "], "charges.6.model": ["flat_rate", "tiered"],
    "charges.6.amount": [MISSING], "charges.6.id": ["c5", "", "a b"], "charges.2.meter": ["peek", MISSING, None],
    "charges.2.prorate": ["hour", True], "charges.2.when": [""], "charges.2.colour": ["red"], "charges.0.pool": ["nope", "other"], "charges": [[], {}, MISSING, "x"],
    "pools.1.members": [["l1"], [], ["l3", "l3"], "l3", MISSING, [None]], "pools.0.meter": ["nope", MISSING], "pools.0.allocate": ["even"],
    "pools.0.rollover.periods": [-1, 121, 1.5], "pools.0.rollover.cap": ["-5", 5], "pools.0.rollover.order": ["newest_first"], "pools.1.id": ["pool"],
    "meters.0.unit": ["GiB", "msg", "Mbit/s", "gb", "", MISSING, 5], "meters.0.quantize.step": ["1 MiB", "0 MB", "-1 MB", "1", "MB", 1, "1 msg", "1.5.5 MB", ""],
    "meters.0.quantize.mode": ["nearest"], "meters.0.quantize.per": ["line"], "meters.0.source": ["bytes", MISSING], "meters.0.dir": ["out"],
    "meters.0.classes": ["camera", [1.5], [70000], [-1], [[]]], "meters.0.aggregate": ["mean", "avg"], "meters.1.sample": ["7s", "30s", "90000s", "1h", 900, "0s", "-900s"],
    "meters.1.unit": ["GB"], "meters.1.aggregate": ["p99"], "meters.2.name": [MISSING], "meters.3.aggregate": ["sum"], "meters.1.id": ["data"],
    "period.anchor_day": [31, 29, 30, 0, -1, "31", "first", 1.5], "period.tz": ["Mars/Phobos", "", "../../etc/passwd", "/etc/passwd", 8, "+08:00", "Asia"],
    "period.unit": ["week", "year"], "period.grace_h": [-1, 99999, 1.5], "currency": ["cny", "RMBX", "", 156], "minor_digits": [9, -1, 2.5],
    "rounding.mode": ["nearest", None], "rounding.at": ["total"], "valid.to": ["2025-12-31", "2026-02-30", "soon", "2026-13-01"], "valid.from": ["2026-2-1"],
    "version": [0, -1, 1.5, None], "plan": ["", "a b", MISSING], "lifetime.of": ["nope", "c2", MISSING], "lifetime.periods": [0, -1, 1201, MISSING],
    "lifetime.n": [0, MISSING, 601], "lifetime.down_share": ["1.5", "-0.1", 0.3], "lifetime.apr": ["2", "-0.1"], "lifetime.down": ["1"], "lifetime.payment": ["never"],
    "tax.0.rate": ["1.2", "-0.06", 0.06, "6%"], "tax.0.inclusive": ["yes", 1], "controls.data_quota": ["120", "GB", "-1 GB", "120 msg"], "controls.on_exhaust": ["stop"],
    "schema": ["fg.tariff/2"], "discount": ["0.1"],
}
TEXTS = [b"", b"\n", b"[]", b"5", b"plan: p\n\tcharges: []\n", b"plan: [\n", b"plan: p\nplan: q\n", b"a: &a {b: *a}\n", b"\xff\xfe\x00", b"plan: p\x00\n", b"--- \nplan: p\n---\nplan: q\n",
         b"[" * 20000, b"{a: " * 20000, b"plan: *x\n", b"? [1, 2]\n: 3\n", b"plan: !!binary aGk=\n", b"<<: {plan: p}\n", b"plan: |\n  p\n  q\n",
         b"plan: p\ncharges:\n" + b"".join(b"  - {id: c%d, kind: recurring, model: flat, amount: 1}\n" % n for n in range(3000))]


def changed(path, value):
    plan = copy.deepcopy(GOOD)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = plan
    for step in way:
        place = place[step]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return plan


def written(plan):
    return json.dumps(plan, indent=1, ensure_ascii=False) + "\n"


def check(fieldbill, folder, contents):
    """(exit code, {index: what was said of that text}) of one check of many files."""
    names = [f"plan-{number}.yaml" for number in range(len(contents))]
    for name, content in zip(names, contents):
        (folder / name).write_bytes(content)
    done = subprocess.run([fieldbill, "check", *names], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=60)
    said = {number: "" for number in range(len(contents))}
    for line in done.stdout.decode(errors="replace").splitlines():
        named = re.match(r"(?:warning: )?plan-(\d+)\.yaml:", line)
        if named:
            said[int(named.group(1))] += line + "\n"
    return done.returncode, said


def lines_of(said):
    """The lines that mistakes were found in: a warning is no mistake."""
    return {int(number) for number in re.findall(r"^plan-\d+\.yaml:(\d+):\d+: ", said, re.M)}


def cases():
    """(what it is, its text, its line or 0) of every fault."""
    good = written(GOOD).splitlines()
    for path, values in AT.items():
        for value in values:
            text = written(changed(path, value))
            begin = next((n for n, (a, b) in enumerate(zip(good, text.splitlines()), 1) if a != b), 0)
            name = "left out" if value is MISSING else json.dumps(value, ensure_ascii=False)
            yield f"{path} {name}", text.encode(), 0 if value is MISSING else begin


def faults(fieldbill, folder):
    """Rows for every fault that is not refused, or not close to its line."""
    found, named = [], list(cases())
    code, said = check(fieldbill, folder, [written(GOOD).encode(), *(text for _, text, _ in named)])
    if code != 1 or ": good." not in said[0]:
        found.append(f"exit code {code}; of the good plan: {said[0]}")
    for number, (name, _, line) in enumerate(named, 1):
        places = lines_of(said[number])
        # What contradicts another line may be told at that one.
        if not places or (line and min(abs(place - line) for place in places) > 10):
            found.append(f"{name}, line {line}: {said[number].strip()[:200] or 'nothing is said'}")
    code, said = check(fieldbill, folder, TEXTS)
    return found + [f"{text[:40]} is not refused (exit code {code})" for number, text in enumerate(TEXTS) if not said[number] or ": good." in said[number]]


def nodes(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from nodes(inner, (*path, key))


def junk(fieldbill, folder, dice, count=200):
    """Good plans with some members swapped for anything: refused with a line or taken, and never a crash."""
    values, texts = [*NUMBERS, "2026-01-01", -5, 2**63, 10**30, "last", ["l1"], {"id": "x"}, [[[]]], "\u0000", "x" * 5000], []
    for _ in range(count):
        plan = copy.deepcopy(GOOD)
        for _ in range(dice.randint(1, 4)):
            *way, last = dice.choice([path for path in nodes(plan) if path])
            place = plan
            for step in way:
                place = place[step]
            if dice.random() < 0.3:
                del place[last]
            else:
                place[last] = dice.choice(values)
        texts.append(written(plan).encode())
    code, said = check(fieldbill, folder, texts)
    found = [f"{said[n].strip()[:200]} of {texts[n][:1500]!r}" for n in range(count) if not lines_of(said[n]) and ": good." not in said[n]]
    return found + ([f"exit code {code}"] if code not in (0, 1) else [])
