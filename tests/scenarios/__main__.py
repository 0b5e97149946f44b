"""Play stories and write down how they came out: to be judged by the rules before it is kept.

python -m tests.scenarios [--write] tests/scenarios/stories/dunning.md
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.scenarios.playing import played
from tests.scenarios.stage import stage_on
from tests.scenarios.story import listed, rewritten, shown, stories_in
from tollbridge.store import open_store


def main(paths: list[Path], *, write: bool) -> None:
    """Play the stories of these files; with `write` their lines become what happened."""
    with TemporaryDirectory() as folder:
        book = Path(folder) / "book.db"
        with stage_on(open_store("", memory=True), book) as stage:
            for path in paths:
                plays = [played(stage, story) for story in stories_in(path)]
                for play in plays:
                    lines = shown(tuple(play.happened))
                    found = "".join(f"\n!! {one}" for one in play.broken())
                    sys.stdout.write(f"\n## {play.story.title}\n{lines}{found}\n")
                if write:
                    lines_of = {play.story.title: tuple(play.happened) for play in plays}
                    text = rewritten(path.read_text(encoding="utf-8"), lines_of)
                    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--list" in sys.argv:
        sys.stdout.write(listed())
    given = [word for word in sys.argv[1:] if not word.startswith("--")]
    main([Path(word) for word in given], write="--write" in sys.argv)
