# ruff: noqa: INP001 (a script, not a package)
"""Pictures of what people see: a receipt in every language, and the mailbox.

    python scripts/screenshots.py docs/images

Wants Chromium (Debian: chromium) and, for small files, pngquant; a font with Japanese letters
(fonts-noto-cjk) as well. Look at the pictures before you commit them.
"""

import json
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

LANGUAGES = ("en", "de", "fr", "es", "ja")
WIDTHS = {"phone": (390, 1260), "desktop": (1280, 1140)}
MAILBOX = {"phone": (390, 1500), "desktop": (1280, 1060)}
LOGIN = "cloudify:cloudify"
COLOURS = "64"
# The last keeps a sandboxed frame in the process of its page: else it may be blank in the picture.
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--disable-features=IsolateSandboxedIframes"),
)


def main(folder: Path) -> None:
    """Take every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as made:
        for language in LANGUAGES:
            file = Path(made) / f"{language}.html"
            tollbridge("mail", "preview", "receipt", "--language", language, "--html", str(file))
            for name, size in WIDTHS.items():
                take(file.as_uri(), folder / f"receipt-{language}-{name}.png", size)
    with demo() as url:
        for name, size in MAILBOX.items():
            opened = url.replace("://", f"://{LOGIN}@") + "/tollbridge/mailbox?mail_id=5"
            take(opened, folder / f"mailbox-{name}.png", size)


def tollbridge(*arguments: str) -> None:
    """Run a command of the program."""
    subprocess.run([sys.executable, "-m", "tollbridge.cli", *arguments], check=True)  # noqa: S603


@contextmanager
def demo() -> Iterator[str]:
    """The demo, a month and a half after its beginning; its address."""
    command = [sys.executable, "-m", "tollbridge.cli", "serve", "--demo", "--memory", "--json"]
    with subprocess.Popen(  # noqa: S603
        [*command, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout  # noqa: S101 - it is a pipe
            url: str = json.loads(running.stdout.readline())["url"]
            login = b64encode(LOGIN.encode()).decode()
            request = Request(  # noqa: S310 - it is our own
                f"{url}/tollbridge/sandbox/clock",
                data=b'{"advance": "P40D"}',
                headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
            )
            urlopen(request).close()  # noqa: S310 - as above
            yield url
        finally:
            running.terminate()


def take(url: str, file: Path, size: tuple[int, int]) -> None:
    """One picture of this size, with few colours where that can be done."""
    width, height = size
    with TemporaryDirectory() as profile:
        wanted = (
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
            f"--screenshot={file}",
        )
        command = ["chromium", *FLAGS, *wanted, url]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    if shutil.which("pngquant"):
        quantized = ["pngquant", "--force", "--strip", "--ext", ".png", COLOURS, str(file)]
        subprocess.run(quantized, check=True)  # noqa: S603
    sys.stdout.write(f"{file}: {file.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"))
