// What users may change: `_config+:: { ... }` in a mixin of their own, or the `config` argument of rules.jsonnet.
{
  _config+:: {
    // What `tallystick export` prints. Every number in it is finished text: nothing here calculates with ratios.
    slos: [],

    // 'sloth' for the names and labels of Sloth's rules on top of these, so that what was built on them goes on working.
    names: '',

    // How often windows of two hours and more are worked out; '' for Prometheus' own evaluation interval. They move
    // slowly, and are most of the cost. Keep it well under 5m: a sample older than that is invisible to the alerts.
    slowInterval: '2m',

    // How often everything else is worked out, alerts included; '' for Prometheus' own evaluation interval.
    fastInterval: '',

    // How long a burn-rate condition must hold. The short window already asks that errors go on, so this is only there
    // to let no single odd evaluation wake somebody: it adds to the detection time.
    burnFor: { page: '1m', ticket: '15m' },

    // How long an SLI must be gone. Samples are visible for up to five minutes after the last scrape, so the alert
    // comes so much later than the loss. Longer than a restart takes.
    signalFor: { page: '5m', ticket: '15m' },

    // Who is told that an SLI is gone, by what became of its targets. Down (`up` is 0) and gone (no `up` any more)
    // may be the worst outage there is, one that no error counts. Up (scraped well, but without the metric) and
    // unknown (the SLI's matchers name no job or instance) is mostly a rename, or a service that was idle since its
    // restart. An SLO without pages gets tickets instead; without both, no such alert.
    signalSeverity: { down: 'page', gone: 'page', up: 'ticket', unknown: 'ticket' },

    // How long before recurring exclusions are no longer known to the rules somebody is told, in seconds.
    exclusionsAhead: '1209600',
    // Alerts from the exporter's metrics. A budget is low when less than this share of it is left.
    budgetLow: '0.25',

    // An agreement is at risk when less than this share of what it allows to fail is left.
    agreementLow: '0.25',

    // Share of a window that must have been observed before its budget alerts: of a new SLO's first hour one bad event
    // may be more than the budget.
    budgetCoverage: '0.1',

    // How long a budget must be low or spent; and how long its alert stays when it no longer is, so that one that moves
    // around the limit is one alert ('' for not at all).
    budgetFor: '15m',
    budgetKeep: '1h',

    // How soon a budget must be going to be spent, in seconds: three days. The forecast is of the last hour's burn rate,
    // so it must hold for longer than a short outage is seen in it.
    forecastHorizon: '259200',
    forecastFor: '1h',

    // How long the exporter must be unwell. It is away while it is updated.
    healthFor: '15m',

    // How long readings of an SLO must go on failing: each of them is tried again in the next round.
    failuresFor: '1h',

    // Seconds since the latest round ended; rounds are a minute apart.
    stuckSeconds: '900',

    // Seconds since the end of an SLO's ledger. A slice may last an hour, and is only read when it is over.
    behindSeconds: '7200',

    // Severity of these alerts: one rule is for all SLOs, so labels that definitions give to a severity are not on them.
    exporterSeverity: 'ticket',

    // Labels of its targets that tell one exporter, with its replicas, from another.
    exporterBy: ['cluster', 'namespace', 'job'],

    // Links on alerts; '' leaves one out. {slo}, {service} and {alert} are replaced, quoted as a part of a URL;
    // and {from} by a time before the alert in milliseconds, for Grafana's from=.
    // An SLO's own `runbook` link goes before this one.
    runbookUrl: '',
    dashboardUrl: '',
    statusUrl: '',
  },
}
