"""Serves unit 1 with pymodbus until it is killed: pymodbus-server.py tcp PORT | rtu DEVICE.

Addresses 0 to 99 in each table: bit n is n % 2, register n is 3 n + 1.
"""

import asyncio
import sys

from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer


def context() -> ModbusServerContext:
    def bits() -> ModbusSequentialDataBlock:
        return ModbusSequentialDataBlock(1, [n % 2 == 1 for n in range(100)])

    def registers() -> ModbusSequentialDataBlock:
        return ModbusSequentialDataBlock(1, [3 * n + 1 for n in range(100)])

    unit = ModbusDeviceContext(co=bits(), di=bits(), ir=registers(), hr=registers())
    return ModbusServerContext(devices={1: unit}, single=False)


async def main() -> None:
    way, place = sys.argv[1:3]
    if way == "tcp":
        server = ModbusTcpServer(context(), address=("127.0.0.1", int(place)))
    else:
        server = ModbusSerialServer(context(), framer=FramerType.RTU, port=place, baudrate=115200)
    await server.serve_forever(background=True)
    print("serving", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
