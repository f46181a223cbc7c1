"""
Slices and memories as bytes.

A day of one SLO is 1,440 times (observed, good, total). Counts are mostly small whole numbers and bad ones mostly 0, so
each array is stored in the smallest integer type that holds it exactly, its bytes regrouped by significance, and all is
deflated: 1 to 3 KB a day. Layout of version 1, little endian, deflated after the first byte::

    byte 0      version
    start       int64, seconds since 1970
    n           uint32, number of slices
    observed    ceil(n / 8) bytes, most significant bit first
    total, bad  each one letter (numpy's type code) and n items
"""

import struct
import zlib

import numpy as np
import orjson
from numpy.typing import NDArray

from tallystick.core.memory import Memory, from_document, to_document
from tallystick.core.slices import Floats, Slices
from tallystick.errors import LedgerError

_VERSION = b"\x01"
_HEAD = struct.Struct("<qI")
_TYPES = {code.encode(): np.dtype(code).newbyteorder("<") for code in ("B", "H", "I", "Q", "d")}
_EXACT = 2.0**53


def encode_slices(part: Slices) -> bytes:
    """*part* as bytes."""
    head = _HEAD.pack(part.start, len(part.observed))
    body = [head, np.packbits(part.observed).tobytes(), _pack(part.total), _pack(part.total - part.good)]
    return _VERSION + zlib.compress(b"".join(body), 6)


def decode_slices(data: bytes) -> Slices:
    """
    What `encode_slices` made.

    Raises:
        LedgerError: *data* is damaged, or of a version that is not known here.
    """
    body = _inflate(data)
    try:
        start, count = _HEAD.unpack_from(body)
        packed = np.frombuffer(body, np.uint8, -(-count // 8), _HEAD.size)
        observed = np.unpackbits(packed, count=count).astype(np.bool_)
        total, offset = _unpack(body, _HEAD.size + len(packed), count)
        bad, _ = _unpack(body, offset, count)
    except (struct.error, ValueError, KeyError) as fault:
        raise LedgerError(f"an entry of the ledger is damaged: {fault}") from fault
    return Slices(start, observed, total - bad, total)


def encode_memory(memory: Memory) -> bytes:
    """*memory* as bytes."""
    return _VERSION + zlib.compress(orjson.dumps(to_document(memory)), 1)


def decode_memory(data: bytes) -> Memory:
    """
    What `encode_memory` made.

    Raises:
        LedgerError: *data* is damaged, or of a version that is not known here.
    """
    try:
        return from_document(orjson.loads(_inflate(data)))
    except (ValueError, KeyError, TypeError) as fault:
        raise LedgerError(f"a cursor of the ledger is damaged: {fault}") from fault


def _inflate(data: bytes) -> bytes:
    if data[:1] != _VERSION:
        raise LedgerError(
            f"an entry of the ledger has version {data[:1].hex() or 'none'}, and this tallystick reads 01"
        )
    try:
        return zlib.decompress(data[1:])
    except zlib.error as fault:
        raise LedgerError(f"an entry of the ledger is damaged: {fault}") from fault


def _pack(values: Floats) -> bytes:
    code = _smallest_type(values)
    items = values.astype(_TYPES[code])
    return code + items.view(np.uint8).reshape(len(items), items.itemsize).T.tobytes()


def _smallest_type(values: Floats) -> bytes:
    high = float(values.max(initial=0))
    if high >= _EXACT or values.min(initial=0) < 0 or not np.array_equal(values, np.floor(values)):
        return b"d"
    return next(code for code, kind in _TYPES.items() if high <= np.iinfo(kind).max)


def _unpack(body: bytes, offset: int, count: int) -> tuple[NDArray[np.float64], int]:
    kind = _TYPES[body[offset : offset + 1]]
    end = offset + 1 + count * kind.itemsize
    regrouped = np.frombuffer(body, np.uint8, count * kind.itemsize, offset + 1).reshape(kind.itemsize, count)
    return np.ascontiguousarray(regrouped.T).view(kind).ravel().astype(np.float64), end
