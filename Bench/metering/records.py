"""Usage records as a receiver reads them: a reader and a maker of `fg.ur/1` that share no code with the product.

Canonical JSON here is `json.dumps` with sorted keys and no spaces: records hold ASCII names, whole numbers and texts only.
"""
import hashlib
import json
import sqlite3
from collections import Counter, defaultdict

VOLUME = ("interim", "stop", "adjust", "unattributed")


def canonical(members):
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(label, body):
    return hashlib.sha256(label.encode() + b"\0" + body).hexdigest()


def stored(spool):
    """Every record of a spool, oldest first, read from its file: works for one whose gateway is gone."""
    with sqlite3.connect(f"file:{spool}/spool.db?mode=ro", uri=True) as database:
        return [json.loads(body) for (body,) in database.execute("SELECT body FROM usage ORDER BY seq")]


def faults(records):
    """Everything that is wrong with a chain, as texts."""
    found, before, keys = [], None, set()
    for record in records:
        name = f"record {record['epoch']}/{record['seq']}"
        body = {key: value for key, value in record.items() if key != "h"}
        if digest("fgur1", canonical(body)) != record["h"]:
            found.append(f"{name}: its hash is wrong")
        if before is None and record["seq"] == 1:
            genesis = {key: record.get(key) for key in ("gw", "epoch", "nonce", "last")}
            if record["prev"] != digest("fgur1-genesis", canonical(genesis)):
                found.append(f"{name}: its genesis is wrong")
        if before is not None and record["epoch"] == before["epoch"]:
            if record["seq"] != before["seq"] + 1 or record["prev"] != before["h"]:
                found.append(f"{name}: does not follow {before['seq']}")
        if "ct_id" in record and record["type"] in ("interim", "stop"):
            key = tuple(record[part] for part in ("boot_id", "ct_start_ns", "ct_id", "tuple_h", "part"))
            if key in keys:
                found.append(f"{name}: a second record of its connection and part")
            keys.add(key)
        before = record
    return found


class Sums:
    """What records come to. Attributed is what names a connection; corrections count where their target does."""

    def __init__(self, records, boot=None):
        self.types = Counter(record["type"] for record in records)
        self.up = self.down = self.loose_up = self.loose_down = 0
        self.estimated = 0
        self.transports = defaultdict(lambda: [0, 0])
        self.connections = defaultdict(lambda: [0, 0])
        places = {(record["epoch"], record["seq"]): record for record in records}
        for record in records:
            if record["type"] not in VOLUME or (boot and record["boot_id"] != boot):
                continue
            up, down = record["d_up"], record["d_dn"]
            self.up, self.down = self.up + up, self.down + down
            self.estimated += bool(record.get("estimated"))
            target = places.get((record.get("ref_epoch"), record.get("ref_seq")), record)
            if "ct_id" not in target:
                self.loose_up, self.loose_down = self.loose_up + up, self.loose_down + down
                continue
            for sums in (self.transports[target["proto"]], self.connections[tuple(target[p] for p in ("boot_id", "ct_start_ns", "ct_id", "tuple_h"))]):
                sums[0] += up
                sums[1] += down


class Journal:
    """Makes records: a gateway that never was."""

    def __init__(self, gateway="gw1", epoch=1, boot="11111111-2222-3333-4444-555555555555"):
        self.gateway, self.epoch, self.boot, self.seq = gateway, epoch, boot, 0
        genesis = {"gw": gateway, "epoch": epoch, "nonce": "00" * 16, "last": None}
        self.head = digest("fgur1-genesis", canonical(genesis))
        self.running = defaultdict(lambda: [0, 0, 0])

    def seal(self, kind, opened, closed, **members):
        self.seq += 1
        record = {"gw": self.gateway, "epoch": self.epoch, "seq": self.seq, "type": kind, "boot_id": self.boot, "t_open": opened,
                  "t_close": closed, "mono_us": closed % 10**15, "clock": "synced", "prev": self.head, **members}
        if self.seq == 1:
            record |= {"nonce": "00" * 16, "last": None}
        self.head = record["h"] = digest("fgur1", canonical(record))
        return canonical(record).decode()

    def traffic(self, opened, closed, up, down, number=1, group="telemetry", mark=0x20):
        """An interim record of one of its connections."""
        running = self.running[number]
        running[0] += up
        running[1] += down
        running[2] += 1
        return self.seal(
            "interim", opened, closed, ct_start_ns=str(number * 1_000_000_007), ct_id=str(number), tuple_h=f"{number:032x}",
            part=running[2], proto=6, rg=group, cause="time", path="a", up=running[0], dn=running[1],
            up_pkts=running[0] // 1000, dn_pkts=running[1] // 1000, d_up=up, d_dn=down, corr_up=0, src="ct", estimated=False,
            **{"class": mark})
