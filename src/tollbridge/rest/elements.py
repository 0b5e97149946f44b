"""XML as it comes in: a tree of elements, and nothing that XML can do beyond that.

A document type is refused where it begins, so that no entity can be declared, expanded or
fetched; the depth is bounded, and the size by the limit of all bodies.
"""

from xml.parsers import expat

from tollbridge.domain.refusal import Invalid

DEPTH_MAX = 20
SPACE = " \t\r\n"
_NIL = "http://www.w3.org/2001/XMLSchema-instance nil"


class Element:
    """One element: its name without namespace, its text, and the elements in it."""

    __slots__ = ("children", "name", "nil", "parts")

    def __init__(self, name: str, *, nil: bool) -> None:
        self.name = name
        self.nil = nil
        self.children: list[Element] = []
        self.parts: list[str] = []

    @property
    def text(self) -> str:
        """The text in it, without that of the elements in it."""
        return "".join(self.parts)

    @property
    def blank(self) -> bool:
        """Whether there is no text in it but space."""
        return not self.text.strip(SPACE)


def parse_xml(body: bytes) -> Element:
    """The root of an XML document; Invalid for anything else.

    It is read as UTF-8 whatever it declares: programs that write XML into a text first declare
    UTF-16 and then send UTF-8.
    """
    tree = _Tree()
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_document_type
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.add
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes it by position only
    except expat.ExpatError as error:
        problem = f"Malformed XML: {expat.ErrorString(error.code)} (line {error.lineno})"
        raise Invalid("", problem, reason="malformed_xml") from None
    return tree.top.children[0]


class _Tree:
    """Builds the tree while expat reads."""

    def __init__(self) -> None:
        self.top = Element("", nil=False)
        self._open = [self.top]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > DEPTH_MAX:
            raise Invalid("", "Malformed XML: nested too deeply", reason="malformed_xml")
        nil = attributes.get(_NIL, "").strip(SPACE) in ("true", "1")
        element = Element(name.rpartition(" ")[2], nil=nil)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def add(self, text: str) -> None:
        self._open[-1].parts.append(text)


def _no_document_type(*_: object) -> None:
    raise Invalid("", "Malformed XML: document types are refused", reason="malformed_xml")
