"""What metering costs: processor time of the gateway's meter thread and of fieldgate-netd."""
import os
import time
from pathlib import Path

from faults import table
from processes import await_
from rig import CLOUD, HERE, Rig
from row import Row

TICK = os.sysconf("SC_CLK_TCK")
LIVE = 10_000


def ticks(stat):
    """User and system time, in seconds."""
    fields = Path(stat).read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def processor(rig):
    """Seconds that the product has used: (meter thread, whole gateway, netd)."""
    gateway, netd = rig.pid("gateway"), rig.pid("netd")
    meter = 0.0
    for task in Path(f"/proc/{gateway}/task").iterdir():
        try:
            if (task / "comm").read_text().strip() == "meter":
                meter += ticks(task / "stat")
        except (FileNotFoundError, ProcessLookupError):
            pass
    return meter, ticks(f"/proc/{gateway}/stat"), ticks(f"/proc/{netd}/stat")


def used(rig, seconds):
    before, carried, begin = processor(rig), rig.counts(), time.monotonic()
    time.sleep(seconds)
    after, span, now = processor(rig), time.monotonic() - begin, rig.counts()
    rate = sum(now[i] - carried[i] for i in (0, 1)) * 8 / span / 1e6
    return [b - a for a, b in zip(before, after)], span, rate


def at_rate(folder, seconds=60):
    """20 Mbit/s of video, TCP and datagrams, with metering and without."""
    found = {}
    for metered in (True, False):
        with Rig({"a": "clean"}, folder / f"cost-{metered}", metered=metered) as rig:
            rig.start()
            rig.camera(rate="14Mbit/s")
            rig.load("gateway", "--rate", 6, "--kinds", "stream,down,datagrams,control,small")
            time.sleep(8)
            found[metered] = used(rig, seconds)
    (meter, gateway, netd), span, rate = found[True]
    (_, plain_gateway, plain_netd), plain_span, plain_rate = found[False]
    share = (meter + netd) / span
    more = (gateway + netd) / span - (plain_gateway + plain_netd) / plain_span
    return [Row(f"metering at {rate:.1f} Mbit/s", f"{share:.2%} of a core: meter thread {meter / span:.2%}, fieldgate-netd {netd / span:.2%}; both "
                f"programs {more:+.2%} against none at {plain_rate:.1f} Mbit/s", "≤ 1 % of one core", share <= 0.01 and rate >= 18)]


def live_flows(folder, seconds=60):
    """Checkpoints of 10,000 live flows, all of which change from one to the next."""
    with Rig({"a": "clean"}, folder / "live", metering='"idle_after": "10m"') as rig:
        rig.start()
        rig.inside("gateway", "sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout=300")
        begun = processor(rig), time.monotonic()
        time.sleep(20)
        idle = [(b - a) / (time.monotonic() - begun[1]) for a, b in zip(begun[0], processor(rig))]
        rig.spawn("load-flows", rig.within("gateway", "python3", str(HERE / "traffic.py"), "flows", CLOUD, str(LIVE), "--every", "4.5"))
        await_(lambda: table(rig) >= LIVE, "the flows to be in the kernel's table", 60)
        # Their start records are no part of it.
        time.sleep(20)
        (meter, _, netd), span, _ = used(rig, seconds)
        alive = table(rig)
        checkpoints = span / 5
        each = (meter + netd - (idle[0] + idle[2]) * span) / checkpoints * 1000
        return [Row(f"checkpoint of {alive:,} live flows", f"{each:.0f} ms of processor (meter thread {meter / checkpoints * 1000:.0f}, fieldgate-netd "
                    f"{netd / checkpoints * 1000:.0f}), every one changed", "≤ 60 ms", alive >= LIVE and each <= 60)]
