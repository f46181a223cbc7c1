"""What happened over some days as one row of characters."""

from collections.abc import Iterable

from tallystick.core.timerange import TimeRange

CELLS = 30
"""How many characters a row has: one a day for the usual month."""

_NOTHING = "·"
_BLOCKS = "▁▂▃▄▅▆▇█"


def timeline(span: TimeRange, parts: Iterable[tuple[TimeRange, float]], cells: int = CELLS) -> str:
    """
    A row of *cells* characters, each for as much time.

    Args:
        span: what the row is of.
        parts: ranges of time and what each weighs; its weight is spread evenly over it.
        cells: length of the row.

    Returns:
        A dot where nothing was, else a block, the higher the more there was, relative to the fullest one.
    """
    if not span.seconds:
        return ""
    length = span.seconds / cells
    found = [0.0] * cells
    for part, weight in parts:
        inside = span.clip(part)
        for cell in range(cells) if inside.seconds else ():
            start = span.start + cell * length
            shared = min(inside.end, start + length) - max(inside.start, start)
            found[cell] += max(shared, 0) / max(part.seconds, 1) * weight
    most = max(found)
    return "".join(_block(value / most) if value > 0 else _NOTHING for value in found)


def _block(share: float) -> str:
    return _BLOCKS[min(int(share * len(_BLOCKS)), len(_BLOCKS) - 1)]
