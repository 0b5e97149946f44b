"""Text that can be read on a merchant's colour."""

WHITE, BLACK = "#ffffff", "#111111"
LINEAR_MAX = 0.04045  # of the curve of sRGB


def ink_on(colour: str) -> str:
    """White or black, whichever has the higher contrast on `#rrggbb` (WCAG 2)."""
    light = _luminance(colour)
    on_white = 1.05 / (light + 0.05)
    on_black = (light + 0.05) / (_luminance(BLACK) + 0.05)
    return WHITE if on_white >= on_black else BLACK


def _luminance(colour: str) -> float:
    """How bright a colour is, from 0 to 1 (WCAG 2, relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (_linear(part) for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= LINEAR_MAX else float(((part + 0.055) / 1.055) ** 2.4)
