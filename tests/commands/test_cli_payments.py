"""`tollbridge payments` and `tollbridge timeline`, run as programs on a database of their own."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.running import run, serving

PURCHASE = "531157892"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the demo's database, made by serving it once."""
    with serving("--demo", cwd=tmp_path):
        pass
    return tmp_path


def told(place: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The answer of a command that ends with this code."""
    done = run(*arguments, "--database", "sqlite:///tollbridge-demo.db", "--json", cwd=place)
    assert done.returncode == code, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout or done.stderr)
    return answer


def test_money_goes_back_by_command(place: Path) -> None:
    """A part, the rest, and then nothing is left (1); doctor agrees."""
    part = told(place, "payments", "refund", PURCHASE, "--amount", "20.00", "--reason", "goodwill")
    assert (part["status"], part["refunded"], part["pending"]) == ("PAY", "20", False)
    many = told(place, "payments", "refund", PURCHASE, "--amount", "20.001", code=2)
    assert many["error"] == "amount_invalid"
    assert told(place, "payments", "refund", PURCHASE, "--items", "1")["status"] == "REF"
    assert told(place, "payments", "chargeback", PURCHASE, code=1)["error"] == "nothing_to_refund"
    assert told(place, "payments", "retry", PURCHASE, code=1)["error"] == "purchase_not_open"
    assert told(place, "payments", "at-risk") == {"at_risk": []}
    assert told(place, "doctor") == {"findings": []}


def test_a_timeline_is_read(place: Path) -> None:
    """In columns for people: the present has a mark, and so has what is foreseen."""
    moments = told(place, "timeline", "S67531904", "--count", "3")["moments"]
    tenses = [moment["tense"] for moment in moments]
    assert tenses == sorted(tenses, key=["past", "present", "forecast"].index)
    assert tenses.count("present") == 1
    text = run(
        "timeline", "67531904", "--database", "sqlite:///tollbridge-demo.db", cwd=place
    ).stdout.splitlines()
    assert {line[0] for line in text} == {" ", ">", "~"}
    assert "10 x Cloudify Seat" in text[0]
