// What users may change: `_config+:: { ... }` in a mixin of their own, or the `config` argument of dashboards.jsonnet.
{
  _config+:: {
    // SLOs as `tallystick export` prints them; of them, ids, alerts and groups are used.
    slos: [],
    // Uids are made from it, and the links between dashboards. With another prefix two sets can live side by side.
    dashboardUidPrefix: 'tallystick-',
    dashboardTags: ['tallystick', 'slo'],
    dashboardRefresh: '1m',
    dashboardTimezone: 'browser',
    portfolioFrom: 'now-30d',
    sloFrom: 'now-7d',
    // Which data sources are offered: a regular expression over their names; empty for all Prometheus ones.
    datasourceRegex: '',
    // A further matcher for every selector, e.g. 'cluster="eu-1"', where one data source holds several exporters.
    dashboardSelector: '',
    // A kept promise with less of its budget left than this is "at risk"; a ratio, as PromQL writes it.
    atRiskBelow: '0.25',
    // How pages and tickets are told apart in ALERTS.
    pageSelector: 'severity="page"',
    ticketSelector: 'severity="ticket"',
    // Rows of lists of the worst.
    worstCount: 10,
    // The burn-rate policies whose thresholds are drawn.
    // Source: Site Reliability Workbook, ch. 5, table 5-8.
    burnPolicies: [
      { severity: 'page', share: '0.02', long: '1h', short: '5m' },
      { severity: 'page', share: '0.05', long: '6h', short: '30m' },
      { severity: 'ticket', share: '0.1', long: '1d', short: '2h' },
      { severity: 'ticket', share: '0.1', long: '3d', short: '6h' },
    ],
  },
}
