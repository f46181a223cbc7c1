"""Every metric family: its name, what it means, its labels. Described for people in docs/metrics.md."""

from dataclasses import dataclass
from typing import Literal

_SLO = ("slo", "slo_service")
WINDOW_LABELS = (*_SLO, "window")
"""Our labels on figures of a window."""
AGREEMENT_LABELS = ("agreement", *WINDOW_LABELS)
"""Our labels on figures of an agreement."""
PERIOD_LABELS = (*AGREEMENT_LABELS, "period")
"""Our labels on figures of a period of it that has ended."""


@dataclass(frozen=True, slots=True)
class Family:
    """
    What a metric family is.

    Attributes:
        name: its name as it is queried, with ``_total`` or ``_info``.
        type: its type; an info metric is a gauge that is always 1.
        help: what it means, in a sentence.
        labels: labels that all of its series carry. Those marked "by window" or "by SLO" in the documentation also
            carry the labels an SLO is grouped by, and ``slo_info`` the definition's own.
    """

    name: str
    type: Literal["gauge", "counter", "info"]
    help: str
    labels: tuple[str, ...] = ()

    def head(self, *, openmetrics: bool) -> str:
        """
        Its ``HELP`` and ``TYPE`` lines.

        OpenMetrics names a family without the suffix of its type; the older text format names what is queried, and
        knows no info type.
        """
        name, type_ = self.name, self.type
        if openmetrics:
            name = name.removesuffix({"counter": "_total", "info": "_info", "gauge": ""}[type_])
        elif type_ == "info":
            type_ = "gauge"
        return f"# HELP {name} {self.help}\n# TYPE {name} {type_}\n"


FAMILIES = (
    Family(
        "slo_info",
        "info",
        "What is known of an SLO beside its numbers; 1.",
        (*_SLO, "slo_team", "slo_tier", "slo_kind", "slo_file", "slo_revision"),
    ),
    Family("slo_objective_ratio", "gauge", "Promised share of good events.", _SLO),
    Family("slo_error_budget_ratio", "gauge", "Allowed share of bad events: 1 - objective.", _SLO),
    Family(
        "slo_window_seconds",
        "gauge",
        "Length of a window over which the objective is promised; of a calendar window, of its present period.",
        WINDOW_LABELS,
    ),
    Family(
        "slo_window_elapsed_ratio",
        "gauge",
        "Share of the window's present period that is over, 0 to 1; 1 for a rolling window.",
        WINDOW_LABELS,
    ),
    Family(
        "slo_compliance_ratio", "gauge", "Delivered share of good events in the window, from the ledger.", WINDOW_LABELS
    ),
    Family(
        "slo_error_budget_remaining_ratio",
        "gauge",
        "Share of the window's error budget that is left: 1 untouched, 0 spent, negative overspent.",
        WINDOW_LABELS,
    ),
    Family(
        "slo_gross_compliance_ratio",
        "gauge",
        "Delivered share of good events in the window with nothing excluded.",
        WINDOW_LABELS,
    ),
    Family(
        "slo_coverage_ratio",
        "gauge",
        "Share of the window that was observed, of what is not excluded, 0 to 1.",
        WINDOW_LABELS,
    ),
    Family("slo_excluded_seconds", "gauge", "How much of the window is agreed not to count.", WINDOW_LABELS),
    Family(
        "slo_exclusion_active", "gauge", "Whether an agreed exclusion is going on at the ledger's end, 1 or 0.", _SLO
    ),
    Family(
        "slo_met",
        "gauge",
        "Whether the objective is met in the window, 1 or 0; absent if unknown or old.",
        WINDOW_LABELS,
    ),
    Family("slo_valid", "gauge", "Whether there is a verdict on the window, and one of now: 1 or 0.", WINDOW_LABELS),
    Family(
        "slo_error_budget_exhaustion_timestamp_seconds",
        "gauge",
        "When the window's error budget runs out at the burn rate of the last hour.",
        WINDOW_LABELS,
    ),
    Family(
        "slo_burn_rate",
        "gauge",
        "How many times faster than sustainable the error budget was spent in the last 5m, 30m, 1h, ...",
        WINDOW_LABELS,
    ),
    Family("slo_events_total", "counter", "Events the SLO covers, as far as the ledger reaches back.", _SLO),
    Family("slo_good_events_total", "counter", "Events that were good, as far as the ledger reaches back.", _SLO),
    Family(
        "slo_agreement_info",
        "info",
        "What is known of an agreement beside its numbers; 1.",
        (*AGREEMENT_LABELS, "agreement_kind", "agreement_party", "slo_team", "slo_tier"),
    ),
    Family("slo_agreement_objective_ratio", "gauge", "Agreed share of good events.", AGREEMENT_LABELS),
    Family(
        "slo_agreement_compliance_ratio",
        "gauge",
        "Delivered share of good events in the agreement's present period, from the ledger.",
        AGREEMENT_LABELS,
    ),
    Family(
        "slo_agreement_gross_compliance_ratio",
        "gauge",
        "Delivered share of good events in the agreement's present period with nothing excluded.",
        AGREEMENT_LABELS,
    ),
    Family(
        "slo_agreement_error_budget_remaining_ratio",
        "gauge",
        "Share of what the agreement allows to fail that is left: 1 untouched, 0 spent, negative overspent.",
        AGREEMENT_LABELS,
    ),
    Family(
        "slo_agreement_error_budget_exhaustion_timestamp_seconds",
        "gauge",
        "When the agreement is broken at the burn rate of the last hour.",
        AGREEMENT_LABELS,
    ),
    Family(
        "slo_agreement_coverage_ratio",
        "gauge",
        "Share of the agreement's present period that was observed, of what is over and not excluded, 0 to 1.",
        AGREEMENT_LABELS,
    ),
    Family(
        "slo_agreement_excluded_seconds",
        "gauge",
        "How much of the agreement's present period is agreed not to count.",
        AGREEMENT_LABELS,
    ),
    Family(
        "slo_agreement_met",
        "gauge",
        "Whether the agreement is kept so far, 1 or 0; absent if unknown or old.",
        AGREEMENT_LABELS,
    ),
    Family(
        "slo_agreement_valid",
        "gauge",
        "Whether there is a verdict on the agreement, and one of now: 1 or 0.",
        AGREEMENT_LABELS,
    ),
    Family("slo_agreement_window_seconds", "gauge", "Length of the agreement's present period.", AGREEMENT_LABELS),
    Family(
        "slo_agreement_window_elapsed_ratio",
        "gauge",
        "Share of the agreement's present period that is over, 0 to 1; 1 for a rolling window.",
        AGREEMENT_LABELS,
    ),
    Family(
        "slo_service_credit_ratio",
        "gauge",
        "Share of the price that is due if the present period ends as it stands; absent if unknown or old, or without credits.",
        AGREEMENT_LABELS,
    ),
    Family(
        "slo_service_credit_max_ratio", "gauge", "Largest share of the price that can become due.", AGREEMENT_LABELS
    ),
    Family(
        "slo_agreement_period_compliance_ratio",
        "gauge",
        "Delivered share of good events in an ended period, of the last twelve.",
        PERIOD_LABELS,
    ),
    Family(
        "slo_agreement_period_coverage_ratio",
        "gauge",
        "Share of an ended period that was observed, of what is not excluded, 0 to 1.",
        PERIOD_LABELS,
    ),
    Family(
        "slo_agreement_period_met",
        "gauge",
        "Whether the agreement was kept in an ended period, 1 or 0; absent if unknown.",
        PERIOD_LABELS,
    ),
    Family(
        "slo_service_credit_period_ratio",
        "gauge",
        "Share of the price that is due for an ended period; absent if unknown, or without credits.",
        PERIOD_LABELS,
    ),
    Family("slo_ledger_start_timestamp_seconds", "gauge", "First instant the ledger knows of the SLO.", _SLO),
    Family("slo_ledger_end_timestamp_seconds", "gauge", "How far the ledger reaches; what is shown is of then.", _SLO),
    Family(
        "tallystick_query_failures_total",
        "counter",
        "Readings of an SLO that failed, by reason.",
        (*_SLO, "reason"),
    ),
    Family("tallystick_up", "gauge", "Whether Prometheus answered the latest request, 1 or 0."),
    Family("tallystick_build_info", "info", "Version of tallystick; 1.", ("version",)),
    Family("tallystick_config_last_reload_successful", "gauge", "Whether the latest loading of definitions went well."),
    Family(
        "tallystick_config_last_reload_success_timestamp_seconds", "gauge", "When definitions were last loaded well."
    ),
    Family("tallystick_slos", "gauge", "Number of SLOs in force."),
    Family("tallystick_backfill_done_ratio", "gauge", "Share of the reading of the past that is done, 0 to 1."),
    Family("tallystick_round_duration_seconds", "gauge", "How long the latest round took."),
    Family("tallystick_round_end_timestamp_seconds", "gauge", "When the latest round ended."),
    Family("tallystick_rounds_total", "counter", "Rounds since the start."),
    Family("tallystick_round_failures_total", "counter", "Rounds that the ledger made impossible, since the start."),
    Family("tallystick_ledger_slices_total", "counter", "Slices written to the ledger since the start."),
    Family("tallystick_requests_total", "counter", "Requests to Prometheus since the start."),
)
"""All families of ours, in the order in which they are shown."""
