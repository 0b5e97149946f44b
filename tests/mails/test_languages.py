"""The languages of mails: catalogs that are whole, and figures as they are written there."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import tollbridge.mails
from tollbridge.domain.currency import MINOR_UNITS
from tollbridge.domain.customer import Contact
from tollbridge.domain.schedule import Interval
from tollbridge.flows.mail_samples import LANGUAGES
from tollbridge.mails.colour import BLACK, WHITE, ink_on
from tollbridge.mails.language import CATALOGS, language_of, languages, one_line, width

ROOM = Path(tollbridge.mails.__file__).parent
SAID = {"say": None, "count": (1, 2)}
PLACE = re.compile(r"%\((\w+)\)s")
TRANSLATED = [one for one in LANGUAGES if one != "en"]

# What is written the same in another language, and is no oversight.
SAME = {
    "%(label)s: %(value)s": {"de", "es"},
    "%(date)s: %(amount)s": {"de", "es"},
    "Date": {"fr"},
    "Total": {"es"},
}

POLITE = r"(?:[^。]*(?:です|ます|ました|でした|ません|ください)。)*[^。]*"


def said() -> set[object]:
    """Every sentence that the room says."""
    found = extract_from_dir(ROOM, method_map=[("**.py", "python")], keywords=SAID)
    return {message if isinstance(message, str) else message[:2] for _, _, message, _, _ in found}


def catalog(language: str) -> Catalog:
    """The catalog of a language."""
    with (CATALOGS / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> Iterator[Message]:
    """The sentences of a catalog, without its header."""
    return (message for message in catalog(language) if message.id)


def texts(message: Message) -> list[str]:
    """The sentence in its language, in all its forms."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def test_the_languages() -> None:
    """English and four more; there is a customer of each to make samples with."""
    assert languages() == ("en", *sorted(TRANSLATED))
    assert set(LANGUAGES) == {"en", "de", "fr", "es", "ja"}


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalog_has_every_sentence_and_no_other(language: str) -> None:
    """Nothing is said in English to whoever reads something else."""
    assert {message.id for message in messages(language)} == said()
    for message in messages(language):
        assert not message.fuzzy, message.id
        assert all(text.strip() for text in texts(message)), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_kept(language: str) -> None:
    """What stands for a value stands in the translation, and nothing else does."""
    for message in messages(language):
        source = message.id if isinstance(message.id, str) else message.id[1]
        for text in texts(message):
            one_of_several = not isinstance(message.id, str) and "%" not in text
            assert one_of_several or set(PLACE.findall(text)) == set(PLACE.findall(source)), text
            assert "%" not in PLACE.sub("", text), text


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_in_english(language: str) -> None:
    """Who forgets a sentence copies it: a few short words are the same by right."""
    same = {m.id for m in messages(language) if isinstance(m.id, str) and m.string == m.id}
    assert same == {text for text, known in SAME.items() if language in known}


def test_japanese_is_japanese() -> None:
    """No sentence is left in Latin letters, and none in a plain form where a polite one belongs."""
    kana = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
    for message in messages("ja"):
        for text in texts(message):
            assert kana.search(text) or not re.search(r"[A-Za-z]", PLACE.sub("", text)), text
            assert re.fullmatch(POLITE, text), text


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_formal_address(language: str) -> None:
    """Customers are addressed as politely as strangers are."""
    familiar = {
        "de": r"\b(du|dein\w*|dir|dich)\b",
        "fr": r"\b(tu|ton|ta|tes)\b",
        "es": r"\b(tú|tu|tus)\b",
    }
    if language in familiar:
        for message in messages(language):
            found = re.search(familiar[language], " ".join(texts(message)), re.IGNORECASE)
            assert found is None, message.string


AMOUNTS = {
    ("en", "GB"): ("US$1,234.50", "€50.00", "JP¥39,211"),
    ("en", "US"): ("$1,234.50", "€50.00", "¥39,211"),
    ("de", "DE"): ("1.234,50 $", "50,00 €", "39.211 ¥"),
    ("de", "AT"): ("$ 1.234,50", "€ 50,00", "¥ 39.211"),
    ("de", "CH"): ("$ 1’234.50", "EUR 50.00", "¥ 39’211"),
    ("fr", "FR"): ("1 234,50 $US", "50,00 €", "39 211 JPY"),
    ("es", "ES"): ("1.234,50 US$", "50,00 €", "39.211 JPY"),
    ("ja", "JP"): ("$1,234.50", "€50.00", "￥39,211"),
}


@pytest.mark.parametrize(("language", "country"), AMOUNTS)
def test_amounts_as_they_are_written_there(language: str, country: str) -> None:
    """Signs, separators and spaces of the CLDR; never broken over two lines."""
    here = language_of(language, country)
    shown = here.amount(123450, "USD"), here.amount(5000, "EUR"), here.amount(39211, "JPY")
    plain = tuple(re.sub("[\xa0\u202f]", " ", text) for text in shown)
    assert plain == AMOUNTS[language, country]
    assert " " not in "".join(shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_currency_has_the_decimals_of_iso(language: str) -> None:
    """R10: what is charged is what is shown, also where the CLDR knows fewer decimals (IQD)."""
    here = language_of(language)
    for currency, digits in MINOR_UNITS.items():
        shown = re.sub(r"[^0-9.,]", "", here.amount(1234567, currency)).strip(".")
        assert re.sub(r"\D", "", shown) == "1234567", (currency, shown)
        tail = re.search(r"[.,](\d+)$", shown)
        decimals = len(tail[1]) if tail and digits else 0
        assert decimals == digits, (currency, shown)


def test_negative_amounts_keep_their_sign() -> None:
    """A refund is no charge."""
    assert language_of("en", "US").amount(-5000, "USD") == "-$50.00"


def test_rates() -> None:
    """At most two decimals, and none that say nothing."""
    shown = [language_of("de").rate(Decimal(rate)) for rate in ("0.19", "0.055", "0", "0.0825")]
    assert [text.replace("\xa0", " ") for text in shown] == ["19 %", "5,5 %", "0 %", "8,25 %"]


DATES = {
    ("en", "US"): "March 9, 2026",
    ("en", "GB"): "9 March 2026",
    ("de", "DE"): "9. März 2026",
    ("fr", "FR"): "9 mars 2026",
    ("es", "ES"): "9 de marzo de 2026",
    ("ja", "JP"): "2026年3月9日",
}


@pytest.mark.parametrize(("language", "country"), DATES)
def test_dates(language: str, country: str) -> None:
    """The day of the UTC calendar (R24)."""
    late = datetime(2026, 3, 9, 23, 59, tzinfo=UTC)
    assert language_of(language, country).date(late) == DATES[language, country]


EVERY = {
    "en": ("every month", "every 3 months", "every year", "every 14 days"),
    "de": ("monatlich", "alle 3 Monate", "jährlich", "alle 14 Tage"),
    "fr": ("chaque mois", "tous les 3 mois", "chaque année", "tous les 14 jours"),
    "es": ("cada mes", "cada 3 meses", "cada año", "cada 14 días"),
    "ja": ("1か月ごと", "3か月ごと", "1年ごと", "14日ごと"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_often(language: str) -> None:
    """One and several, as each language counts."""
    lengths = (Interval(1), Interval(3), Interval(12), Interval(days=14))
    assert tuple(map(language_of(language).every, lengths)) == EVERY[language]


def person(**names: str) -> Contact:
    """A contact with these names."""
    return Contact(country_id="DE", language_id="de", **names)


def test_greetings() -> None:
    """A person, a company, or nobody known; in Japan the family comes first."""
    anna = person(title="Dr.", firstname="Anna", lastname="Ito", company="Ito KG")
    company, nobody = person(company="Ito KG"), person()
    german, japanese = language_of("de"), language_of("ja")
    assert [german.greeting(one) for one in (anna, company, nobody)] == [
        "Guten Tag Dr. Anna Ito,",
        "Guten Tag Ito KG,",
        "Guten Tag,",
    ]
    assert [japanese.greeting(one) for one in (anna, company, nobody)] == [
        "Ito Anna 様",
        "Ito KG 御中",
        "お客様",
    ]


def test_what_is_asked_for_and_not_there() -> None:
    """de-AT is German with Austria's figures; an unknown language or country is no fault."""
    assert str(language_of("de-AT").locale) == "de_AT"
    assert str(language_of("de", "JP").locale) == "de"
    assert str(language_of("it", "IT").locale) == "en"
    assert language_of("").tongue == "en"
    assert language_of("xx-YY", "ZZ").tongue == "en"


def test_a_value_is_no_template() -> None:
    """What a value contains is not looked for placeholders."""
    assert language_of("en").say("Hello %(name)s,", name="100 % %(x)s") == "Hello 100 % %(x)s,"


def test_one_line() -> None:
    """Nothing that breaks a line or turns the writing is left."""
    assert one_line(" a\r\nBcc: b\t\u2028c\u202e\x00d ") == "a Bcc: b c d"
    assert width("abc") == 3
    assert width("お支払い") == 8


@pytest.mark.parametrize(
    ("colour", "ink"),
    [
        ("#000000", WHITE),
        ("#0a66c2", WHITE),
        ("#b3261e", WHITE),
        ("#ffffff", BLACK),
        ("#ffcc00", BLACK),
        ("#7fdbca", BLACK),
    ],
)
def test_text_on_the_merchants_colour(colour: str, ink: str) -> None:
    """WCAG 2: white or black, whichever can be read better."""
    assert ink_on(colour) == ink
