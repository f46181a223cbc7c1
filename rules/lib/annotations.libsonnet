// Parts of annotations. They are Go templates: what comes from a definition is used as `slo.literal` has it.
local sixHours = '21600';

// Links that are set, for one SLO, quoted as a part of a URL.
// back: seconds before the alert that its dashboard should show. Prometheus has no function for the time, but a query.
local filled(config, slo, service, alert, back) =
  local from = '{{ with query "1000 * (time() - ' + back + ')" }}{{ . | first | value | printf "%.0f" }}{{ end }}';
  local ofSlo(template) = std.strReplace(std.strReplace(template, '{slo}', slo), '{service}', service);
  local url(template) = std.strReplace(std.strReplace(ofSlo(template), '{alert}', alert), '{from}', from);
  {
    [if config.dashboardUrl != '' then 'dashboard_url']: url(config.dashboardUrl),
    [if config.runbookUrl != '' then 'runbook_url']: url(config.runbookUrl),
    [if config.statusUrl != '' then 'status_url']: url(config.statusUrl),
  };

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
  links(config, slo, alert, back=sixHours):
    local ownRunbook = 'runbook' in slo.literal.links;
    filled(config, slo.url.slo, slo.url.service, alert, back) +
    { [if ownRunbook then 'runbook_url']: slo.literal.links.runbook },

  // The same where one rule is for all SLOs.
  linksByLabels(config, alert): filled(config, '{{ $labels.slo | urlquery }}', '{{ $labels.slo_service | urlquery }}', alert, sixHours),

  // The same where an alert is of no SLO: links to one are left out.
  linksOfNone(config, alert):
    local common(url) = if std.length(std.findSubstr('{slo}', url) + std.findSubstr('{service}', url)) > 0 then '' else url;
    filled({ [name]: common(config[name]) for name in ['dashboardUrl', 'runbookUrl', 'statusUrl'] }, '', '', alert, sixHours),

  // What an alert is of, where its labels tell: thing, and those of labels that it has.
  titleOf(thing, labels):
    thing + std.join('', ['{{ with $labels.' + label + ' }} ' + label + '={{ . }}{{ end }}' for label in labels]),
  titleByLabels(groups): self.titleOf('{{ $labels.slo }}', groups),

  // A sentence with a number of the alert's own SLO, which is left out if there is none. how: aggregates replicas; groups:
  // more labels of the alert that pick the series; pins: labels and their values, as templates.
  sentence(how, metric, groups, pins, before, as, after):
    local picked = { [label]: '$labels.' + label for label in ['slo'] + groups } + pins;
    local labels = std.objectFields(picked);
    local matchers = std.join(',', [label + '=%q' for label in labels]);
    local values = std.join(' ', [picked[label] for label in labels]);
    '{{ with printf "' + how + '(' + metric + '{' + matchers + '})" ' + values + ' | query }}' + before +
    '{{ . | first | value | ' + as + ' }}' + after + '{{ end }}',
}
