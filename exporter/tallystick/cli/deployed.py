"""What of the definitions Prometheus has loaded."""

import time
from collections.abc import Sequence

from tallystick.cli.progress import progress_of
from tallystick.core.loaded import Comparison
from tallystick.core.slo import Slo
from tallystick.errors import PrometheusError
from tallystick.generate.loaded_rules import compare_rules
from tallystick.generate.render import rule_documents
from tallystick.upstream.client import Prometheus
from tallystick.upstream.loaded import loaded_groups


def look(slos: Sequence[Slo], prometheus: Prometheus) -> Comparison:
    """
    The rules that *prometheus* has loaded, compared with those that would be written for *slos* now.

    Raises:
        PrometheusError: it could not be asked, or does not answer as it should.
        GenerateError: jsonnet failed.
    """
    groups = list(loaded_groups(prometheus))
    with progress_of("making rules") as report:
        documents = list(rule_documents(slos, report=report, at=time.time()))
    try:
        return compare_rules(groups, documents)
    except ValueError as fault:
        raise PrometheusError("bad_answer", f"{prometheus.public_url}: {fault}") from fault
