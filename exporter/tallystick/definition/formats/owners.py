"""
Which tool a document is for, by what it says of itself.

It is apart from the formats, as this is asked of every document, and nearly nobody has definitions of all of these tools.
"""

from tallystick.definition.formats import nodes
from tallystick.definition.node import Mapping

SLOTH_VERSION = "prometheus/v1"
SLOTH_RESOURCE_VERSION = "sloth.slok.dev/v1"

PYRRA_VERSION = "pyrra.dev/v1alpha1"

OPENSLO_VERSIONS = ("openslo/v1", "openslo.com/v1")
OPENSLO_ALPHA_VERSION = "openslo/v1alpha"

SLO_GENERATOR_VERSION = "sre.google.com/v2"
SLO_GENERATOR_POLICIES = "error_budget_policies"

_SLO_GENERATOR_CONFIG = ("backends", "exporters", SLO_GENERATOR_POLICIES)
_SLO_GENERATOR_OLD = {"slo_name", "slo_target"}
"""Keys of files of the first version, which had no other mark."""

_OTHERS = {"apiVersion", "version", "kind", "service", "slos"}
"""Keys that documents of other kinds have."""


def is_of_sloth(root: Mapping) -> bool:
    """Whether *root* is a file or a resource of Sloth's."""
    is_file = nodes.said(root.get("version")) == SLOTH_VERSION
    return is_file or nodes.said(root.get("apiVersion")) == SLOTH_RESOURCE_VERSION


def is_of_pyrra(root: Mapping) -> bool:
    """Whether *root* is Pyrra's resource."""
    return nodes.said(root.get("apiVersion")) == PYRRA_VERSION


def is_of_openslo(root: Mapping) -> bool:
    """Whether *root* is an object of OpenSLO."""
    return nodes.said(root.get("apiVersion")) in (*OPENSLO_VERSIONS, OPENSLO_ALPHA_VERSION)


def is_of_slo_generator(root: Mapping) -> bool:
    """Whether *root* is anything of slo-generator's."""
    return (
        SLO_GENERATOR_VERSION in (nodes.said(root.get("apiVersion")), nodes.said(root.get("version")))
        or is_old_slo_generator(root)
        or is_slo_generator_config(root)
    )


def is_old_slo_generator(root: Mapping) -> bool:
    """Whether *root* is an SLO of slo-generator's first version."""
    return root.entries.keys() >= _SLO_GENERATOR_OLD and not _OTHERS & root.entries.keys()


def is_slo_generator_config(root: Mapping) -> bool:
    """Whether *root* is slo-generator's shared configuration, which says nothing of what it is."""
    has_key = any(isinstance(root.get(key), Mapping) for key in _SLO_GENERATOR_CONFIG)
    return has_key and not _OTHERS & root.entries.keys()
