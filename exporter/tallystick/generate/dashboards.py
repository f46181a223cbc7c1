"""Dashboards as the files that a Grafana reads: as they are, as ConfigMaps for its sidecar, or to be imported by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import orjson
import yaml

from tallystick.errors import GenerateError
from tallystick.generate.filename import stem
from tallystick.generate.mixin import evaluate
from tallystick.generate.operator import object_name
from tallystick.generate.resolved import Json

Form = Literal["files", "configmap", "import"]
FORMS: tuple[Form, ...] = get_args(Form)

FOLDER = "SLOs"
"""Grafana's folder of those that are for all services."""

UNOWNED = "No team"
"""Grafana's folder of services that nobody says they own."""

MOST_BYTES = 2**20
"""What Kubernetes takes for a ConfigMap, and etcd for a value."""

GRAFANA_PATH = "/var/lib/grafana/tallystick"
"""Where Grafana finds the output folder, unless it is said."""

_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


@dataclass(frozen=True, slots=True)
class Placing:
    """
    How dashboards get into Grafana.

    Attributes:
        form: as files for its provisioning, as ConfigMaps for its sidecar, or to be imported by hand.
        path: where Grafana finds the output folder, for the file that makes it look there.
    """

    form: Form = "files"
    path: str = GRAFANA_PATH


def of_all(gists: Sequence[Json], config: Mapping[str, Any], placing: Placing) -> dict[str, bytes]:
    """
    The dashboards that are for all services, and what makes Grafana find those of single ones too.

    Args:
        gists: what `tallystick.generate.gist.for_dashboards` leaves of the SLOs.
        config: what is changed in ``config.libsonnet``.
        placing: how they are to get into Grafana.

    Returns:
        Path under the output folder -> bytes.

    Raises:
        GenerateError: jsonnet failed, or a dashboard is larger than a ConfigMap may be.
    """
    made = evaluate("dashboards", gists, config)
    files = dict(_written(f"dashboards/{name}", FOLDER, one, placing.form) for name, one in made.items())
    if placing.form == "files":
        files["provisioning/dashboards.yaml"] = _provisioning(placing.path)
    return files


def of_services(resolved: Sequence[Json], config: Mapping[str, Any], placing: Placing) -> dict[str, bytes]:
    """
    A dashboard for each service of *resolved*, the SLOs for jsonnet, with all SLOs of a service among them.

    Returns:
        Path under the output folder -> bytes; each is in a folder for its team, which becomes one in Grafana.

    Raises:
        GenerateError: as `of_all`.
    """
    teams = _owners(resolved)
    made = evaluate("dashboards", resolved, config, "services")
    return dict(
        _written(f"team-dashboards/{stem(team)}/{name}", team, one, placing.form)
        for name, one in made.items()
        for team in [teams[_service_of(one)]]
    )


def _owners(resolved: Iterable[Json]) -> dict[str, str]:
    """The team of each service: of several, the one that owns most of its SLOs, the first by name of those that own as many."""
    named: dict[str, list[str]] = {}
    for slo in resolved:
        named.setdefault(slo["service"], []).extend([slo["team"]] if slo["team"] else [])
    return {
        service: min(teams, key=lambda team: (-teams.count(team), team), default=UNOWNED)
        for service, teams in named.items()
    }


def _service_of(dashboard: Json) -> str:
    return next(str(one["query"]) for one in dashboard["templating"]["list"] if one["name"] == "service")


def _written(path: str, folder: str, made: Json, form: Form) -> tuple[str, bytes]:
    if form == "configmap":
        path, content = path.removesuffix(".json") + ".yaml", _config_map(path.rsplit("/", 1)[1], folder, made)
    else:
        content = orjson.dumps(importable(made) if form == "import" else made, option=_OPTIONS)
    if len(content) > MOST_BYTES:
        raise GenerateError(f"{path} would have {len(content):,} bytes, more than Kubernetes takes")
    return path, content


def _config_map(name: str, folder: str, made: Json) -> bytes:
    """As the sidecar of Grafana's Helm chart finds it: by the label, and which folder by the annotation."""
    content = orjson.dumps(made, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE).decode()
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": object_name(name.removesuffix(".json").removeprefix("tallystick-")),
            "labels": {"grafana_dashboard": "1"},
            "annotations": {"grafana_folder": folder},
        },
        "data": {name: content},
    }
    text: str = yaml.dump(
        document, sort_keys=False, allow_unicode=True, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    )
    return text.encode()


def importable(made: Json) -> Json:
    """A dashboard that asks for its data source when somebody imports it, as those on grafana.com do."""
    kinds = sorted({panel["type"] for panel in made["panels"] if panel["type"] != "row"})
    asked = {
        "name": "DS_PROMETHEUS",
        "label": "Prometheus",
        "description": "Where the rules and the exporter are",
        "type": "datasource",
        "pluginId": "prometheus",
        "pluginName": "Prometheus",
    }
    chosen = {"text": "${DS_PROMETHEUS}", "value": "${DS_PROMETHEUS}"}
    variables = [
        one | {"current": chosen} if one["type"] == "datasource" else one for one in made["templating"]["list"]
    ]
    return {
        **made,
        "__inputs": [asked],
        "__requires": [
            {"type": "grafana", "id": "grafana", "name": "Grafana", "version": "10.4.0"},
            {"type": "datasource", "id": "prometheus", "name": "Prometheus", "version": "1.0.0"},
            *({"type": "panel", "id": kind, "name": kind, "version": ""} for kind in kinds),
        ],
        "editable": True,
        "id": None,
        "templating": {"list": variables},
    }


def _provisioning(path: str) -> bytes:
    """Grafana's own file of where to look for dashboards."""
    common = {"type": "file", "allowUiUpdates": False, "updateIntervalSeconds": 30}
    providers = [
        {"name": "tallystick", "folder": FOLDER, **common, "options": {"path": f"{path}/dashboards"}},
        {
            "name": "tallystick-teams",
            **common,
            "options": {"path": f"{path}/team-dashboards", "foldersFromFilesStructure": True},
        },
    ]
    text: str = yaml.safe_dump({"apiVersion": 1, "providers": providers}, sort_keys=False)
    return text.encode()
