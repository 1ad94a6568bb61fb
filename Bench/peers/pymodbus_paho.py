"""The same work by the usual Python libraries: pymodbus polls, paho publishes. No spool.

    python3 -m venv Bench/peers/venv && Bench/peers/venv/bin/pip install pymodbus paho-mqtt
    BENCH_PEER_PYTHON=Bench/peers/venv/bin/python Bench/run
"""

import argparse
import asyncio
import datetime
import json
import signal
import sys
import time

import paho.mqtt.client as mqtt
from pymodbus.client import AsyncModbusTcpClient

BLOCK = 125


class Gateway:
    def __init__(self, options):
        self.options = options
        self.epoch = int(time.time())
        self.seq = 0
        self.names = [f"hr{index}" for index in range(options.registers)]
        self.broker = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "peer-python", protocol=mqtt.MQTTv5)
        self.broker.connect(options.broker, options.broker_port)
        self.broker.loop_start()

    def publish(self, device, registers):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.seq += 1
        message = {
            "schema": "fg.tele/1",
            "gw": "bench",
            "epoch": self.epoch,
            "stream": "telemetry",
            "seq": self.seq,
            "dev": f"d{device}",
            "t": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "v": dict(zip(self.names, registers)),
        }
        text = json.dumps(message, separators=(",", ":"))
        self.broker.publish(f"fg/v1/bench/tele/d{device}", text, qos=1)

    async def read(self, client):
        registers = []
        for first in range(0, self.options.registers, BLOCK):
            count = min(BLOCK, self.options.registers - first)
            reply = await client.read_holding_registers(first, count=count, device_id=1)
            if reply.isError():
                sys.exit(f"register {first}: {reply}")
            registers += reply.registers
        return registers

    async def poll(self, device, start):
        client = AsyncModbusTcpClient(self.options.host, port=self.options.port + device)
        if not await client.connect():
            sys.exit(f"no connection to device {device}")
        clock = asyncio.get_running_loop()
        period = self.options.period_ms / 1000
        cycle = 0
        while True:
            await asyncio.sleep(start + cycle * period - clock.time())
            self.publish(device, await self.read(client))
            # Periods already past are skipped, so that what is late doesn't become later still.
            cycle = max(cycle + 1, int((clock.time() - start) / period) + 1)

    async def run(self):
        start = asyncio.get_running_loop().time() + 0.5
        await asyncio.gather(*(self.poll(device, start) for device in range(self.options.devices)))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=21000)
    parser.add_argument("--broker", default="127.0.0.1")
    parser.add_argument("--broker-port", type=int, default=21883)
    parser.add_argument("--devices", type=int, default=10)
    parser.add_argument("--registers", type=int, default=1000)
    parser.add_argument("--period-ms", type=int, default=100)
    return parser.parse_args()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    asyncio.run(Gateway(parse()).run())
