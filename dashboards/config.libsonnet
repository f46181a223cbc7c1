// What users may change: `_config+:: { ... }` in a mixin of their own, or the `config` argument of dashboards.jsonnet.
{
  _config+:: {
    // SLOs as `tallystick export` prints them; of them, the labels of groups are used, and all there is for dashboards of single services.
    slos: [],
    // Uids are made from it, and the links between dashboards. With another prefix two sets can live side by side.
    dashboardUidPrefix: 'tallystick-',
    dashboardTags: ['tallystick', 'slo'],
    dashboardRefresh: '1m',
    dashboardTimezone: 'browser',
    portfolioFrom: 'now-30d',
    sloFrom: 'now-7d',
    serviceFrom: 'now-24h',
    oncallFrom: 'now-6h',
    agreementsFrom: 'now-30d',
    exporterFrom: 'now-6h',
    // How far back the trend over months reaches on Portfolio, whatever time range is chosen.
    portfolioMonths: '180d',
    // Which data sources are offered: a regular expression over their names; empty for all Prometheus ones.
    datasourceRegex: '',
    // A further matcher for every selector, e.g. 'cluster="eu-1"', where one data source holds several exporters.
    dashboardSelector: '',
    // A kept promise with less of its budget left than this is "at risk"; a ratio, as PromQL writes it.
    atRiskBelow: '0.25',
    // So is one whose budget is gone within so many seconds at the present rate.
    atRiskSeconds: '86400',
    // How pages and tickets are told apart in ALERTS.
    pageSelector: 'severity="page"',
    ticketSelector: 'severity="ticket"',
    // Of how many of its SLOs a service's own dashboard has panels; tables have all of them.
    serviceSlos: 12,
    // Rows of lists of the worst.
    worstCount: 10,
  },
}
