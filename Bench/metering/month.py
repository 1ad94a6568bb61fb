"""A month of shifts, from the camera to the invoice; and fieldbill by itself, with records made for the purpose."""
import time
from datetime import datetime, timedelta, timezone

from desk import Desk, graduated, included, per_unit, text
from records import Journal, Sums, faults
from rig import ROOT, Rig, tool
from row import Row

SHIFTS = 30
LOADER = ROOT / "Firmware-Config/tariffs/loader-monthly.yaml"
LIFETIME = ROOT / "Firmware-Config/tariffs/loader-lifetime.yaml"
HEAD = "schema: fg.tariff/1\nplan: {plan}\nversion: 1\ncurrency: CNY\nperiod: {{unit: month, anchor_day: 1, tz: {zone}, grace_h: 72}}\n" \
       "rounding: {{mode: half_up, at: line}}\nmeters: [{{id: data, source: ip_bytes, dir: {way}, unit: {unit}, aggregate: sum}}]\n"
# The scale: a shift of some 4 MB stands for one of 4 GB, so MB is where the real plan has GB.
PLANS = {
    "loader, MB for GB": ("both", "MB", "{id: d, kind: usage, meter: data, model: per_unit, price: \"1\"}", lambda q: per_unit(q, "MB", "1")),
    "bundle of 120": ("both", "MB", "{id: d, kind: recurring, meter: data, model: included, fee: \"120\", qty: \"120\", overage: \"1.2\"}",
                      lambda q: included(q, "MB", "120", "120", "1.2")),
    "0.01 a byte up": ("up", "B", "{id: d, kind: usage, meter: data, model: per_unit, price: \"0.01\"}", lambda q: per_unit(q, "B", "0.01")),
    "0.01 a byte down": ("down", "B", "{id: d, kind: usage, meter: data, model: per_unit, price: \"0.01\"}", lambda q: per_unit(q, "B", "0.01")),
    "three tiers": ("both", "kB", "{id: d, kind: usage, meter: data, model: graduated, tiers: [{up_to: \"10000\", price: \"0.0016\"}, "
                    "{up_to: \"60000\", price: \"0.0014\"}, {up_to: null, price: \"0.0012\"}]}",
                    lambda q: graduated(q, "kB", [("10000", "0.0016"), ("60000", "0.0014"), (None, "0.0012")])),
}


def shifts(folder, seconds=6.0, count=SHIFTS):
    """`count` shifts of traffic through one gateway, each with its own camera, operator and dice; then the invoices."""
    aim = "equals the independent calculation"
    with Rig({"a": "5g-public"}, folder / "month", metering='"volume": "1MB", "interval": "1m"') as rig:
        rig.start()
        for shift in range(count):
            rig.camera(rate="4Mbit/s", seed=shift + 1)
            rig.load("gateway", "--rate", 1, "--seed", shift + 1, "--kinds", "control,datagrams,up,down,small")
            time.sleep(seconds)
            rig.end("camera")
            rig.end("load-gateway")
        rig.settle()
        up, down = rig.counts()
        records, files = rig.records(), rig.export()
        said, is_whole = rig.verified()
    bytes_of = {"up": up, "down": down, "both": up + down}
    # Which month it is where the plan counts it, taken from the records' own time.
    period = (datetime.fromtimestamp(records[-1]["t_open"] / 1e6, timezone.utc) + timedelta(hours=8)).strftime("%Y-%m")
    rows = [Row(f"reference month: {count} shifts, {(up + down) / 1e6:.1f} MB: chain and bytes",
                f"{len(records)} records, {len(faults(records))} faults, “{said}”; up {Sums(records).up - up:+} B, down {Sums(records).down - down:+} B "
                "against the emulator", "0 faults, 0 B up",
                not faults(records) and is_whole and Sums(records).up == up)]
    for number, (name, (way, unit, charge, expected)) in enumerate(PLANS.items()):
        desk = Desk(tool("fieldbill"), folder / f"desk-{number}")
        desk.plan(HEAD.format(plan=f"p{number}", zone="Asia/Shanghai", way=way, unit=unit) + f"charges: [{charge}]\n", since=f"{period}-01")
        # 4: something was refused; what is billed is compared all the same.
        desk.run("ingest", *files, accepts=(0, 4))
        if number == 0:
            rows.append(Row("fieldbill takes what fieldgate exports", desk.said or "all of it", "all of it", not desk.said))
        billed, wanted = desk.rate(period)["net"], expected(bytes_of[way])
        rows.append(Row(f"reference month, test tariff “{name}”", f"invoice {text(billed)}, calculated {text(wanted)}", aim, billed == wanted))
    return rows


def exact_month(total=120 * 10**9):
    """31 days in Shanghai whose bytes come to exactly `total`: records as one gateway would have sealed them."""
    journal = Journal()
    begin = int(datetime(2026, 9, 30, 16, tzinfo=timezone.utc).timestamp() * 1e6)
    lines = [journal.seal("boot", begin, begin)]
    parts = 31 * 32
    for part in range(parts):
        share = total * (part + 1) // parts - total * part // parts
        opened = begin + part * 2700 * 10**6
        lines.append(journal.traffic(opened, opened + 900 * 10**6, share - share // 5, share // 5, number=1 + part % 7))
    return lines


def plan_files(folder):
    """The shipped plans over a month of exactly 120 GB."""
    lines = folder / "exact.jsonl"
    lines.write_text("\n".join(exact_month()) + "\n")
    lifetime = LIFETIME.read_text()
    once = "".join(line for line in lifetime.replace("payment: instalment", "payment: one_off").splitlines(True)
                   if not line.startswith(("  down_share", "  apr", "  n:")))
    nets = {}
    for name, plan in (("month", LOADER.read_text()), ("lifetime", lifetime), ("once", once)):
        desk = Desk(tool("fieldbill"), folder / f"desk-{name}")
        desk.plan(plan, since="2026-10-01")
        desk.run("ingest", lines)
        periods = [f"{2026 + (9 + month) // 12}-{(9 + month) % 12 + 1:02}" for month in range(37 if name == "lifetime" else 1)]
        nets[name] = [desk.rate(period)["net"] for period in periods]
    paid = nets["lifetime"]
    return [
        Row("plan file loader-monthly, exactly 120 GB", text(nets["month"][0]), "120.00", nets["month"] == [12000]),
        Row("plan file loader-lifetime, paid at once", text(nets["once"][0]), "14,400.00", nets["once"] == [1440000]),
        Row("the same in instalments: down, 35 of them, the last, all",
            f"{text(paid[0])}, {' / '.join(sorted({text(p) for p in paid[1:36]}))}, {text(paid[36])}, {text(sum(paid))}",
            "4,320.00, 301.20, 301.30, 15,163.30", paid == [432000] + [30120] * 35 + [30130]),
    ]


def million(folder, count=1_000_000):
    """fieldbill rates `count` records; its memory against a tenth of them."""
    journal = Journal()
    begin = int(datetime(2026, 9, 30, 16, tzinfo=timezone.utc).timestamp() * 1e6)
    plan = HEAD.format(plan="p", zone="Asia/Shanghai", way="both", unit="GB") + "charges: [{id: d, kind: usage, meter: data, model: per_unit, price: \"1\"}]\n"
    desk = Desk(tool("fieldbill"), folder / "desk-million")
    desk.plan(plan, since="2026-10-01")
    file, total, peaks, seconds, ingested = folder / "million.jsonl", 0, [], [], 0.0
    span = 31 * 86400 * 10**6 // count
    for first, last in ((0, count // 10), (count // 10, count)):
        with open(file, "w") as output:
            if first == 0:
                output.write(journal.seal("boot", begin, begin) + "\n")
            for number in range(first, last):
                up, down = 100_000 + number % 977, 20_000 + number % 769
                total += up + down
                opened = begin + number * span
                output.write(journal.traffic(opened, opened + span, up, down, number=1 + number % 5000) + "\n")
        desk.run("ingest", file)
        ingested += desk.seconds
        billed = desk.rate("2026-10")["net"]
        peaks.append(desk.peak)
        seconds.append(desk.seconds)
    file.unlink()
    wanted = per_unit(total, "GB", "1")
    flat = peaks[1] <= peaks[0] + 32 * 2**20
    return [Row(f"fieldbill rates {count:,} records", f"{seconds[1]:.1f} s ({count / ingested:,.0f} records/s taken in before); {text(billed)} of {text(wanted)}",
                "≤ 10 s", seconds[1] <= 10 and billed == wanted),
            Row("its memory, against a tenth of the records", f"{peaks[1] / 2**20:.0f} MiB against {peaks[0] / 2**20:.0f} MiB", "flat", flat)]
