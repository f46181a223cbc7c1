"""docs/api.md shows what is really answered."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tallystick.web.app import create_app
from web.fake_view import NOW, FakeView

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]


def answer(path: str) -> Any:
    """What the shop's exporter answers at *path*."""
    return TestClient(create_app(FakeView(), clock=lambda: NOW)).get(path).json()


@pytest.mark.parametrize(
    ("example", "path"),
    list(
        zip(
            EXAMPLES,
            (
                "/api/v1/standings",
                "/api/v1/agreements",
                "/api/v1/slo/checkout-availability",
                "/api/v1/slo/checkout-availability/burn-down",
                "/api/v1/status",
            ),
            strict=True,
        )
    ),
)
def test_examples_have_the_keys_of_answers(example: dict[str, Any], path: str) -> None:
    """Each example has exactly the keys of the real answer, in the same order, at every depth that has fixed ones."""
    real = answer(path)
    if isinstance(real, list):
        real = next(each for each in real if each["slo"] == "checkout-availability")

    assert list(example) == list(real)
    for key, value in example.items():
        if isinstance(value, dict):
            assert list(value) == list(real[key]), key
    for key in {"points", "periods", "credits"} & set(example):
        assert list(example[key][0]) == list(real[key][0])


def test_every_address_is_described() -> None:
    """Each route of the application is in the table of addresses."""
    described = re.findall(r"^\| `(/[^`?]*)", TEXT, re.MULTILINE)
    routes = {getattr(route, "path", "").replace("{slo_id:path}", "<id>") for route in create_app(FakeView()).routes}

    assert set(described) == routes - {"/", "/slo/<id>", "/favicon.ico", "/static"}
