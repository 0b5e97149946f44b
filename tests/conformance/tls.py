"""A door with a certificate before a server that has none, as operators put one before it."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select
from threading import Event, Thread

CHUNK = 65536


@contextmanager
def door(address: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Where the server at `address` is reached by https, and the certificate to trust for it."""
    certificate, key = certificate_of(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        closed = Event()
        thread = Thread(target=_serve, args=(listening, context, address, closed))
        thread.start()
        try:
            yield f"https://127.0.0.1:{listening.getsockname()[1]}", certificate
        finally:
            closed.set()
            # Wakes the thread out of accept
            socket.create_connection(listening.getsockname()).close()
            thread.join()


def certificate_of(folder: Path, name: str = "IP:127.0.0.1") -> tuple[Path, Path]:
    """A certificate for one day, of this machine or another `name`, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    program = shutil.which("openssl")
    assert program is not None
    command = f"{program} req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=tests"
    subprocess.run(
        [
            *command.split(),
            *("-addext", f"subjectAltName={name}", "-keyout", key, "-out", certificate),
        ],
        capture_output=True,
        check=True,
    )
    return certificate, key


def _serve(listening: socket.socket, context: ssl.SSLContext, address: str, closed: Event) -> None:
    while True:
        connection, _ = listening.accept()
        with connection:
            if closed.is_set():
                return
            # A client that does not trust the certificate, or goes away, ends its own connection
            with suppress(OSError), context.wrap_socket(connection, server_side=True) as client:
                _relay(client, address)


def _relay(client: ssl.SSLSocket, address: str) -> None:
    """Both directions in one thread, which TLS wants, until either side ends."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port))) as server:
        other: dict[socket.socket, socket.socket] = {client: server, server: client}
        while True:
            ready = [client] if client.pending() else select([client, server], [], [])[0]
            for source in ready:
                part = source.recv(CHUNK)
                if not part:
                    return
                other[source].sendall(part)
