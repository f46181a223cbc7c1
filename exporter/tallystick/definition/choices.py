"""Values of a definition that are one of a few words, for the model and its JSON Schema."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from tallystick.definition.fields import wrong_type
from tallystick.definition.node import Scalar
from tallystick.definition.problem import show


def _choice(*choices: str, meant: Mapping[str, str] | None = None) -> BeforeValidator:
    """One of *choices*; *meant*: what people write instead."""
    expected = f"{', '.join(choices[:-1])} or {choices[-1]}"

    def validate(value: Any) -> str:
        if isinstance(value, Scalar) and value.text in choices:
            return value.text
        if not isinstance(value, Scalar) or value.kind != "text":
            raise wrong_type(expected)
        near = get_close_matches(value.text.lower(), choices, n=1)
        hint = (meant or {}).get(value.text) or next(iter(near), "")
        raise wrong_type(expected, f"write {hint}" if hint else "", show(value.text))

    return BeforeValidator(validate)


Op = Annotated[
    Literal["lt", "lte", "gt", "gte"],
    _choice("lt", "lte", "gt", "gte", meant={"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}),
]
"""How a value must compare."""

Method = Annotated[Literal["weighted", "serial", "worst"], _choice("weighted", "serial", "worst")]
"""How an SLO is made of others."""

NoData = Annotated[Literal["ignore", "good", "bad"], _choice("ignore", "good", "bad")]
"""What unobserved time counts as."""

BudgetingMethod = Annotated[
    Literal["occurrences", "timeslices", "ratio_timeslices"], _choice("occurrences", "timeslices", "ratio_timeslices")
]
"""What a budget is a share of."""

AgreementKind = Annotated[
    Literal["sla", "ola", "underpinning", "expectation"],
    _choice(
        "sla",
        "ola",
        "underpinning",
        "expectation",
        meant={"SLA": "sla", "OLA": "ola", "uc": "underpinning", "UC": "underpinning", "contract": "sla"},
    ),
]
"""What an agreement is."""

Severity = Annotated[
    Literal["page", "ticket"], _choice("page", "ticket", meant={"critical": "page", "warning": "ticket"})
]
"""Who is told."""

Weigh = Annotated[Literal["time", "traffic"], _choice("time", "traffic", meant={"events": "traffic"})]
"""What a share of the budget is a share of."""
