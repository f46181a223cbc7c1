"""
Prometheus' remote write, version 1, as far as samples go: one request that every server here understands.

Unlike OpenMetrics text it carries staleness markers. The message is written by hand, field by field, and packed by snappy's
rules as one literal after another, which is allowed and needs no library.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import requests

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
"""The NaN that marks a series as gone."""

_LITERAL_BYTES = 60_000
_VARINT, _FIXED, _BYTES = 0, 1, 2


@dataclass(frozen=True)
class Written:
    """
    A series to be written.

    Attributes:
        labels: all of them, ``__name__`` as well.
        samples: milliseconds since 1970 and values.
    """

    labels: Mapping[str, str]
    samples: Sequence[tuple[int, float]]


def remote_write(url: str, series: Sequence[Written]) -> None:
    """Send *series* to *url*."""
    headers = {
        "Content-Encoding": "snappy",
        "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }
    body = _packed(b"".join(_field(1, _series(one)) for one in series))
    answer = requests.post(url, data=body, headers=headers, timeout=60)
    assert answer.ok, f"{answer.status_code}: {answer.text}"


def _series(one: Written) -> bytes:
    labels = (_field(1, name.encode()) + _field(2, value.encode()) for name, value in sorted(one.labels.items()))
    samples = (_double(1, value) + _number(2, at_ms) for at_ms, value in one.samples)
    return b"".join(_field(1, label) for label in labels) + b"".join(_field(2, sample) for sample in samples)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _double(number: int, value: float) -> bytes:
    # Packed as bits: a signalling NaN would not survive arithmetic.
    return _varint(number << 3 | _FIXED) + struct.pack("<d", value)


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def _packed(content: bytes) -> bytes:
    """*content* as snappy's block format has it, uncompressed."""
    parts = [_varint(len(content))]
    for start in range(0, len(content), _LITERAL_BYTES):
        literal = content[start : start + _LITERAL_BYTES]
        parts += [b"\xf4", struct.pack("<H", len(literal) - 1), literal]
    return b"".join(parts)
