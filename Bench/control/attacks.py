"""Attacks on remote control, each against a whole gateway with a moving machine, and what came of it.

Judged by the simulator's own clock and log. The console numbers its frames in an axis (bucket, by thousandths), so that
every write at the machine is known by the frame that brought it. Run by Scripts/control-report, which describes it.
"""
import json
import os
import struct
import subprocess
import threading
import time

from console import Console, Keys, Refused, mac, now_us, STOP
from rig import MACHINE, Rig

FRESH_MS = 200


class Numbered(Console):
    """Numbers its frames in the bucket's axis while it drives."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.born = {}
        self.change = self.number

    def number(self, fields):
        if fields["axes"][0] != 0 and fields["flags"] & 1:
            fields["axes"][3] = fields["sequence"] % 1000
            self.born[fields["sequence"]] = fields["sent"] * 1000
        return fields


class Run:
    """One attack's run: a console in motion, and what the machine's log says afterwards."""

    def __init__(self, rig, direct=True, name="anna"):
        self.rig = rig
        self.console = rig.console(name, direct=direct, kind=Numbered)
        self.direct = direct
        self.notes = {}
        self.death = None

    def arm(self):
        for _ in range(3):
            reply = self.console.claim()
            if reply["op"] == "granted":
                break
            time.sleep(1)
        if reply["op"] != "granted":
            raise Refused(f"not granted: {reply}")
        if self.console.sending is None:
            self.console.start()
        self.console.until("ARMED", 10)

    def drive(self, seconds=1.2):
        self.console.drive((700, 0, 0, 0))
        time.sleep(seconds)
        self.rig.sim("drives", "reset")
        time.sleep(0.4)
        self.began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def finish(self):
        """Rest, and the machine free for the next attack."""
        self.result = self.judge()
        console = self.console
        console.silent = False
        console.enable, console.axes, console.ack = False, [0] * 8, 0
        end = time.time() + 14
        while time.time() < end:
            phase = console.public.phase if hasattr(console, "public") else "?"
            if phase == "IDLE":
                break
            console.flags = 4
            if console.state is not None and phase == "SAFE_STOP":
                console.ack = console.state.stop
            if phase == "LOCKED":
                chief = self.rig.console("sup", kind=Console)
                chief.claim("unlock")
                chief.close()
                self.rig.consoles.remove(chief)
                time.sleep(0.5)
            time.sleep(0.1)
        console.close()
        self.rig.consoles.remove(console)
        return self.result

    def judge(self):
        log = self.rig.sim("drives")
        stops = [s for s in self.rig.sim("stops")["stops"] if s["t_ns"] >= self.began]
        rows = log["drives"]
        wrong, late, last, applied_at = 0, 0.0, 0, {}
        counter = None
        for t, epoch, stop, count, enable, travel, steer, boom, bucket, applied in rows:
            fed, counter = count != counter, count
            if not applied or not enable or travel == 0 or not fed or self.console.epoch != epoch:
                continue
            mark = round(bucket * 10) % 1000
            sequence = last - last % 1000 + mark
            if sequence < last - 500:
                sequence += 1000
            if last == 0:
                sequence = next((s for s in self.console.born if s % 1000 == mark and abs(self.console.born[s] - t) < 2e9), mark)
            if sequence not in self.console.born:
                continue
            age = (t - self.console.born[sequence]) / 1e6
            if sequence <= last or age > FRESH_MS + 20:
                wrong += 1
            late = max(late, age)
            last = max(last, sequence)
            applied_at[sequence] = t
        result = {"wrong": wrong, "oldest_ms": round(late, 1), "stops": len(stops), "causes": sorted({s["cause"] for s in stops})}
        first = next((s for s in stops if s["cause"] != "command"), stops[0] if stops else None)
        if first and last:
            result["fresh_ms"] = round((first["t_ns"] - self.console.born[last]) / 1e6, 1)
            result["metres"] = first.get("metres")
        if first and self.death:
            result["death_ms"] = round((first["t_ns"] - self.death) / 1e6, 1)
        return result | self.notes

    def phase(self):
        return self.console.public.phase


# The attacks. Each gets a run whose machine moves, does its worst, and returns whether what must hold held.


def silence(run):
    run.console.silent = True
    time.sleep(1.2)
    return run.phase() == "SAFE_STOP"


def gateway_killed(run):
    run.death = run.rig.kill("gateway")
    time.sleep(1.5)
    run.rig.start_gateway()
    time.sleep(1.5)
    return run.phase() == "LOCKED"


def gateway_frozen(run):
    run.death = run.rig.freeze("gateway")
    time.sleep(1.5)
    run.rig.thaw("gateway")
    time.sleep(0.7)
    return run.phase() in ("SAFE_STOP", "LOCKED")


def broker_frozen(run):
    run.death = run.rig.freeze("broker")
    time.sleep(1.5)
    run.rig.thaw("broker")
    time.sleep(1)
    return True


def broker_restarted(run):
    run.death = run.rig.kill("broker")
    time.sleep(1)
    run.rig.start_broker()
    time.sleep(3)
    return True


def machine_cut(run):
    """Packets to the machine vanish, as when its cable is pulled."""
    port = run.rig.port
    rules = f"table inet cut {{\n chain out {{\n type filter hook output priority 0\n tcp dport {port} drop\n tcp sport {port} drop\n }}\n}}\n"
    run.death = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)
    time.sleep(1.5)
    subprocess.run(["nft", "delete", "table", "inet", "cut"], check=True)
    time.sleep(2)
    return run.phase() in ("SAFE_STOP", "LOCKED")


def fault(*words):
    def attack(run):
        run.death = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        run.rig.sim("fault", *words, "for", "1500ms")
        time.sleep(3)
        return run.phase() in ("SAFE_STOP", "LOCKED", "DEGRADED", "ARMED", "ACTIVE")
    return attack


def replay(run):
    frames = [sealed for _, _, sealed in run.console.sent[-300:]]
    before = run.console.state.rejects
    for sealed in frames:
        run.console.publish("cmd", sealed)
    time.sleep(0.3)
    run.notes["rejected"] = run.console.state.rejects - before
    held = run.phase() == "ACTIVE"
    run.console.stop()
    run.console.silent = True
    time.sleep(0.2)
    for sealed in frames + [sealed for _, _, sealed in run.console.sent[-20:]]:
        run.console.publish("cmd", sealed)
    time.sleep(0.5)
    return held and run.phase() == "SAFE_STOP" and run.notes["rejected"] >= len(frames)


def old_epoch(run):
    """The holder of before goes on sending after a forced take-over."""
    chief = run.rig.console("sup", direct=True, kind=Console)
    chief.start()
    chief.claim("force")
    chief.replies.clear()
    end = time.time() + 8
    reply = chief.reply(8)
    chief.note(reply)
    chief.until("ARMED", 10)
    moving = run.rig.sim("status")["values"]["RemoteSpeed"]
    run.notes["taken_over_s"] = round(8 - (end - time.time()), 1)
    held = reply["op"] == "granted" and abs(moving) < 0.01
    chief.flags = 4
    time.sleep(0.5)
    chief.close()
    run.rig.consoles.remove(chief)
    return held


def second_console(run):
    other = run.rig.console("bert", kind=Console)
    reply = other.claim()
    other.close()
    run.rig.consoles.remove(other)
    return reply["op"] == "refused" and reply["reason"] == "held" and run.phase() == "ACTIVE"


def forced_by_operator(run):
    other = run.rig.console("bert", kind=Console)
    reply = other.claim("force")
    other.close()
    run.rig.consoles.remove(other)
    return reply.get("reason") == "role_forbids" and run.phase() == "ACTIVE"


def wrong_key(run):
    other = run.rig.console("bert", kind=Console)
    other.operator = "sup"
    reply = other.claim("force", key=Keys())
    other.operator = "nobody"
    stranger = other.claim()
    other.close()
    run.rig.consoles.remove(other)
    return reply.get("reason") == "bad_signature" and stranger.get("reason") == "unknown_operator" and run.phase() == "ACTIVE"


def bit_flips(run):
    before = run.console.state.rejects
    sealed = bytearray(run.console.sent[-1][2])
    for place in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[place // 8] ^= 1 << place % 8
        run.console.publish("cmd", bytes(flipped))
    time.sleep(0.5)
    run.notes["rejected"] = run.console.state.rejects - before
    return run.phase() == "ACTIVE" and run.notes["rejected"] >= len(sealed) * 8


def flood(run):
    end, sent = time.time() + 2, 0
    while time.time() < end:
        run.console.publish("cmd", os.urandom(116))
        sent += 1
        if sent % 20 == 0:
            time.sleep(0.002)
    run.notes["sent"] = sent
    time.sleep(1.5)
    return run.phase() in ("ACTIVE", "DEGRADED")


def too_fast(run):
    run.console.period = 0.002
    time.sleep(1)
    run.console.period = 0.02
    time.sleep(0.2)
    return run.phase() in ("ACTIVE", "DEGRADED") and run.console.state.rejects > 100


def retained(run):
    before = run.console.state.rejects
    run.console.publish("cmd", run.console.sent[-1][2], retain=True)
    time.sleep(0.3)
    run.notes["rejected"] = run.console.state.rejects - before
    run.console.publish("cmd", b"", retain=True)
    return run.phase() == "ACTIVE" and run.notes["rejected"] >= 1


def lying_echo(run):
    old = run.console.state
    time.sleep(0.6)
    run.console.by_broker = run.console.by_direct = False
    time.sleep(0.03)
    results = []
    for changes in [dict(echo_time=run.console.state.time + 5000), dict(echo_sequence=run.console.state.sequence + 10),
                    dict(echo_time=old.time, echo_sequence=old.sequence), dict(echo_time=run.console.state.time, echo_sequence=old.sequence)]:
        before = run.console.state.rejects
        run.console.by_broker = True
        run.console.send(**changes)
        run.console.by_broker = False
        time.sleep(0.05)
        results.append(run.console.state.rejects > before)
    run.console.by_broker = run.console.by_direct = True
    return all(results)


def frozen_echo(run):
    """A console that sends punctually, and never looks at a state again."""
    state = run.console.state
    run.console.change = lambda f: run.console.number(f | dict(echo_time=state.time, echo_sequence=state.sequence))
    time.sleep(1)
    run.console.change = run.console.number
    return run.phase() == "SAFE_STOP"


def suspended_console(run):
    """What a console made before it was suspended arrives in a burst when it goes on."""
    run.console.by_broker = run.console.by_direct = False
    time.sleep(1)
    for _, _, sealed in run.console.sent[-50:]:
        run.console.publish("cmd", sealed)
    time.sleep(0.3)
    run.console.silent = True
    run.console.by_broker = run.console.by_direct = True
    return run.phase() == "SAFE_STOP"


def stuck_enable(run):
    """After a stop and its acknowledgement, enable was never let go."""
    run.console.stop()
    run.console.until("SAFE_STOP")
    run.console.axes = [0] * 8
    time.sleep(2.5)
    run.console.ack = run.console.state.stop
    run.console.until("ARMED")
    run.console.ack = 0
    time.sleep(1)
    run.console.axes = [700] + [0] * 7
    time.sleep(0.5)
    return run.phase() == "ARMED"


def signed_stop(run):
    """By somebody who may do nothing else."""
    key = run.rig.keys["stopper"]
    from console import sha256
    body = STOP.pack(1, 5, 0, run.console.epoch, int.from_bytes(os.urandom(8), "big"))
    body += sha256(bytes.fromhex(key.public))[:8]
    topic = run.console.root + "stop"
    message = body + key.key.sign(f"fg-stop/1 {topic} ".encode() + body)
    at = now_us()
    run.console.publish("stop", message, qos=1)
    time.sleep(0.3)
    stops = [s for s in run.rig.sim("stops")["stops"] if s["t_ns"] >= run.began]
    if stops:
        run.notes["stop_ms"] = round((stops[0]["t_ns"] / 1000 - at) / 1000, 2)
    return run.phase() == "SAFE_STOP"


def stop(run):
    at = run.console.stop()
    run.console.silent = True
    time.sleep(0.4)
    stops = [s for s in run.rig.sim("stops")["stops"] if s["t_ns"] >= run.began]
    if stops:
        run.notes["stop_ms"] = round((stops[0]["t_ns"] / 1000 - at) / 1000, 2)
    return bool(stops) and run.phase() == "SAFE_STOP"


def emergency_stop(run):
    run.rig.sim("set", "EmergencyStop", "on")
    time.sleep(0.5)
    held = run.phase() == "LOCKED"
    run.rig.sim("set", "EmergencyStop", "off")
    return held


def local_operator(run):
    run.rig.sim("set", "LocalKey", "on")
    time.sleep(3.5)
    held = run.phase() == "IDLE"
    run.rig.sim("set", "LocalKey", "off")
    time.sleep(0.7)
    return held


def hog(run):
    """Four programs that take all the processor time they get."""
    hogs = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(4)]
    time.sleep(3)
    phase = run.phase()
    for one in hogs:
        one.kill()
        one.wait()
    run.notes["phase"] = phase
    return True


def suspend(run):
    """The gateway's control group is frozen: what a suspend is to a process."""
    group = f"/sys/fs/cgroup/freezer/fieldgate-{os.getpid()}"
    os.makedirs(group, exist_ok=True)
    with open(f"{group}/cgroup.procs", "w") as file:
        file.write(str(run.rig.pid("gateway")))
    run.death = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    write(f"{group}/freezer.state", "FROZEN")
    time.sleep(1.5)
    write(f"{group}/freezer.state", "THAWED")
    time.sleep(0.7)
    write("/sys/fs/cgroup/freezer/cgroup.procs", str(run.rig.pid("gateway")))
    os.rmdir(group)
    return run.phase() in ("SAFE_STOP", "LOCKED")


def disk_full(run):
    """A stop acts all the same; nobody is armed until there is room, and then the trail has it all."""
    filler = run.rig.folder / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65536))
        except OSError:
            pass
    time.sleep(0.5)
    at = run.console.stop()
    run.console.until("SAFE_STOP")
    stops = [s for s in run.rig.sim("stops")["stops"] if s["t_ns"] >= run.began]
    run.notes["stop_ms"] = round((stops[0]["t_ns"] / 1000 - at) / 1000, 2) if stops else None
    run.console.enable, run.console.axes = False, [0] * 8
    time.sleep(2.5)
    run.console.silent = True
    time.sleep(3)
    other = run.rig.console("bert", kind=Console)
    refused = other.claim()
    filler.unlink()
    time.sleep(1.5)
    granted = other.claim()
    other.close()
    run.rig.consoles.remove(other)
    run.notes["full"] = refused.get("reason")
    trail = (run.rig.folder / "spool/control/audit.jsonl").read_text()
    return refused.get("reason") == "not_stored" and granted["op"] == "granted" and '"cause":"stopped"' in trail


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def clock_steps(run):
    """The wall clock of the gateway jumps by an hour and back; Bench/control/clock_step.c stands before it."""
    for offset in (3600, -3600, 0):
        with open(run.rig.folder / "clock", "r+b") as clock:
            clock.write(struct.pack("l", offset))
        time.sleep(1)
    trail = [json.loads(line)["at"] for line in (run.rig.folder / "spool/control/audit.jsonl").read_text().splitlines()]
    run.notes["records"] = len(trail)
    return run.phase() == "ACTIVE"


def link(*words, wait=2.0, death=False):
    def attack(run):
        if death:
            run.death = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        for word in words:
            run.rig.link(*word.split())
        time.sleep(wait)
        run.notes["phase"] = run.phase()
        run.notes["loss"] = run.console.state.loss if run.console.state else None
        return True
    return attack


LOOPBACK = [
    ("the console falls silent", silence, {}),
    ("stop by the console", stop, {}),
    ("stop by a stop-only key", signed_stop, {}),
    ("gateway: kill -9", gateway_killed, {}),
    ("gateway: SIGSTOP, SIGCONT 1.5 s later", gateway_frozen, {}),
    ("gateway: frozen by its control group", suspend, {}),
    ("machine's cable pulled", machine_cut, {}),
    ("machine never answers", fault("silent"), {}),
    ("machine answers 200 ms late", fault("slow", "200ms"), {}),
    ("machine answers with exception 4", fault("exception", "4"), {}),
    ("machine's read-back is stuck", fault("stuck"), {}),
    ("broker frozen, MQTT only", broker_frozen, {"direct": False}),
    ("broker killed and restarted, MQTT only", broker_restarted, {"direct": False}),
    ("broker killed and restarted, direct path", broker_restarted, {}),
    ("replay of 300 frames, in motion and after a stop", replay, {}),
    ("former holder goes on after a take-over", old_epoch, {}),
    ("a second console claims", second_console, {}),
    ("an operator tries to take over by force", forced_by_operator, {}),
    ("wrong key, unknown operator", wrong_key, {}),
    ("every bit of a frame flipped", bit_flips, {}),
    ("flood of rubbish", flood, {}),
    ("500 valid frames a second", too_fast, {}),
    ("retained command", retained, {}),
    ("echoes that were never sent", lying_echo, {}),
    ("console that echoes an old state for ever", frozen_echo, {}),
    ("console suspended, its frames arrive in a burst", suspended_console, {}),
    ("enable stuck on over a stop", stuck_enable, {}),
    ("emergency stop at the machine", emergency_stop, {}),
    ("a local operator", local_operator, {}),
    ("four processor hogs", hog, {}),
    ("disk full", disk_full, {"tmpfs": True}),
]

CLOCK = [("wall clock steps by ±1 h", clock_steps, {})]

LINKS = [
    ("loss 0.1 %", link("path a set loss 0.1%", wait=3), {}),
    ("loss 1 %", link("path a set loss 1%", wait=3), {}),
    ("loss 5 %", link("path a set loss 5%", wait=3), {}),
    ("loss 20 %", link("path a set loss 20%", wait=3), {}),
    ("burst of 50 ms", link("path a outage 50ms"), {}),
    ("burst of 150 ms", link("path a outage 150ms"), {}),
    ("burst of 300 ms", link("path a outage 300ms"), {}),
    ("burst of 1 s", link("path a outage 1s", wait=3), {}),
    ("burst of 3 s", link("path a outage 3s", wait=5), {}),
    ("hand-over", link("path a handover"), {}),
    ("delay from 15 to 500 ms", link("path a set delay 250ms", wait=1.5), {}),
    ("reordering and doubles, 10 % each", link("path a set reorder 10%", "path a set duplicate 10%", wait=3), {}),
    ("silent black hole", link("path a dead on", wait=2, death=True), {}),
]

TWO_PATHS = [
    ("one of two paths out for 3 s", link("path a outage 3s", wait=4), {}),
    ("both paths out for 1 s", link("path a outage 1s", "path b outage 1s", wait=3), {}),
]
