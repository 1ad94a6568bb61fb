"""Holds `fieldbill` against an independent rater: random tariffs, assignments and months of records, every line to the fen.

audit.py FIELDBILL [CASES] [SEED]    a case that differs is told with its seed; FIELDGATE_AUDIT_KEEP=FOLDER keeps all desks
"""
import copy
import json
import os
import random
import sys
import tempfile
import time
import traceback
from dataclasses import replace
from pathlib import Path

from audit_bad import faults, junk
from audit_calendar import DAY
from audit_desk import AuditDesk, amounts, billed, differences, expected, misquoted, totals, unsound
from audit_meters import BelowZero
from audit_months import Months
from audit_rater import Account


def bills(made, first, last):
    """The bills of everything that is invoiced under the subject for a period, or None: nothing is."""
    world, accounts = made.world, [made.subject]
    if made.is_fleet:
        accounts += [m for m in world.subjects() if m.startswith("m") and world.holds(m, "fleet", last - DAY).get("") == made.subject]
    found = []
    for name in accounts:
        if any(a.subject == name and a.kind == "plan" for a in world.assignments):
            bill = Account(world, name).bills(first).get(first)
            if bill and bill.segments:
                found.append(bill)
    return found


def drafts(made, desk):
    """Every period's draft against the rater's."""
    found = []
    for first, last in made.periods:
        try:
            wanted = bills(made, first, last)
        except BelowZero as fault:
            said = desk.run("rate", made.subject, "--period", first, accepts=(5,)) + desk.said
            return found if "below zero" in said and str(fault) in said else [f"{first}: {fault} is below zero, and it says {said}"]
        if wanted:
            document = desk.rate(str(first), made.subject)
            found += [f"{first}: {row}" for row in [*differences(expected(wanted), billed(document)), *unsound(document), *misquoted(wanted[0], document)]]
    return found + otherwise(made, desk) + languages(made, desk)


def otherwise(made, desk):
    """The last period under each plan alone, as `compare` tells it."""
    world, (first, last) = made.world, made.periods[-1]
    if made.is_fleet or not Account(world, made.subject).segments((first, last)):
        return []
    found = []
    for key in world.plans:
        try:
            wanted = Account(under(world, made.subject, key, last), made.subject).alone((first, last)).gross
        except BelowZero:
            continue
        text = desk.run("compare", made.subject, "--plan", key, "--period", first, "--json", accepts=(0, 5))
        given = [json.loads(line)["total"] for line in text.splitlines()]
        if given[1:] != [wanted]:
            found.append(f"{first}: {wanted} calculated under {key}, and it compares {given} {desk.said}")
    return found


def under(world, subject, key, until):
    """The world in which the subject had this plan wherever it had any."""
    other = copy.copy(world)
    plan = world.plans[key]
    other.plans = {key: plan}
    other.assignments = [replace(a, value=key if a.value else None) if (a.subject, a.kind) == (subject, "plan") else a for a in world.assignments]
    return other


def languages(made, desk):
    """A printed draft says the same amounts in both languages."""
    texts = [desk.run("rate", made.subject, "--period", made.periods[-1][0], "--language", language, accepts=(0, 3, 5)) for language in ("en", "zh")]
    return [] if amounts(texts[0]) == amounts(texts[1]) else ["English and Chinese say other amounts"]


def take(made, desk):
    """All records, one file a gateway; half of the files in disorder."""
    desk.say(made.world)
    for recorder in made.recorders.values():
        lines = list(recorder.lines)
        if made.dice.random() < 0.5:
            made.dice.shuffle(lines)
        desk.take(lines)
        if made.dice.random() < 0.2:
            desk.take(lines[:9])


def month(fieldbill, folder, dice):
    """One machine, its plans and its months."""
    made, desk = Months(dice).build(), AuditDesk(fieldbill, folder)
    take(made, desk)
    return drafts(made, desk)


def fleet(fieldbill, folder, dice):
    """Machines that are charged together, and some that are not for a while."""
    made, desk = Months(dice, fleet=True).build(), AuditDesk(fieldbill, folder)
    take(made, desk)
    return drafts(made, desk)


def bundle(fieldbill, folder, dice):
    """A plan that is sold with the machine: what it covers, and what falls due when."""
    made = Months(dice, periods=dice.choice([3, 4, 5]), versions=1)
    made.build()
    desk = AuditDesk(fieldbill, folder)
    take(made, desk)
    return drafts(made, desk)


def late(fieldbill, folder, dice):
    """Invoices on the first part of the records, notes on the rest: together they are what all records come to."""
    made, desk = Months(dice, fleet=dice.random() < 0.3).build((15, 60)), AuditDesk(fieldbill, folder)
    desk.say(made.world)
    kept, found = made.world.records, []
    cuts = {gateway: sorted(dice.randint(1, len(recorder.lines)) for _ in range(2)) for gateway, recorder in made.recorders.items()}
    sums = {}
    for step in range(3):
        said = [(recorder, ([0, *cuts[gateway]])[step], (cuts[gateway] + [len(recorder.lines)])[step]) for gateway, recorder in made.recorders.items()]
        for recorder, first, last in said:
            desk.take(recorder.lines[first:last])
        made.world.records = [record for recorder, _, last in said for record in recorder.kept[:last]]
        made.world.known = ()
        known = {a.name for a in made.world.assignments if a.subject == made.subject and a.kind == "flag"}
        if step == 2 and "promotion" not in known and dice.random() < 0.5:
            made.say(made.subject, "flag", "promotion", "on", made.some_day())
            desk.assign(made.world.assignments[-1])
        if step and not desk.credit(made.subject, sums):
            return [] if "below zero" in desk.said else [desk.said]
        for first, last in made.periods:
            try:
                wanted = bills(made, first, last)
            except BelowZero:
                return found
            if not wanted:
                continue
            if step == 0:
                desk.invoice(made.subject, first, sums)
            found += [f"{first}, step {step}: {row}" for row in differences(totals(expected(wanted)), totals(sums[str(first)]))]
        if step and "nothing changes" not in desk.run("credit", made.subject, accepts=(0, 3)) + desk.said:
            found.append(f"step {step}: a second credit finds something")
    return found


def malformed(fieldbill, folder, dice):
    """Plans that are wrong: each is refused with the line."""
    folder.mkdir(parents=True, exist_ok=True)
    return (faults(fieldbill, folder) if dice.random() < 0.5 else []) + junk(fieldbill, folder, dice)


KINDS = [month, fleet, late, bundle, fleet, late, month, malformed]


def main():
    fieldbill, cases, seed = Path(sys.argv[1]).resolve(), int((sys.argv[2:] or ["60"])[0]), int((sys.argv[3:] or ["1"])[0])
    keep = os.environ.get("FIELDGATE_AUDIT_KEEP")
    wrong, began = 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="audit.") as temporary:
        for number in range(seed, seed + cases):
            folder, kind = Path(keep or temporary) / str(number), KINDS[number % len(KINDS)]
            try:
                found = kind(fieldbill, folder, random.Random(number))
            except Exception as fault:
                if keep:
                    traceback.print_exc(limit=-3)
                found = [f"{type(fault).__name__}: {fault}"]
            wrong += bool(found)
            for row in found[:12]:
                print(f"case {number} ({kind.__name__}): {row}", flush=True)
    print(f"{cases} cases from seed {seed}, {wrong} differ; {time.monotonic() - began:.0f} s")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
