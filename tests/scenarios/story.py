"""How a story is written down: settings, then one line per step, its outcome last.

    grace_days = 5

    2026-02-01  sign up 1 x Gold, card 072T | order 100.00, paid 100.00*, begins; Active, next ...
    2026-03-01                              | bill 100.00, declined (card_declined)*; ...

The lines before the first date are keys of the merchant (docs/reference/catalog-file.md). A line
without a step is what time brought by itself. README.md beside this file has the whole notation.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

STORIES = Path(__file__).with_name("stories")
_STORY = re.compile(
    r"^## (?P<title>[^\n]+)\n(?P<why>(?:(?!^## )[^`])*)```story\n(?P<text>.*?)```",
    re.MULTILINE | re.DOTALL,
)
_LINE = re.compile(r"^(?P<at>\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)(?P<step>[^|]*)\|(?P<outcome>.*)$")


@dataclass(frozen=True)
class Line:
    """When, what is done ("" when time alone is at work), and what comes of it."""

    at: str
    step: str
    outcome: str

    @property
    def instant(self) -> datetime:
        """The date as a time, midnight UTC unless it names another."""
        return datetime.fromisoformat(self.at).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """A life in lines, and the rules that it shows (`why`)."""

    title: str
    why: str
    settings: Mapping[str, object]
    lines: tuple[Line, ...]


def stories() -> Iterator[Story]:
    """All stories, in the order of their files."""
    for path in sorted(STORIES.glob("*.md")):
        yield from stories_in(path)


def stories_in(path: Path) -> list[Story]:
    """The stories of a file; ValueError for a line that cannot be read."""
    text = path.read_text(encoding="utf-8")
    return [
        _story(found["title"], " ".join(found["why"].split()), found["text"])
        for found in _STORY.finditer(text)
    ]


def listed() -> str:
    """Every story in a line of Markdown, under the headings of their files."""
    parts = []
    for path in sorted(STORIES.glob("*.md")):
        heading = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        lines = [f"* **{story.title}.** {story.why}" for story in stories_in(path)]
        link = f"[{heading}](../../tests/scenarios/stories/{path.name})"
        parts.append("\n".join([f"## {link}", "", *lines, ""]))
    return "\n".join(parts)


def rewritten(text: str, lines: Mapping[str, tuple[Line, ...]]) -> str:
    """The text of a file with other lines in its stories, by title."""

    def changed(found: re.Match[str]) -> str:
        written = found["text"].splitlines()
        first = next(number for number, line in enumerate(written) if _LINE.match(line))
        block = "\n".join([*written[:first], shown(lines[found["title"]])])
        return found[0].replace(found["text"], f"{block}\n")

    return _STORY.sub(changed, text)


def shown(lines: tuple[Line, ...]) -> str:
    """The lines as they are written, the outcomes below each other."""
    width = max((len(line.step) for line in lines), default=0)
    dates = max((len(line.at) for line in lines), default=0)
    return "\n".join(f"{line.at:{dates}}  {line.step:{width}} | {line.outcome}" for line in lines)


def when(at: datetime) -> str:
    """A time as stories write it: the date alone at midnight."""
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute) == (0, 0) else f"{at:%Y-%m-%d %H:%M}"


def _story(title: str, why: str, text: str) -> Story:
    written = text.splitlines()
    first = next(number for number, line in enumerate(written) if _LINE.match(line))
    settings = tomllib.loads("\n".join(written[:first]))
    lines = tuple(_line(line) for line in written[first:] if line.strip())
    return Story(title, why, settings, lines)


def _line(text: str) -> Line:
    found = _LINE.match(text)
    if found is None:
        message = f"not a line of a story: {text!r}"
        raise ValueError(message)
    return Line(*(" ".join(found[name].split()) for name in ("at", "step", "outcome")))
