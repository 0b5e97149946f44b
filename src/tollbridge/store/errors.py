"""What can go wrong in the store, in words of its own: no driver's exception leaves this room."""

from tollbridge.ports import StoreUnavailableError

# What the drivers raise of themselves for a value that no column can hold: a number beyond 64
# bits, a text that is no Unicode.
UNSTORABLE = (OverflowError, UnicodeEncodeError)


class SchemaError(Exception):
    """The database has a schema that this program cannot work with; the message says what to do."""


class StatementError(Exception):
    """The database refused a statement that it should have taken: a fault of the program."""


class TakenError(Exception):
    """A key that must be unique is taken."""


class CommitLostError(StoreUnavailableError):
    """The connection broke at COMMIT: the transaction may or may not have been saved."""
