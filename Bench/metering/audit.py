"""Holds `fieldbill` against an independent rater: random tariffs, assignments and months of records, every line to the fen.

audit.py FIELDBILL [CASES] [SEED]    a case that differs is told with its seed; FIELDGATE_AUDIT_KEEP=FOLDER keeps all desks
"""
import os
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from audit_calendar import DAY
from audit_desk import AuditDesk, billed, differences, expected
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
            found += [f"{first}: {row}" for row in differences(expected(wanted), billed(desk.rate(str(first), made.subject)))]
    return found


def take(made, desk):
    """All records, one file a gateway; half of the files in disorder."""
    desk.say(made.world)
    for recorder in made.recorders.values():
        lines = list(recorder.lines)
        if made.dice.random() < 0.5:
            made.dice.shuffle(lines)
        desk.take(lines)


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


KINDS = [month, fleet]


def main():
    fieldbill, cases, seed = sys.argv[1], int((sys.argv[2:] or ["60"])[0]), int((sys.argv[3:] or ["1"])[0])
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
