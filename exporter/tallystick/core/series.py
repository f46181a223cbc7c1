"""Samples as Prometheus scraped them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Values = NDArray[np.float64]

Target = tuple[str, str]
"""A scrape target: its ``job`` and ``instance``, empty where a series has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """
    One series' samples over some time.

    Attributes:
        labels: its labels, without ``__name__``.
        times: when each sample was scraped, in milliseconds since 1970; strictly ascending, shape (n,).
        values: its values, shape (n,); none is NaN or infinite.
    """

    labels: Mapping[str, str]
    times: Times
    values: Values

    @property
    def target(self) -> Target:
        """Where it was scraped."""
        return self.labels.get("job", ""), self.labels.get("instance", "")

    @property
    def key(self) -> str:
        """
        Its identity, as text.

        A bucket's bound counts as a number: Prometheus 3 writes ``le="1.0"`` where 2 wrote ``le="1"``, and a counter
        that is renamed so has not begun anew.
        """
        labels = dict(self.labels)
        if "le" in labels:
            labels["le"] = _bound(labels["le"])
        return json.dumps(labels, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _bound(text: str) -> str:
    try:
        return repr(float(text))
    except ValueError:
        return text
