"""Holds `fieldbill` against an independent rater: random tariffs, assignments and months of records, every line to the fen.

audit.py FIELDBILL [CASES] [SEED]    a case that differs is told with its seed, its desk stays in FIELDGATE_AUDIT_KEEP
"""
import os
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from audit_desk import AuditDesk, billed, differences, expected
from audit_meters import BelowZero
from audit_months import months
from audit_rater import Account


def month(fieldbill, folder, dice):
    """One world: its drafts against the rater's, from records in order and in disorder."""
    world, recorders, periods = months(dice)
    desk = AuditDesk(fieldbill, folder)
    desk.say(world)
    for recorder in recorders:
        lines = list(recorder.lines)
        if dice.random() < 0.5:
            dice.shuffle(lines)
        desk.take(lines)
    found, account = [], Account(world, "m1")
    for first, _ in periods:
        try:
            bills = account.bills(first)
        except BelowZero as fault:
            said = desk.run("rate", "m1", "--period", first, accepts=(5,)) + desk.said
            return [] if "below zero" in said and str(fault) in said else [f"{first}: {fault} is below zero, and it says {said}"]
        if first not in bills:
            continue
        given = billed(desk.rate(str(first)))
        found += [f"{first}: {row}" for row in differences(expected(bills[first]), given)]
    return found


KINDS = [month]


def main():
    fieldbill, cases, seed = sys.argv[1], int((sys.argv[2:] or ["60"])[0]), int((sys.argv[3:] or ["1"])[0])
    keep = os.environ.get("FIELDGATE_AUDIT_KEEP")
    wrong, began = 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="audit.") as temporary:
        for number in range(seed, seed + cases):
            folder = Path(keep or temporary) / str(number)
            try:
                found = KINDS[number % len(KINDS)](fieldbill, folder, random.Random(number))
            except Exception as fault:
                if keep:
                    traceback.print_exc(limit=-3)
                found = [f"{type(fault).__name__}: {fault}"]
            wrong += bool(found)
            for row in found[:12]:
                print(f"case {number}: {row}")
    print(f"{cases} cases from seed {seed}, {wrong} differ; {time.monotonic() - began:.0f} s")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
