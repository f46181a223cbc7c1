"""
Slices and memories as bytes.

A day of one SLO is 1,440 times (observed, good, total). Counts are mostly small whole numbers and bad ones mostly 0. Up to
some hours are stored in the smallest integer type that holds them exactly, the bytes of each array regrouped by
significance, and all is deflated. A day of whole numbers is packed by `tallystick.ledger.packing` if that is smaller: 1 to 3 KB.
Layouts, little endian:

========  ===================================================================================
version   after the first byte, which is the version
========  ===================================================================================
1         *body*, deflated with zlib's header and checksum; written no more
2         *body*, deflated without them; CRC-32 of all before it
3         *head*; sections: observed, total, bad; CRC-32 of all before it
========  ===================================================================================

*body* is *head* (start: int64, seconds since 1970; n: uint32, number of slices), observed (ceil(n / 8) bytes, most
significant bit first), then total and bad: one letter each (numpy's type code) and n items.
"""

import struct
import zlib

import numpy as np
import orjson
from numpy.typing import NDArray

from tallystick.core.memory import Memory, from_document, to_document
from tallystick.core.slices import Bools, Floats, Slices
from tallystick.errors import LedgerError
from tallystick.ledger.packing import LEAST, Sections, pack, unpack

_OLD, _VERSION, _PACKED = b"\x01", b"\x02", b"\x03"
_HEAD = struct.Struct("<qI")
_CHECK = struct.Struct("<I")
_TYPES = {code.encode(): np.dtype(code).newbyteorder("<") for code in ("B", "H", "I", "Q", "d")}
_EXACT = 2.0**53

WORTH_PACKING = 400
"""Bytes up to which slices are left as they are: the hour under way, which is written each minute, and quiet days."""


def encode_slices(part: Slices) -> bytes:
    """*part* as bytes."""
    bad = part.total - part.good
    head, observed = _HEAD.pack(part.start, len(part.observed)), np.packbits(part.observed).tobytes()
    plain = _checked(_VERSION + _deflate(b"".join([head, observed, _pack(part.total), _pack(bad)]), 6))
    if len(plain) <= WORTH_PACKING or not _is_packable(part.observed, part.total, bad):
        return plain
    sections = Sections()
    sections.add(observed)
    for values in (part.total, bad):
        pack(values.astype(np.int64), part.observed, sections)
    return min(plain, _checked(_PACKED + head + sections.joined()), key=len)


def decode_slices(data: bytes) -> Slices:
    """
    What `encode_slices` made.

    Raises:
        LedgerError: *data* is damaged, or of a version that is not known here.
    """
    try:
        return _unpacked(_body(data)) if data[:1] == _PACKED else _unfolded(_inflate(data))
    except (struct.error, ValueError, KeyError, IndexError, zlib.error) as fault:
        raise LedgerError(f"an entry of the ledger is damaged: {fault}") from fault


def _unfolded(body: bytes) -> Slices:
    start, count = _HEAD.unpack_from(body)
    packed = np.frombuffer(body, np.uint8, -(-count // 8), _HEAD.size)
    observed = np.unpackbits(packed, count=count).astype(np.bool_)
    total, offset = _unpack(body, _HEAD.size + len(packed), count)
    bad, _ = _unpack(body, offset, count)
    return Slices(start, observed, total - bad, total)


def _unpacked(body: bytes) -> Slices:
    start, count = _HEAD.unpack_from(body)
    sections = Sections(body[_HEAD.size :])
    observed = np.unpackbits(np.frombuffer(sections.take(), np.uint8), count=count).astype(np.bool_)
    total, bad = (unpack(observed, sections).astype(np.float64) for _ in range(2))
    return Slices(start, observed, total - bad, total)


def _is_packable(observed: Bools, *arrays: Floats) -> bool:
    """Whether all are whole numbers, and 0 where they were not observed."""
    if len(observed) < LEAST:
        return False
    return all(_smallest_type(values) != b"d" and not values[~observed].any() for values in arrays)


def encode_memory(memory: Memory) -> bytes:
    """*memory* as bytes."""
    return _checked(_VERSION + _deflate(orjson.dumps(to_document(memory)), 1))


def decode_memory(data: bytes) -> Memory:
    """
    What `encode_memory` made.

    Raises:
        LedgerError: *data* is damaged, or of a version that is not known here.
    """
    try:
        return from_document(orjson.loads(_inflate(data)))
    except (ValueError, KeyError, TypeError, zlib.error) as fault:
        raise LedgerError(f"a cursor of the ledger is damaged: {fault}") from fault


def _inflate(data: bytes) -> bytes:
    """The body of *data*, of version 1 or 2."""
    if data[:1] == _OLD:
        try:
            return zlib.decompress(data[1:])
        except zlib.error as fault:
            raise LedgerError(f"an entry of the ledger is damaged: {fault}") from fault
    return zlib.decompress(_body(data), -zlib.MAX_WBITS)


def _deflate(body: bytes, level: int) -> bytes:
    squeezer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return squeezer.compress(body) + squeezer.flush()


def _checked(data: bytes) -> bytes:
    """*data* with its checksum: each bit of it counts, those that inflating would not look at too."""
    return data + _CHECK.pack(zlib.crc32(data))


def _body(data: bytes) -> bytes:
    """
    What lies between version and checksum.

    Raises:
        LedgerError: the checksum is not right, or the version is not known.
    """
    if data[:1] not in {_VERSION, _PACKED}:
        raise LedgerError(
            f"an entry of the ledger has version {data[:1].hex() or 'none'}, and this tallystick reads 01 to 03"
        )
    if _checked(data[: -_CHECK.size]) != data:
        raise LedgerError("an entry of the ledger is damaged: its checksum is not right")
    return data[1 : -_CHECK.size]


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
