"""Has the real `fieldbill` bill a world, and holds every line against what the independent rater says."""
import json
import re
import shutil
from datetime import datetime, timezone
from fractions import Fraction

from desk import Desk

WORDS = {"gateway": "--gateway", "plan": "--plan", "customer": "--customer", "fleet": "--fleet", "gbr": "--reserved", "flag": "--event", "line": "--line"}


class AuditDesk(Desk):
    """A desk that takes a whole world in, in a few commands."""

    def __init__(self, fieldbill, folder):
        shutil.rmtree(folder, ignore_errors=True)
        super().__init__(fieldbill, folder)
        self.files = 0

    def write(self, name, text):
        file = self.folder / name
        file.write_text(text)
        return file

    def say(self, world):
        for key, plan in world.plans.items():
            self.run("plan", "add", self.write(f"{key}.yaml", json.dumps(plan, indent=1)))
        for said in world.assignments:
            self.assign(said)
        for subject in {said.subject for said in world.assignments if said.kind == "plan"}:
            self.run("assign", subject, "--from", "2020-01-01", "--customer", "c1")
        self.readings(world.readings)

    def assign(self, said):
        words = ["assign", said.subject, "--from", said.first]
        if said.value is None:
            words += ["--end", said.kind]
        elif said.kind == "sim":
            words += ["--line", said.name, "--sim", said.value]
        elif said.kind == "flag":
            words += ["--event", said.name]
        else:
            words += [WORDS[said.kind], said.value]
            words += ["--line", said.name] if said.kind == "gbr" and said.name else []
        self.run(*words, *(["--to", said.to] if said.to else []))

    def invoice(self, subject, first, sums):
        """Issues a period's invoice; `sums` are the rows of all documents by period."""
        document = json.loads(self.run("invoice", subject, "--period", first, "--early", "--format", "json"))
        sums[str(first)] = billed(document)

    def credit(self, subject, sums):
        """Issues notes and adds them to what was invoiced. False: it could not."""
        text = self.run("credit", subject, "--format", "json", accepts=(0, 3, 5))
        if "below zero" in self.said:
            return False
        reader, place = json.JSONDecoder(), 0
        while text[place:].strip():
            place += len(text[place:]) - len(text[place:].lstrip())
            if text[place] != "{":
                break
            document, place = reader.raw_decode(text, place)
            sums[document["period"]["first"]] += billed(document)
        return True

    def readings(self, readings):
        if readings:
            rows = [f"{subject},{name},{moment(at)},{quantity},audit,{number}" for number, (subject, name, at, quantity) in enumerate(readings)]
            self.run("external", "import", self.write("readings.csv", "\n".join(["subject,name,at,quantity,source,reference", *rows]) + "\n"))

    def take(self, lines):
        self.files += 1
        said = self.run("ingest", self.write(f"records-{self.files}.jsonl", "\n".join(lines) + "\n"), accepts=(0, 4))
        if " 0 refused" not in said or "missing" in self.run("status", accepts=(0, 4)):
            raise RuntimeError(f"records were not taken: {said} {self.said}")


def moment(at):
    return datetime.fromtimestamp(at // 10**6, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def expected(bills):
    """What a document must say of some accounts' bills, in the words of `billed`. What comes to nothing need not be said."""
    segments = [segment for bill in bills for segment in bill.segments]
    found = [("charge", line.charge, line.amount) for s in segments for line in s.lines]
    shares = [((line.pool, member), amount) for s in segments for line in s.lines for member, amount in (line.shares or {}).items()]
    taxes = [((rate, inclusive), base, amount) for bill in bills for rate, inclusive, base, amount in bill.taxes]
    return told(found, shares, taxes, sum(bill.net for bill in bills), sum(bill.gross for bill in bills))


def billed(document):
    found = [("charge", line["charge"], line["amount"]) for s in document["sections"] for line in s["lines"]]
    shares = [((pool["id"], share["member"]), share["amount"]) for s in document["sections"] for pool in s["pools"] for share in pool["shares"]]
    taxes = [((Fraction(tax["rate"]) / 100, tax["inclusive"]), tax["base"], tax["amount"]) for tax in document["taxes"]]
    return told(found, shares, taxes, document["net"], document["gross"])


def told(lines, shares, taxes, net, gross):
    return [line for line in lines if line[-1]] + summed("pool", shares) + summed("tax on", [(key, base) for key, base, _ in taxes]) \
        + summed("tax", [(key, amount) for key, _, amount in taxes]) + [("net", net), ("gross", gross)]


def summed(name, pairs):
    sums = {}
    for key, amount in pairs:
        sums[key] = sums.get(key, 0) + amount
    return [(name, *key, amount) for key, amount in sorted(sums.items()) if amount]


def unsound(document):
    """What does not add up within one document."""
    lines = sum(line["amount"] for section in document["sections"] for line in section["lines"])
    inside = sum(tax["amount"] for tax in document["taxes"] if tax["inclusive"])
    sums = [("its lines", lines, document["net"] + inside), ("its sections", sum(s["net"] for s in document["sections"]), document["net"]),
            ("net and taxes", document["net"] + sum(tax["amount"] for tax in document["taxes"]), document["gross"])]
    return [f"{name} come to {sum_of} and not {wanted}" for name, sum_of, wanted in sums if sum_of != wanted]


def misquoted(bill, document):
    """Quantities that are printed in full must be exact."""
    known = {}
    for segment in bill.segments:
        for line in segment.lines:
            known.setdefault((line.charge, line.amount), set()).add(line.quantity)
    printed = [line for line in document["sections"][0]["lines"] if line["quantity"] and "~" not in line["quantity"]]
    return [f"{line['charge']} is not of {line['quantity']}" for line in printed
            if Fraction(line["quantity"]) not in known.get((line["charge"], line["amount"]), {Fraction(line["quantity"])})]


def amounts(text):
    """Every amount of a printed document, in its order."""
    return re.findall(r"(?<![\d.,-])-?\d{1,3}(?:,\d{3})*\.\d{2}(?![\d.])", text)


def totals(rows):
    """Rows that say the same thing, added up; none that come to nothing."""
    return summed("total", [(tuple(map(str, row[:-1])), row[-1]) for row in rows])


def differences(wanted, given):
    """Lines that are in one list only, or elsewhere."""
    if wanted == given:
        return []
    rows = []
    for place in range(max(len(wanted), len(given))):
        pair = [rows_of[place] if place < len(rows_of) else None for rows_of in (wanted, given)]
        if pair[0] != pair[1]:
            rows.append(f"calculated {plain(pair[0])}, billed {plain(pair[1])}")
    return rows


def plain(row):
    return "nothing" if row is None else " ".join(map(str, row))
