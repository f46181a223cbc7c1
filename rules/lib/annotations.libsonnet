// Parts of annotations. They are Go templates: what comes from a definition is used as `slo.literal` has it.
{
  // The number that a query gives when the alert is evaluated. query: PromQL without double quotes, but for the
  // matchers of `slo.literal.matcher`, which are escaped; as: a template function that formats it.
  number(query, as): '{{ with query "' + query + '" }}{{ . | first | value | ' + as + ' }}{{ end }}',

  // Links that are set; an SLO's own runbook goes before the common one.
  links(config, slo, alert):
    local url(template) = std.foldl(
      function(text, part) std.strReplace(text, '{' + part.name + '}', part.value),
      [{ name: 'slo', value: slo.url.slo }, { name: 'service', value: slo.url.service }, { name: 'alert', value: alert }],
      template
    );
    local runbook = if 'runbook' in slo.literal.links then slo.literal.links.runbook else url(config.runbookUrl);
    local all = { dashboard_url: url(config.dashboardUrl), runbook_url: runbook, status_url: url(config.statusUrl) };
    { [name]: all[name] for name in std.objectFields(all) if all[name] != '' },
}
