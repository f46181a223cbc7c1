// Parts of annotations. They are Go templates: what comes from a definition is used as `slo.literal` has it.
{
  // The number that a query gives when the alert is evaluated. text: `slo.literal`; query: PromQL without double quotes
  // and per cent signs, but for the matchers of `text.matcher`, which are escaped; as: a template function that formats
  // it. The matchers of an SLO with groups are a format, which takes the values of the alert's own group.
  number(text, query, as):
    local asked = if text.group == []
    then 'query "' + query + '"'
    else 'printf "' + query + '" ' + std.join(' ', text.group) + ' | query';
    '{{ with ' + asked + ' }}{{ . | first | value | ' + as + ' }}{{ end }}',

  // Links that are set; an SLO's own runbook goes before the common one.
  links(config, slo, alert):
    local url(template) =
      std.strReplace(
        std.strReplace(std.strReplace(template, '{slo}', slo.url.slo), '{service}', slo.url.service), '{alert}', alert
      );
    local ownRunbook = 'runbook' in slo.literal.links;
    {
      [if config.dashboardUrl != '' then 'dashboard_url']: url(config.dashboardUrl),
      [if ownRunbook || config.runbookUrl != '' then 'runbook_url']:
        if ownRunbook then slo.literal.links.runbook else url(config.runbookUrl),
      [if config.statusUrl != '' then 'status_url']: url(config.statusUrl),
    },
}
