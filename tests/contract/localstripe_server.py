"""Runs localstripe, a double of Stripe, on a free port of this machine and tells which.

Its own command listens on all addresses and keeps its state in a file that everybody shares.
"""

import socket
import sys

from aiohttp import web
from localstripe.resources import Store
from localstripe.server import app


def main() -> None:
    """Serve until killed; the port is the first line of the output."""
    Store.dump_to_disk = lambda _: None
    listening = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    web.run_app(app, sock=listening, print=None, access_log=None)


if __name__ == "__main__":
    main()
