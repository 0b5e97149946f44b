"""Stories in dates, on both engines: what is not written down must not happen.

The stories are in `stories/`; README.md has their notation. A story that fails is shown as a
whole, with the lines that came out otherwise.
"""

from difflib import ndiff
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.scenarios.playing import Play, played
from tests.scenarios.stage import Stage
from tests.scenarios.story import Story, listed, shown, stories

ALL = list(stories())
BY_TITLE = {story.title: story for story in ALL}
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "life-of-a-subscription.md"
EXAMPLE = "Paid in grace by a retry"  # shown on the page and in README.md
# Table 3.6 of subscription-api.md: the event, the story that tells it, and the state after it.
TABLE_3_6 = (
    ("sign-up, automatic, online", "Automatic renewal, paid online", "Active, next"),
    ("sign-up, automatic, offline", "Automatic renewal by wire", "New/Active"),
    ("sign-up, automatic, offline", "A purchase order that is never paid", "New/Active"),
    (
        "sign-up, manual, online (1.0)",
        "Manual renewal under model One",
        "Deactivated/AwaitingReinstate",
    ),
    ("sign-up, manual, online (2.0)", "Manual renewal under model Two", "Active, next"),
    ("sign-up, manual, offline", "Manual renewal by wire under model One", "New/Active"),
    ("sign-up, declined card", "A card that is declined", "New/Active"),
    ("cancel all", "Cancelled", "Deactivated, until"),
    ("reinstate", "Cancelled and reinstated in time", "Active, next"),
    (
        "deactivate one of two",
        "One of two items cancelled and reinstated",
        "Active (1 Deactivated, 2 Active)",
    ),
    ("reinstate it", "One of two items cancelled and reinstated", "Active, next"),
    ("AllowReinstate=false", "Cancelled for good", "Deactivated/Finished"),
    ("remove one of two", "One of two items removed", "Active (1 Removed, 2 Active)"),
    ("no payment, grace configured", "Never paid: grace, hold, the end", "Grace/Active"),
    ("grace over", "Never paid: grace, hold, the end", "Hold/Active"),
    ("hold runs out", "Never paid: grace, hold, the end", "Deactivated, until"),
    ("paid in grace", "Paid in grace by a retry", "Active, next 2026-04-02"),
    ("paid in grace by link", "Paid in grace by link, with a new card", "Active, next 2026-04-04"),
    ("paid in hold", "Paid in hold", "Active, next 2026-04-08"),
    ("paid in hold by link", "Paid in hold by link after the last retry", "Active, next"),
    ("all billings done", "All billings done", "Finished, until"),
    ("merged by align", "V5: two subscriptions become one", "Finished/Removed"),
    ("full refund", "A bill refunded, and the end", "Deactivated, until"),
    ("chargeback", "Charged back", "Deactivated, until"),
)
WITH_RENEWAL = ("V5", "V10", "V13", "V14", "V15", "V18", "V19", "V21", "V23", "V25", "V27")


@pytest.mark.parametrize("story", ALL, ids=lambda story: story.title)
def test_story(stage: Stage, story: Story) -> None:
    """It comes out as it is written, and everything that is stored is true."""
    play = played(stage, story)
    require_as_written(play)
    assert play.broken() == []


def test_merchants_have_clocks_of_their_own(stage: Stage) -> None:
    """R23: two stories of two merchants, years apart and played in turns, know nothing of it."""
    plays = [Play(stage, BY_TITLE[title]) for title in ("From the 31st", "V10: renewed early")]
    for _ in zip_longest(*(play.lines() for play in plays)):
        pass
    for play in plays:
        require_as_written(play)
        assert play.broken() == []


@pytest.mark.parametrize(("event", "title", "after"), TABLE_3_6)
def test_every_row_of_table_3_6_is_told(event: str, title: str, after: str) -> None:
    """The story that tells an event of the table comes to the state that the table names."""
    states = [line.outcome.rpartition("; ")[2] for line in BY_TITLE[title].lines]
    assert any(state.startswith(after) for state in states), event


@pytest.mark.parametrize("number", WITH_RENEWAL)
def test_every_example_with_a_renewal_is_told(number: str) -> None:
    """Section 4 of subscription-api.md: the worked examples that only a renewal completes."""
    assert any(story.title.startswith(f"{number}:") for story in ALL)


def test_titles_are_told_apart() -> None:
    """A story is found by its title."""
    assert len(BY_TITLE) == len(ALL)


def test_an_unlisted_event_fails(stage: Stage) -> None:
    """A story that leaves out what happened is none, whichever line it is."""
    story = BY_TITLE[EXAMPLE]
    for left_out in range(1, len(story.lines) - 1):
        lines = tuple(line for place, line in enumerate(story.lines) if place != left_out)
        play = played(stage, Story(story.title, story.why, story.settings, lines))
        with pytest.raises(pytest.fail.Exception, match=r"\n\+ "):
            require_as_written(play)


def test_the_page_lists_all_stories() -> None:
    """docs/explanation/life-of-a-subscription.md ends with them, one line each."""
    assert PAGE.read_text(encoding="utf-8").endswith(listed())


@pytest.mark.parametrize("page", [PAGE, Path(__file__).with_name("README.md")])
def test_the_example_of_the_pages_is_a_story(page: Path) -> None:
    """What the pages show is what is tested."""
    assert shown(BY_TITLE[EXAMPLE].lines) in page.read_text(encoding="utf-8")


def require_as_written(play: Play) -> None:
    """Fail with the whole story where it came out otherwise: `-` expected, `+` seen."""
    story = play.story
    happened = tuple(play.happened)
    expected = tuple(line for line in story.lines if line.outcome)
    if happened != expected:
        compared = ndiff(shown(expected).splitlines(), shown(happened).splitlines())
        kept = "\n".join(line for line in compared if not line.startswith("?"))
        pytest.fail(f"{story.title}\n{story.why}\n\n{kept}", pytrace=False)
