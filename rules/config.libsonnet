// What users may change: `_config+:: { ... }` in a mixin of their own, or the `config` argument of rules.jsonnet.
{
  _config+:: {
    // What `tallystick export` prints. Every number in it is finished text: nothing here calculates with ratios.
    slos: [],

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

    // Links on alerts; '' leaves one out. {slo}, {service} and {alert} are replaced, quoted as a part of a URL.
    // An SLO's own `runbook` link goes before this one.
    runbookUrl: '',
    dashboardUrl: '',
    statusUrl: '',
  },
}
