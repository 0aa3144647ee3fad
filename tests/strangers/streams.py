# asyncio's streams.
import asyncio
import contextlib
import sys


async def echo(reader, writer):
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", int(sys.argv[1]), limit=65536)
    async with server:
        await server.serve_forever()


asyncio.run(main())
