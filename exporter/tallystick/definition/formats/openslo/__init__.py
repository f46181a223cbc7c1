"""
OpenSLO's objects, ``openslo/v1``, and SLOs of ``openslo/v1alpha`` as Sloth reads them.

Objects of all files belong together: they refer to one another by kind and name. Each SLO becomes a document of ours; what it
refers to is read where it is used, and told there. The table in ``docs/formats.md`` has every field.
"""

from collections.abc import Iterator, Sequence

from tallystick.definition.formats import nodes
from tallystick.definition.formats.base import Reader, Reading
from tallystick.definition.formats.openslo import alpha
from tallystick.definition.formats.openslo.objects import collect
from tallystick.definition.formats.openslo.slos import document
from tallystick.definition.formats.owners import OPENSLO_ALPHA_VERSION
from tallystick.definition.node import Mapping


def _read(roots: Sequence[Mapping]) -> Iterator[Reading]:
    readings = [Reading(root, WORDS) for root in roots]
    old: list[Reading] = []
    new: list[Reading] = []
    for reading in readings:
        (old if nodes.said(reading.root.get("apiVersion")) == OPENSLO_ALPHA_VERSION else new).append(reading)
    objects, slos = collect(new)
    for reading, root in slos:
        reading.documents.append(document(reading, objects, root))
    for reading in old:
        alpha.read(reading)
    yield from readings


WORDS = {
    "objective": "target",
    "window": "timeWindow",
    "timezone": "timeZone",
    "year_start": "startTime",
    "slice": "timeSliceWindow",
    "slice_target": "timeSliceTarget",
    "budgeting": "budgetingMethod",
    "sli": "indicator",
    "error": "raw",
    "success": "raw",
    "budget": "threshold",
    "in": "lookbackWindow",
    "for": "alertAfter",
    "of": "objectives",
    "weight": "compositeWeight",
    "$window": "{{.window}}",
}
READER = Reader(_read)
