"""One part of the benchmarks of remote control; prints one line of JSON.

    measure.py loopback WAY WHO   a frame's way through the chain under load: WAY broker | direct, WHO fieldgate | c | c-fifo
    measure.py link WAY PROFILE   console to register through an emulated radio link (root)
    measure.py stops WAY          from a stop to the safe state's write: WAY broker | both
    measure.py outage             two paths, one dead for 3 s, in turn (root)

Scripts/bench-control runs them all; `--seconds`, `--count` and `--processor` as there.
"""
import argparse
import json
import os
import random
import socket
import sys
import threading
import time

from pilot import PERIOD, Broker, Pilot, ahead_of_the_chain, axes, boottime, latency, schedule, sleep_until, summary
from rig import MACHINE, ROOT, Rig, free_port, tool
from console import COMMAND

FLOOR_TOPIC = f"fg/v1/floor/ctl/{MACHINE}/cmd"


def camera(rig):
    port = free_port(socket.SOCK_DGRAM)
    fieldsim = tool("fieldsim")
    rig.spawn("receiver", [fieldsim, "camera", "--receive", str(port), "--bind", "127.0.0.1"])
    rig.spawn("camera", [fieldsim, "camera", "--to", f"127.0.0.1:{port}", "--rate", "4Mbit/s"])


def stolen():
    """Share of the processors' time since boot that the host gave to others, in ticks."""
    return int(open("/proc/stat").readline().split()[8])


# A frame's way through the chain


def loopback(options):
    count = int(options.seconds * 50)
    with Rig(fleet=10, priority=55) as rig:
        if options.who == "fieldgate":
            rig.start()
            camera(rig)
            time.sleep(3)
            result = through_gateway(rig, options.way, count)
        else:
            rig.start_broker()
            rig.start_machine()
            camera(rig)
            bench = ROOT / "Bench/build"
            rig.spawn("poll", [str(bench / "floor_poll"), "--port", str(rig.fleet_port), "--broker-port", str(rig.broker_port),
                               "--seconds", "86400", "--skip", "0"])
            result = through_callback(rig, options, count, str(bench / "floor_control"))
        result["polled"] = polled(rig)
    return result


def polled(rig):
    """What the fleet saw of the polling."""
    report = rig.ask("fleet", "report")
    assert report["requests"] > 0, f"nothing was polled, see {rig.log('poll')}"
    return {name: report[name] for name in ("requests", "elapsed_s") if name in report}


def through_gateway(rig, way, count):
    direct = way == "direct"
    console = rig.console("anna", direct=direct)
    take(console)
    with rig.namespace("cloud"):
        pilot = Pilot(console, rig.broker_host, rig.broker_port, broker=not direct, direct=direct)
    ahead_of_the_chain()
    rig.sim("drives", "reset")
    complete = pilot.run(count, patience=count / 50 + 60 if rig.paths else None)
    sleep_until(boottime() + 500_000_000)
    if not pilot.intended and not rig.paths:
        raise SystemExit(f"never in motion: {pilot.phases}; {rig.log('gateway').read_text()[-2000:]}")
    result = latency(pilot.intended, pilot.sent, pilot.arrivals(rig.sim("drives")["drives"]))
    phases = [phase for _, phase, _ in pilot.phases]
    why = None if complete else [reply.get("detail", reply.get("reason")) for reply in console.replies] or phases[-1:]
    return result | {"complete": complete, "ended": why, "safe_stops": phases.count("SAFE_STOP"), "degraded": phases.count("DEGRADED")}


def through_callback(rig, options, count, program):
    fifo = ["--fifo", "49"] if options.who == "c-fifo" else []
    command = [program, "--port", str(rig.port), "--broker-port", str(rig.broker_port), "--topic", FLOOR_TOPIC, *fifo]
    if options.way == "direct":
        port = free_port(socket.SOCK_DGRAM)
        rig.spawn("floor", [*command, "--udp", str(port)])
        sock, target = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ("127.0.0.1", port)
    else:
        rig.spawn("floor", command)
        broker = Broker("127.0.0.1", rig.broker_port, "floor-pilot")
        sock, target = broker.socket, None
    time.sleep(3)
    ahead_of_the_chain()
    # The first arms; it is not measured.
    intended, sent = {}, {}
    for which, moment in enumerate(schedule(count + 1, boottime() + PERIOD)):
        body = COMMAND.pack(1, 1, 1, 0, 1, 1, which, 0, 0, 0, 0, 200, 50, 0, 0, *axes(which), 0)
        data = bytes(15) + body + bytes(16) if target else broker.publication(FLOOR_TOPIC, body + bytes(32))
        sleep_until(moment)
        left = boottime()
        sock.sendto(data, target) if target else sock.sendall(data)
        if which > 0:
            intended[which], sent[which] = moment, left
    sleep_until(boottime() + 500_000_000)
    drives = rig.sim("drives")
    arrivals = Pilot.arrivals(argparse.Namespace(intended=intended), drives["drives"])
    return latency(intended, sent, arrivals) | {"applied": drives["applied"]}


# Through a radio link


def link(options):
    count = int(options.seconds * 50)
    # The edge's round trips are above what arming allows by default.
    limits = {"round_trip": "250ms"} if options.who == "5g-edge" else None
    with Rig(paths={"a": options.who}, limits=limits, priority=55) as rig:
        rig.start()
        result = through_gateway(rig, options.way, count)
        result["emulator"] = emulator(rig)
    return result


def emulator(rig):
    """How late packets were released, at worst over paths and directions: what tells a disturbed run."""
    errors = [path[way]["release_error"] for path in rig.link("stats")["paths"].values() for way in ("up", "down")]
    return {name: max(error[name] for error in errors) for name in ("p99_us", "max_us")}


# Stops


def stops(options):
    sys.setswitchinterval(0.0005)
    dice, sent, both = random.Random(2), [], options.way == "both"
    with Rig(fleet=10, priority=55) as rig:
        rig.start()
        ahead_of_the_chain(threads=True)
        console, supervisor = rig.console("anna", direct=both), rig.console("sup")
        console.by_direct = both
        take(console)
        console.start()
        while len(sent) < options.count:
            console.until("ARMED")
            console.drive((300, 0, 0, 0))
            time.sleep(dice.uniform(0.05, 0.15))
            sent.append(console.stop() * 1000)
            console.until(["SAFE_STOP", "LOCKED"])
            console.enable, console.axes = False, [0] * 8
            time.sleep(0.15)
            again(console, supervisor)
        record = rig.sim("stops")["stops"]
    waits = list(waits_of(sent, record))
    return summary(waits) | {"sent": len(sent), "not_written": len(sent) - len(waits)}


def waits_of(sent, record):
    for at in sent:
        follows = [stop["t_ns"] - at for stop in record if stop["cause"] == "safe" and 0 <= stop["t_ns"] - at < 500_000_000]
        if follows:
            yield follows[0]


def take(console):
    """On a bad link an answer may come too late: claimed again, a few times."""
    for _ in range(10):
        granted = console.claim()
        if granted["op"] == "granted":
            return
    raise SystemExit(f"not granted: {granted}")


def again(console, supervisor):
    """Acknowledged, or after each third stop unlocked and claimed anew."""
    if console.state.phase == "LOCKED":
        assert supervisor.claim("unlock")["op"] == "granted"
        end = time.monotonic() + 10
        while console.public.phase != "IDLE" and time.monotonic() < end:
            time.sleep(0.02)
        return take(console)
    console.ack = console.state.stop
    console.until("ARMED")
    console.ack = 0


# One path of two dead


def outage(options):
    rounds, dead = options.count, []
    with Rig(paths={"a": "5g-sa-slice", "b": "5g-sa-slice"}, priority=55) as rig:
        rig.start()
        console = rig.console("anna", direct=True)
        take(console)
        with rig.namespace("cloud"):
            pilot = Pilot(console, rig.broker_host, rig.broker_port, broker=True, direct=True)

        def break_paths():
            while pilot.phase != "ACTIVE":
                time.sleep(0.05)
            time.sleep(3)
            for number in range(rounds):
                path = "ab"[number % 2]
                rig.link("path", path, "dead", "on")
                begin = boottime()
                time.sleep(3)
                rig.link("path", path, "dead", "off")
                dead.append((path, begin, boottime()))
                time.sleep(3)

        thread = threading.Thread(target=break_paths)
        thread.start()
        ahead_of_the_chain()
        rig.sim("drives", "reset")
        complete = pilot.run(int((3 + rounds * 6.1) * 50), spread=0, patience=rounds * 6.1 + 15)
        thread.join()
        drives = rig.sim("drives")["drives"]
        late = emulator(rig)
        stops = [stop["cause"] for stop in rig.sim("stops")["stops"]]
    moving = [drive[0] for drive in drives if drive[9] and drive[4]]
    gaps = [(before, after - before) for before, after in zip(moving, moving[1:])]
    within = [max(gap for at, gap in gaps if begin - 100_000_000 < at < end + 1_000_000_000) for _, begin, end in dead]
    outside = [gap for at, gap in gaps if not any(begin - 100_000_000 < at < end + 1_000_000_000 for _, begin, end in dead)]
    phases = [phase for _, phase, _ in pilot.phases]
    return {
        "complete": complete, "rounds": rounds, "longest_gap_ms": [round(gap / 1e6, 2) for gap in within],
        "worst_ms": round(max(within) / 1e6, 2), "otherwise_worst_ms": round(max(outside) / 1e6, 2),
        "all": summary([gap for _, gap in gaps]), "safe_stops": phases.count("SAFE_STOP"), "degraded": phases.count("DEGRADED"), "machine_stops": stops, "emulator": late,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["loopback", "link", "stops", "outage"])
    parser.add_argument("way", nargs="?")
    parser.add_argument("who", nargs="?")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--processor", type=int, help="everything on this one")
    options = parser.parse_args()
    if options.processor is not None:
        os.sched_setaffinity(0, {options.processor})
    load, before, began = os.getloadavg()[0], stolen(), time.monotonic()
    result = {"loopback": loopback, "link": link, "stops": stops, "outage": outage}[options.part](options)
    result["load_before"] = round(load, 2)
    result["stolen_percent"] = round((stolen() - before) / os.sysconf("SC_CLK_TCK") / os.cpu_count() / (time.monotonic() - began) * 100, 2)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
