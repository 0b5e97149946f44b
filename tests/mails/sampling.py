"""What the tests of mails share."""

from typing import Protocol

from tollbridge.domain.mail import MailKind
from tollbridge.flows.mail_samples import Brand, Sample
from tollbridge.mails.writing import MailWriter
from tollbridge.ports import Written

PUBLIC_URL = "https://pay.example.org"
SENDER = "no-reply@pay.example.org"


class Sampler(Protocol):
    """Gives a sample, each made once."""

    def __call__(self, kind: MailKind, language: str = "en", brand: Brand | None = None) -> Sample:
        """The sample of this kind."""


def written(writer: MailWriter, sample: Sample) -> Written:
    """The sample as its recipient reads it."""
    return writer.write(sample.mail, sample.facts, sample.merchant)
