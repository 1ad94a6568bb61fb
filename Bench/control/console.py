"""A console of remote control, written from Docs/control-wire.md and sharing no code with the product.

It is what attacks are made of: every frame can be changed before it is sealed, or after.
"""
import json
import os
import socket
import struct
import threading
import time

import paho.mqtt.client as mqtt
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PHASES = ["IDLE", "REQUESTED", "ARMED", "ACTIVE", "DEGRADED", "SAFE_STOP", "LOCKED"]
COMMAND = struct.Struct(">BBBBIQQQQIIHHIQ8hI")
STATE = struct.Struct(">BBBBIQQQIIIIIIHH4HHBB8h8h")
STOP = struct.Struct(">BB2xIQQ")
assert (COMMAND.size, STATE.size, STOP.size) == (84, 104, 24)


def now_us():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


class Keys:
    """Ed25519 keys and signed documents for a test."""

    def __init__(self, secret=None):
        self.key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)) if secret else Ed25519PrivateKey.generate()

    @property
    def secret(self):
        return self.key.private_bytes_raw().hex()

    @property
    def public(self):
        return self.key.public_key().public_bytes_raw().hex()

    def document(self, content):
        text = json.dumps(content)
        return json.dumps({"content": text, "signature": self.key.sign(b"fg-document/1 " + text.encode()).hex()})


def sha256(data):
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()


def mac(key, topic, body):
    code = hmac.HMAC(key, hashes.SHA256())
    code.update(topic.encode() + b"\0" + body)
    return code.finalize()


def derive(secret, salt, label, length):
    return HKDF(hashes.SHA256(), length, salt, f"fg-ctl/1 {label}".encode()).derive(secret)


def part(data):
    return struct.pack(">I", len(data)) + data


class State:
    def __init__(self, body):
        fields = STATE.unpack(body)
        (_, _, phase, cause, self.session, self.epoch, self.time, self.last_command, self.sequence, self.stop, self.age,
         self.rtt_p50, self.rtt_p99, self.rejects, self.flags, self.loss) = fields[:16]
        self.phase = PHASES[phase]
        self.cause = cause
        self.loss_of_path = fields[16:20]
        self.cap, self.last_reject = fields[20], fields[21]
        self.written, self.read_back = fields[23:31], fields[31:39]
        self.arrived = now_us()


class Refused(Exception):
    pass


class Console:
    """Takes the machine and sends frames from a thread of its own until `close`."""

    def __init__(self, port, gateway, machine, operator, key, machine_key, host="127.0.0.1", direct=None, name=None):
        self.gateway, self.machine, self.operator, self.key = gateway, machine, operator, key
        self.machine_key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(machine_key))
        self.root = f"fg/v1/{gateway}/ctl/{machine}/"
        self.period, self.enable, self.axes, self.ack, self.flags, self.video = 0.02, False, [0] * 8, 0, 0, 50
        self.lifetime, self.by_broker, self.by_direct = 200, True, True
        self.sequence, self.session, self.epoch, self.profile = 0, 0, 0, 0
        self.state, self.states, self.sent, self.last_sent_us = None, [], [], 0
        self.change = lambda frame: frame
        self.stopping, self.sending, self.replies = False, None, []
        self.event = threading.Event()
        self.lock = threading.Lock()
        self.direct = []
        self.paths = {}
        for address in direct or []:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((address, 0))
            self.direct.append(sock)
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name or f"console-{os.urandom(4).hex()}", protocol=mqtt.MQTTv5)
        self.client.on_message = self.receive
        ready = threading.Event()
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_connect = lambda *_: self.client.subscribe([(self.root + "rsp", 1), (self.root + "state", 0)])
        self.client.connect(host, port, 30)
        self.client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client.loop_start()
        assert ready.wait(10), "the broker does not answer"

    # Claiming

    def claim(self, purpose="drive", wait=5.0, key=None):
        """Returns the reply that ends the handshake: granted, waiting or refused."""
        self.replies.clear()
        own, nonce = X25519PrivateKey.generate(), os.urandom(16)
        public = own.public_key().public_bytes_raw()
        addresses = ["%s:%d" % sock.getsockname() for sock in self.direct]
        self.correlation = nonce
        self.ask({"op": "hello", "for": purpose, "operator": self.operator, "key": public.hex(), "nonce": nonce.hex(), "direct": addresses})
        offer = self.reply(wait)
        if offer["op"] != "offer":
            return offer
        plate = offer["nameplate"].encode()
        document = json.loads(plate)
        self.machine_key.verify(bytes.fromhex(document["signature"]), b"fg-document/1 " + document["content"].encode())
        self.nameplate = json.loads(document["content"])
        self.profile = int(self.nameplate["profile"], 16)
        texts = ["fg-ctl/1", purpose, self.gateway, self.machine, self.operator, offer["role"]]
        other = bytes.fromhex(offer["key"])
        pieces = [t.encode() for t in texts] + [public, other, nonce, bytes.fromhex(offer["nonce"]), sha256(plate)]
        pieces += [struct.pack(">Q", offer["epoch"]), struct.pack(">I", offer["session"]), struct.pack(">I", len(addresses))]
        pieces += [a.encode() for a in addresses]
        transcript = sha256(b"".join(part(p) for p in pieces))
        self.machine_key.verify(bytes.fromhex(offer["signature"]), b"fg-ctl/1 gateway " + transcript)
        secret = own.exchange(X25519PublicKey.from_public_bytes(other))
        self.keys = {label: derive(secret, transcript, label, 12 if label.startswith("salt") else 32) for label in
                     ["mqtt to gateway", "mqtt to console", "direct to gateway", "direct to console", "salt to gateway", "salt to console"]}
        self.tag, self.counter, self.newest_counter = transcript[:4], 0, 0
        self.session, self.sequence = offer["session"], 0
        signature = (key or self.key).key.sign(b"fg-ctl/1 console " + transcript)
        self.ask({"op": "take", "session": offer["session"], "signature": signature.hex()})
        reply = self.reply(wait)
        self.note(reply)
        return reply

    def note(self, reply):
        if reply["op"] == "granted":
            self.epoch = reply["epoch"]
            self.state = None

    def ask(self, document):
        properties = Properties(PacketTypes.PUBLISH)
        properties.ResponseTopic = self.root + "rsp"
        properties.CorrelationData = self.correlation
        properties.MessageExpiryInterval = 2
        self.client.publish(self.root + "req", json.dumps(document), qos=1, properties=properties)

    def reply(self, wait=5.0):
        end = time.time() + wait
        while time.time() < end:
            with self.lock:
                if self.replies:
                    return self.replies.pop(0)
            time.sleep(0.005)
        return {"op": "silence"}

    # Receiving

    def receive(self, client, data, message):
        if message.topic == self.root + "rsp":
            if getattr(message.properties, "CorrelationData", None) == getattr(self, "correlation", b""):
                with self.lock:
                    self.replies.append(json.loads(message.payload))
        elif message.topic == self.root + "state" and len(message.payload) == STATE.size + 32:
            body, code = message.payload[:STATE.size], message.payload[STATE.size:]
            self.public = State(body)
            if hasattr(self, "keys") and mac(self.keys["mqtt to console"], message.topic, body) == code:
                self.take(State(body), "mqtt")

    def take(self, state, way):
        with self.lock:
            if self.state is None or state.sequence > self.state.sequence:
                self.state = state
                self.states.append((state.arrived, way, state))

    def receive_direct(self):
        while not self.stopping:
            for sock in self.direct:
                sock.settimeout(0.01)
                try:
                    packet, source = sock.recvfrom(2048)
                except (TimeoutError, OSError):
                    continue
                self.take_packet(sock, packet, source)

    def take_packet(self, sock, packet, source):
        if packet[3:7] != self.tag or packet[1:3] != b"\0\0":
            return
        counter = struct.unpack(">Q", packet[7:15])[0]
        salt = self.keys["salt to console"]
        nonce = salt[:4] + bytes(a ^ b for a, b in zip(salt[4:], packet[7:15]))
        try:
            body = ChaCha20Poly1305(self.keys["direct to console"]).decrypt(nonce, packet[15:], packet[:15])
        except Exception:
            return
        if counter <= self.newest_counter:
            return
        self.newest_counter = counter
        if body[1] == 3:
            self.take(State(body), "direct")
        elif body[1] == 4:
            self.paths[body[2]] = (sock, source)

    # Sending

    def start(self):
        if self.direct:
            threading.Thread(target=self.receive_direct, daemon=True).start()
        self.sending = threading.Thread(target=self.send_all, daemon=True)
        self.sending.start()

    def send_all(self):
        next_at = time.monotonic()
        while not self.stopping:
            next_at += self.period
            time.sleep(max(0, next_at - time.monotonic()))
            if self.state is not None and not getattr(self, "silent", False):
                self.send()

    def frame(self, **changes):
        with self.lock:
            state = self.state
        self.sequence += 1
        fields = dict(version=1, kind=1, flags=self.flags | (1 if self.enable else 0), zero=0, session=self.session,
                      epoch=self.epoch, sequence=self.sequence, sent=now_us(), echo_time=state.time,
                      echo_sequence=state.sequence, hold=now_us() - state.arrived, lifetime=self.lifetime,
                      video=0xFFFF if self.video is None else self.video, ack=self.ack, profile=self.profile,
                      axes=list(self.axes), buttons=0)
        fields.update(changes)
        fields = self.change(fields) or fields
        values = [fields[k] for k in ["version", "kind", "flags", "zero", "session", "epoch", "sequence", "sent", "echo_time",
                                      "echo_sequence", "hold", "lifetime", "video", "ack", "profile"]]
        return COMMAND.pack(*values, *fields["axes"], fields["buttons"])

    def send(self, body=None, **changes):
        body = body or self.frame(**changes)
        self.last_sent_us = now_us()
        sealed = body + mac(self.keys["mqtt to gateway"], self.root + "cmd", body)
        if self.by_broker:
            self.client.publish(self.root + "cmd", sealed, qos=0)
        if self.by_direct:
            self.send_direct(body)
        self.sent.append((self.last_sent_us, body, sealed))
        return sealed

    def packet(self, body):
        self.counter += 1
        header = struct.pack(">BH4sQ", 1, 0, self.tag, self.counter)
        salt = self.keys["salt to gateway"]
        nonce = salt[:4] + bytes(a ^ b for a, b in zip(salt[4:], header[7:15]))
        return header + ChaCha20Poly1305(self.keys["direct to gateway"]).encrypt(nonce, body, header)

    def send_direct(self, body):
        if not self.paths:
            return
        packet = self.packet(body)
        for sock, target in list(self.paths.values()):
            sock.sendto(packet, target)

    def stop(self, copies=True):
        body = STOP.pack(1, 2, self.session, self.epoch, int.from_bytes(os.urandom(8), "big"))
        sealed = body + mac(self.keys["mqtt to gateway"], self.root + "stop", body)
        at = now_us()
        for quality in (0, 1) if copies else (0,):
            self.client.publish(self.root + "stop", sealed, qos=quality)
        self.send_direct(body)
        return at

    def publish(self, part_name, payload, **options):
        self.client.publish(self.root + part_name, payload, **options)

    # Waiting

    def until(self, phases, wait=8.0):
        phases = [phases] if isinstance(phases, str) else phases
        end = time.time() + wait
        while time.time() < end:
            if self.state is not None and self.state.phase in phases:
                return self.state
            time.sleep(0.005)
        seen = self.state.phase if self.state else "no state"
        raise Refused(f"no {'/'.join(phases)} within {wait} s, but {seen}; replies {self.replies}")

    def drive(self, axes=(500, 0, 0, 0)):
        """From ARMED into motion."""
        self.enable, self.axes = False, [0] * 8
        time.sleep(0.1)
        self.enable = True
        self.until("ACTIVE")
        self.axes = list(axes) + [0] * (8 - len(axes))

    def close(self):
        self.stopping = True
        if self.sending:
            self.sending.join()
        self.client.loop_stop()
        self.client.disconnect()
        for sock in self.direct:
            sock.close()
