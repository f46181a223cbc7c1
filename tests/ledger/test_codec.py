"""Slices and memories as bytes."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tallystick.core.memory import JobMemory, JobRun, LastSample, Memory, TargetMemory
from tallystick.core.slices import Slices
from tallystick.core.timerange import TimeRange
from tallystick.errors import LedgerError
from tallystick.ledger.codec import decode_memory, decode_slices, encode_memory, encode_slices
from tallystick.ledger.packing import LEAST, Sections, pack, unpack

MIDNIGHT = 1_764_547_200

COUNTS = st.one_of(
    st.integers(0, 300).map(float),
    st.integers(0, 2**53).map(float),
    st.floats(0, 1e300, allow_nan=False),
)


def same(one: Slices, other: Slices) -> bool:
    """Whether both hold the same, bit by bit."""
    return one.start == other.start and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("observed", "good", "total")
    )


@given(
    observed=arrays.arrays(np.bool_, 90),
    total=arrays.arrays(np.float64, 90, elements=COUNTS),
    share=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_slices_come_back_as_they_were(observed: np.ndarray, total: np.ndarray, share: float) -> None:
    """Whatever counts there are, whole or not, small or huge."""
    slices = Slices(MIDNIGHT, observed, total - np.floor(total * share), total)

    assert same(slices, decode_slices(encode_slices(slices)))


def test_a_day_is_small() -> None:
    """A day of a busy service, with noise in traffic and errors, takes less than 4 KiB."""
    draw = np.random.default_rng(1)
    total = draw.poisson(600 + 500 * np.sin(np.arange(1440) / 1440 * 2 * np.pi)).astype(np.float64)
    slices = Slices(MIDNIGHT, np.ones(1440, np.bool_), total - draw.binomial(total.astype(int), 0.001), total)

    assert len(encode_slices(slices)) < 4096


@pytest.mark.parametrize("cut", [0, 1, 5, 20, -1])
def test_damaged_bytes_are_told(cut: int) -> None:
    """A truncated entry is an error that says so, and no numbers."""
    data = encode_slices(Slices(MIDNIGHT, np.ones(60, np.bool_), np.arange(60.0), np.arange(60.0)))

    with pytest.raises(LedgerError, match=r"damaged|version"):
        decode_slices(data[:cut])


def test_another_version_is_refused() -> None:
    """Bytes of a newer layout are not guessed at."""
    data = encode_slices(Slices(MIDNIGHT, np.ones(60, np.bool_), np.arange(60.0), np.arange(60.0)))

    with pytest.raises(LedgerError, match="version 09, and this tallystick reads 01 to 03"):
        decode_slices(b"\x09" + data[1:])


def day(rate: float, share: float, wave: float = 0, gaps: float = 0) -> Slices:
    """A day of a service that is busier at noon, with noise and gaps."""
    draw = np.random.default_rng(3)
    at = np.arange(1440)
    observed = draw.random(1440) >= gaps
    total = np.where(observed, draw.poisson(rate * (1 + wave * np.sin(at / 229))), 0)
    return Slices(MIDNIGHT, observed, (total - draw.binomial(total, share)).astype(float), total.astype(float))


@pytest.mark.parametrize("rate", [0.01, 3, 100, 5_000, 1e6, 1e12])
@pytest.mark.parametrize("gaps", [0, 0.3, 1])
def test_days_come_back_as_they_were(rate: float, gaps: float) -> None:
    """Quiet and busy days, with and without gaps, bit by bit, and never larger than without packing."""
    whole = day(rate, 0.1, 0.5, gaps)

    assert same(whole, decode_slices(encode_slices(whole)))
    assert len(encode_slices(whole)) <= len(without_packing(whole)) + 4


@given(
    total=arrays.arrays(np.int64, st.integers(LEAST, 200), elements=st.integers(0, 2**53 - 1)),
    known=st.integers(0, 2**64),
)
def test_packed_numbers_come_back_as_they_were(total: np.ndarray, known: int) -> None:
    """Whatever jumps there are, and wherever nothing is known."""
    taken = np.array([bool(known >> (index % 64) & 1) for index in range(len(total))])
    sections = Sections()
    pack(np.where(taken, total, 0), taken, sections)

    assert np.array_equal(np.where(taken, total, 0), unpack(taken, Sections(sections.joined())))


def without_packing(part: Slices) -> bytes:
    """What the first version wrote: all that there is in ledgers of that time."""
    body = struct.pack("<qI", part.start, len(part.observed)) + np.packbits(part.observed).tobytes()
    for values in (part.total, part.total - part.good):
        code = next((code for code in "BHIQ" if values.max(initial=0) <= np.iinfo(code).max), "d")
        items = values.astype(np.dtype(code).newbyteorder("<"))
        body += code.encode() + items.view(np.uint8).reshape(len(items), items.itemsize).T.tobytes()
    return b"\x01" + zlib.compress(body, 6)


@pytest.mark.parametrize("rate", [3, 5_000])
def test_entries_of_the_first_version_are_read(rate: float) -> None:
    """A ledger that was written before busy days were packed is read as ever."""
    whole = day(rate, 0.1, 0.5, 0.1)

    assert same(whole, decode_slices(without_packing(whole)))


@pytest.mark.parametrize("minutes", [40, 1440])
def test_every_bit_counts(minutes: int) -> None:
    """An hour and a busy day of which any one bit was turned are refused."""
    data = encode_slices(day(5_000, 0.01).clip(TimeRange(MIDNIGHT, MIDNIGHT + 60 * minutes)))
    assert data[0] == (2 if minutes < 1440 else 3)

    for bit in range(8, 8 * len(data)):
        turned = bytearray(data)
        turned[bit // 8] ^= 1 << bit % 8
        with pytest.raises(LedgerError):
            decode_slices(bytes(turned))


def test_memory_comes_back_as_it_was() -> None:
    """All of it, with values that JSON could bend."""
    memory = Memory(
        targets={
            ("jöb", 'in"stance'): TargetMemory(
                5_000,
                90_000,
                total=False,
                labels=frozenset({("jöb", "ä"), ("zone", '"')}),
                series={("total", '{"code":"500"}'): LastSample(4_000, 2.0**53 + 2, 60_000, 0.1 + 0.2)},
            ),
            ("", ""): TargetMemory(1, 2),
        },
        jobs={"jöb": JobMemory(1, 5_000, JobRun(3, None)), "": JobMemory(1, 1, JobRun(1, 0))},
        first_total_ms=17,
    )

    assert memory == decode_memory(encode_memory(memory))
