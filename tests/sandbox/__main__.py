"""Run the sandbox: ``python tests/sandbox --connections 1000``. It prints one line of JSON when it is ready.

It listens on the loopback interface only, on a free port by default, and exits with the process given by ``--parent``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import socket
import ssl
import sys
from pathlib import Path

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[1]))

from sandbox.api import Sandbox


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="A simulation of the Telnyx API on the loopback interface."
    )
    parser.add_argument("--port", type=int, default=0, help="default: 0, a free port")
    parser.add_argument("--connections", type=int, default=25, help="number of connections in the account")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--masked", action="store_true", help="mask passwords as ********, as for accounts since 2026-09-08"
    )
    parser.add_argument("--hostile", action="store_true", help="use names with Jinja, newlines, quotes, markup, ...")
    parser.add_argument("--key", action="append", dest="keys", help="an API key to accept (default: KEY_SANDBOX)")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that every response takes")
    parser.add_argument("--rate-limit", type=int, default=0, help="requests in a window (0: no limit)")
    parser.add_argument("--rate-window", type=float, default=1.0, help="seconds")
    parser.add_argument("--faults", default="[]", help="a JSON list; faults.py describes the faults")
    parser.add_argument("--certificate", help="serve TLS with this PEM file of certificate and key")
    parser.add_argument("--client-ca", help="require a client certificate signed by this CA")
    parser.add_argument(
        "--parent", type=int, default=0, help="exit when the process with this id is no longer the parent"
    )
    return parser.parse_args()


async def serve(args: argparse.Namespace) -> None:
    state = {
        name: value for name, value in vars(args).items() if name not in ("port", "certificate", "client_ca", "parent")
    }
    runner = web.AppRunner(Sandbox(**state).app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", args.port))
    port = listener.getsockname()[1]
    context = None
    if args.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(args.certificate)
        if args.client_ca:
            context.load_verify_locations(args.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    await web.SockSite(runner, listener, ssl_context=context).start()
    url = f"{'https' if context else 'http'}://127.0.0.1:{port}"
    print(json.dumps({"api_url": f"{url}/v2", "control": f"{url}/_sandbox"}), flush=True)

    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    while not ended.is_set() and args.parent in (0, os.getppid()):
        try:
            await asyncio.wait_for(ended.wait(), 0.2)
        except asyncio.TimeoutError:
            continue
    await runner.cleanup()


if __name__ == "__main__":
    # A client may close the connection in the middle of a fault.
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    asyncio.run(serve(arguments()))
