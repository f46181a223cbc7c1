"""
Whole numbers as few bytes, where they are noisy: counts of a busy service over a day.

Such counts wander slowly and jump about that by their noise, which no compression takes away. So what is stored is the slow
part as a few knots, and how far each count is from the line between them: its lowest bits as they are, as they are noise, and
what is above them deflated. Everything is deflated on its own: bytes that are alike are then coded alike. All arithmetic is in
integers, so that every machine reads the same.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from tallystick.core.slices import Bools

Ints = NDArray[np.int64]

STEP = 30
"""Slices from knot to knot."""

LEAST = 2 * STEP
"""Fewer numbers than this are not worth knots."""

_HEAD = struct.Struct("<BBB")
_LENGTH = struct.Struct("<H")
_DEFLATED = 0x8000
_MOST = _DEFLATED - 1


class Sections:
    """Pieces of bytes one after the other, read in the order in which they were written."""

    def __init__(self, data: bytes = b"") -> None:
        """Read from *data*, or begin with nothing to write."""
        self._data = data
        self._at = 0
        self._parts: list[bytes] = []

    def add(self, piece: bytes) -> None:
        """Write *piece*, deflated if that makes it smaller."""
        squeezer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        small = squeezer.compress(piece) + squeezer.flush()
        deflated = len(small) < len(piece)
        body = small if deflated else piece
        assert len(body) <= _MOST
        self._parts += [_LENGTH.pack(len(body) | (_DEFLATED if deflated else 0)), body]

    def take(self) -> bytes:
        """
        The next piece.

        Raises:
            ValueError: there is none, or it is damaged.
        """
        if self._at + _LENGTH.size > len(self._data):
            raise ValueError("it ends too early")
        (length,) = _LENGTH.unpack_from(self._data, self._at)
        start = self._at + _LENGTH.size
        self._at = start + (length & _MOST)
        body = self._data[start : self._at]
        return zlib.decompress(body, -zlib.MAX_WBITS) if length & _DEFLATED else body

    def joined(self) -> bytes:
        """All that was written."""
        return b"".join(self._parts)


def pack(values: Ints, known: Bools, sections: Sections) -> None:
    """
    Write *values* into *sections*.

    Args:
        values: shape (n,), from 0 to 2^53, n at least `LEAST`; 0 where not *known*.
        known: which of them are to be taken from it; the others are 0, and cost nothing.
        sections: where to.
    """
    knots = _knots(values, known)
    far = _zigzag(np.where(known, values - _line(knots, len(values)), 0))
    low_bits = _low_bits(far)
    high = far >> low_bits
    width = max(1, (int(high.max()).bit_length() + 7) // 8)
    steps = _zigzag(np.diff(knots, prepend=0))
    knot_width = max(1, (int(steps.max()).bit_length() + 7) // 8)
    sections.add(_HEAD.pack(low_bits, width, knot_width))
    _add_planes(steps, knot_width, sections)
    _add_planes(high, width, sections)
    bits = (far[None, :] >> np.arange(low_bits)[:, None]) & 1
    sections.add(np.packbits(bits.astype(np.uint8)).tobytes())


def unpack(known: Bools, sections: Sections) -> Ints:
    """
    What `pack` wrote of as many values as *known* has.

    Raises:
        ValueError: it is damaged.
    """
    count = len(known)
    low_bits, width, knot_width = _HEAD.unpack(sections.take())
    steps = _take_planes(knot_width, _knot_count(count), sections)
    far = _take_planes(width, count, sections) << low_bits
    packed = np.frombuffer(sections.take(), np.uint8)
    bits = np.unpackbits(packed, count=low_bits * count).reshape(low_bits, count).astype(np.int64)
    far += (bits << np.arange(low_bits)[:, None]).sum(axis=0)
    return np.where(known, _line(np.cumsum(_unzigzag(steps)), count) + _unzigzag(far), 0)


def _low_bits(far: Ints) -> int:
    """How many bits of each are noise, so that storing them as they are costs least."""
    guess = int(np.log2(far.mean() + 1))
    return min(range(max(0, guess - 4), guess + 2), key=lambda bits: bits + _entropy(np.minimum(far >> bits, 4095)))


def _entropy(values: Ints) -> float:
    """Bits that each of *values* takes, if alike ones are coded alike."""
    shares = np.bincount(values) / len(values)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def _knot_count(count: int) -> int:
    return -(-count // STEP)


def _knots(values: Ints, known: Bools) -> Ints:
    """The mean of the known values of each step; where none is known, that of the step before."""
    starts = np.arange(0, len(values), STEP)
    counts = np.add.reduceat(known.astype(np.int64), starts)
    means = np.add.reduceat(np.where(known, values, 0), starts) // np.maximum(counts, 1)
    latest = np.maximum.accumulate(np.where(counts > 0, np.arange(len(starts)), 0))
    return means[latest]


def _line(knots: Ints, count: int) -> Ints:
    """The line from the middle of each step to that of the next, at each of *count* slices."""
    at = np.arange(count) - STEP // 2
    first = np.clip(at // STEP, 0, len(knots) - 2)
    rise = knots[first + 1] - knots[first]
    line: Ints = knots[first] + rise * (at - first * STEP) // STEP
    return line


def _zigzag(values: Ints) -> Ints:
    """Numbers without a sign: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4."""
    return (values << 1) ^ (values >> 63)


def _unzigzag(values: Ints) -> Ints:
    return (values >> 1) ^ -(values & 1)


def _add_planes(values: Ints, width: int, sections: Sections) -> None:
    """The lowest bytes of all values, then the next ones, *width* times."""
    planes = np.ascontiguousarray(values.astype("<i8")).view(np.uint8).reshape(-1, 8).T[:width]
    for plane in planes:
        sections.add(plane.tobytes())


def _take_planes(width: int, count: int, sections: Sections) -> Ints:
    whole = np.zeros((8, count), np.uint8)
    for plane in whole[:width]:
        plane[:] = np.frombuffer(sections.take(), np.uint8, count)
    return np.ascontiguousarray(whole.T).view("<i8").ravel().astype(np.int64)
