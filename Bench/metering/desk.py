"""A billing desk in a folder of its own, worked by `fieldbill`; and what an invoice must come to, by exact arithmetic."""
import json
import os
import re
import subprocess
import time
from fractions import Fraction
from pathlib import Path

UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "GiB": 2**30}


class Desk:
    def __init__(self, fieldbill, folder):
        self.fieldbill, self.folder = fieldbill, Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.peak = 0
        self.run("init")
        self.run("customer", "add", "c1", "--name", "Quarry")

    def run(self, *words, accepts=(0,)):
        """What the command printed. Its wall time, greatest memory (bytes) and complaints are in `seconds`, `peak` and `said`."""
        words = list(map(str, words))
        place = 2 if words[0] in ("plan", "customer", "gateway", "external") else 1
        command = [str(self.fieldbill), *words[:place], "--desk", str(self.folder), *words[place:]]
        with open(self.folder / "out", "w+") as output, open(self.folder / "errors", "w+") as errors:
            began = time.monotonic()
            child = subprocess.Popen(command, stdout=output, stderr=errors, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            self.seconds, self.peak = time.monotonic() - began, usage.ru_maxrss * 1024
            output.seek(0)
            errors.seek(0)
            text, said = output.read(), errors.read()
        self.said = " ".join(said.replace(str(self.folder.parent) + "/", "").split())[:200]
        if child.returncode not in accepts:
            raise RuntimeError(f"fieldbill {' '.join(words)}: {said.strip()[-300:]}")
        return text

    def plan(self, text, since="2026-01-01", gateway="gw1", machine="m1"):
        """Assigns a machine with this plan."""
        file = self.folder / f"plan-{len(list(self.folder.glob('plan-*')))}.yaml"
        file.write_text(text)
        name = re.search(r"^plan: *(\S+)", text, re.M).group(1)
        version = re.search(r"^version: *(\d+)", text, re.M)
        self.run("plan", "add", file)
        self.run("assign", machine, "--from", since, "--gateway", gateway, "--plan", f"{name}@{version.group(1) if version else 1}",
                 "--customer", "c1", "--line", "l1")

    def rate(self, period, machine="m1"):
        return json.loads(self.run("rate", machine, "--period", period, "--format", "json"))


def money(value, digits=2):
    """Half up on the magnitude, in minor units."""
    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return whole if value >= 0 else -whole


def per_unit(quantity, unit, price):
    return money(Fraction(quantity, UNITS[unit]) * Fraction(price))


def included(quantity, unit, fee, qty, overage):
    return money(Fraction(fee) + Fraction(overage) * max(Fraction(0), Fraction(quantity, UNITS[unit]) - Fraction(qty)))


def graduated(quantity, unit, tiers):
    """`tiers` are (up_to or None, price)."""
    amount, lower, whole = Fraction(0), Fraction(0), Fraction(quantity, UNITS[unit])
    for bound, price in tiers:
        upper = whole if bound is None else min(whole, Fraction(bound))
        if whole > lower:
            amount += Fraction(price) * (upper - lower)
        lower = Fraction(bound) if bound is not None else whole
    return money(amount)


def text(minor):
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"
