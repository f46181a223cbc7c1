"""Names of OpenSLO's objects: labels of DNS, once for each kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, count

LENGTH = 63
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
LABEL_KEY = re.compile(r"[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?")
"""What go-sdk takes for a name, and for the key of a label or annotation."""

_OTHER = re.compile(r"[^a-z0-9]+")


def is_name(text: str) -> bool:
    """Whether *text* can be an object's name."""
    return len(text) <= LENGTH and LABEL.fullmatch(text) is not None


def slug(text: str) -> str:
    """*text* as a name."""
    return _OTHER.sub("-", text.lower()).strip("-")[:LENGTH].rstrip("-") or "unnamed"


@dataclass(slots=True)
class Names:
    """Names that are taken."""

    taken: set[str] = field(default_factory=set)

    def take(self, *wishes: str) -> str:
        """The first of *wishes* that is free, as a name; or else the last of them with a number."""
        names = [slug(wish) for wish in wishes]
        numbered = (f"{names[-1][: LENGTH - 7].rstrip('-')}-{number}" for number in count(2))
        found = next(name for name in chain(names, numbered) if name not in self.taken)
        self.taken.add(found)
        return found


def sayable(labels: Mapping[str, str]) -> dict[str, str]:
    """Those of *labels* whose names OpenSLO takes."""
    return {key: value for key, value in labels.items() if LABEL_KEY.fullmatch(key)}
