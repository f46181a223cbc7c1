"""Slices and memories as bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tallystick.core.memory import JobMemory, JobRun, LastSample, Memory, TargetMemory
from tallystick.core.slices import Slices
from tallystick.errors import LedgerError
from tallystick.ledger.codec import decode_memory, decode_slices, encode_memory, encode_slices

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

    with pytest.raises(LedgerError, match="version 02, and this tallystick reads 01"):
        decode_slices(b"\x02" + data[1:])


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
