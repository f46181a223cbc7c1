// Alerts from the exporter's own metrics: how budgets stand, and whether the exporter is well. Paging needs none of them.
// Each is one rule for all SLOs, with labels from the series: 10,000 SLOs have as many rules as one.
local annotations = import 'lib/annotations.libsonnet';
local budgets = import 'lib/budgets.libsonnet';

local share(text) = '{{ ' + text + ' | humanizePercentage }}';
local lasting(text) = '{{ ' + text + ' | humanizeDuration }}';

local rule(config, name, expr, wait, texts, links, keep='') = {
  alert: name,
  expr: expr,
  'for': wait,
  [if keep != '' then 'keep_firing_for']: keep,
  labels: { severity: config.exporterSeverity },
  annotations: texts + links,
};

// groups: the labels that any SLO is grouped by; untold: matchers that leave out SLOs without tickets.
local ofBudgets(config, groups, untold) =
  local left = budgets.left(config, groups, untold);
  local title = annotations.titleByLabels(groups);
  local budget = 'the error budget of {{ $labels.window }}';
  local whole = '{{ if match "^(day|week|month|quarter|year)$" $labels.window }} That is the budget of the whole period, ' +
                'at the traffic so far.{{ end }}';
  local pace =
    annotations.sentence('min', 'slo_objective_ratio', [], {}, '\nThe objective is ', 'humanizePercentage', '.') +
    annotations.sentence(
      'max',
      'slo_burn_rate',
      groups,
      { window: '"1h"' },
      ' In the last hour the budget was spent ',
      'printf "%.3g"',
      ' times as fast as it may be.'
    );
  local alert(name, vector, wait, texts, keep='') =
    rule(config, name, budgets.owned(groups, vector), wait, texts, annotations.linksByLabels(config, name), keep);
  [
    alert('SLOBudgetLow', left + '\n< ' + config.budgetLow + ' > 0', config.budgetFor, {
      summary: title + ' has ' + share('$value') + ' of ' + budget + ' left',
      description: 'Less than ' + share(config.budgetLow) + ' of ' + budget + ' is left.' + whole + pace,
    }, config.budgetKeep),
    alert('SLOBudgetExhausted', left + '\n<= 0', config.budgetFor, {
      summary: title + ' has spent ' + budget,
      description: 'There were more bad events than the objective allows: ' + share('$value') + ' of ' + budget +
                   ' is left.' + whole + pace,
    }, config.budgetKeep),
    alert('SLOBreachForecast', budgets.lasts(config, groups, untold), config.forecastFor, {
      summary: title + ' will have spent ' + budget + ' in ' + lasting('$value'),
      description: 'At the burn rate of the last hour ' + budget + ' is gone in ' + lasting('$value') +
                   ', and errors go on.' + pace,
    }),
  ];

// Of what others were told to expect, as far as an SLO's own budget, which is mostly smaller, has not told before.
local ofAgreements(config, groups, untold) =
  local left = budgets.leftOfAgreements(config, groups, untold);
  local title = annotations.titleOf('{{ $labels.agreement }}', [label for label in groups if label != 'agreement']);
  local party = '{{ $labels.agreement_party }} ({{ $labels.agreement_kind }})';
  local what = 'What {{ $labels.agreement_party }} was told to expect of {{ $labels.slo }} ' +
               '({{ $labels.agreement_kind }}, {{ $labels.window }})';
  local pins = { agreement: '$labels.agreement' };
  local terms =
    annotations.sentence('min', 'slo_agreement_objective_ratio', [], pins, '\nAgreed are ', 'humanizePercentage', '.') +
    annotations.sentence('min', 'slo_agreement_compliance_ratio', [], pins, ' Delivered are ', 'humanizePercentage', ' so far.') +
    annotations.sentence('max', 'slo_service_credit_ratio', [], pins, ' If it ends so, ', 'humanizePercentage', ' of the price is due.');
  local alert(name, vector, texts) = rule(
    config,
    name,
    budgets.owned(groups, vector),
    config.budgetFor,
    texts,
    annotations.linksByLabels(config, name),
    config.budgetKeep
  );
  [
    alert('SLOAgreementAtRisk', left + '\n< ' + config.agreementLow + ' > 0', {
      summary: title + ', agreed with ' + party + ', is at risk: ' + share('$value') + ' of what may fail is left',
      description: what + ' is kept so far, and nearly is not any more.' + terms,
    }),
    alert('SLOAgreementBreached', left + '\n<= 0', {
      summary: title + ', agreed with ' + party + ', is broken',
      description: what + ' was not delivered: more failed than that allows, at the traffic so far.' + terms,
    }),
  ];

// by: the labels that tell one exporter, with its replicas, from another.
local ofExporter(config) =
  local by = ' by (' + std.join(', ', config.exporterBy) + ') ';
  local one = annotations.titleOf('tallystick', config.exporterBy);
  local alert(name, expr, texts) = rule(config, name, expr, config.healthFor, texts, annotations.linksOfNone(config, name));
  local paging = ' Paging does not depend on it.';
  [
    alert(
      'TallystickDown',
      'group' + by + '(present_over_time(tallystick_build_info[1d]))\nunless\n' +
      'group' + by + '(tallystick_build_info)',
      {
        summary: one + ' is down',
        description: 'Prometheus scraped the exporter within the last day, and no instance of it any more. ' +
                     'Budgets are not shown, and no alert is made of them.' + paging,
      }
    ),
    alert('TallystickPrometheusDown', 'min' + by + '(tallystick_up) == 0', {
      summary: one + ' gets no answer from Prometheus',
      description: 'The Prometheus that the exporter reads from did not answer its latest requests. Figures are of the ' +
                   'time before. What is missing is read later, as long as Prometheus holds it.',
    }),
    alert(
      'TallystickStuck',
      'time() - min' + by + '(tallystick_round_end_timestamp_seconds) > ' + config.stuckSeconds + '\nor\n' +
      'sum' + by + '(increase(tallystick_round_failures_total[15m])) > 0',
      {
        summary: one + ' does not get on',
        description: "The exporter's rounds do not end, or its ledger can't be read or written. Figures are of the " +
                     'time before.' + paging,
      }
    ),
    alert('TallystickConfigReloadFailed', 'min' + by + '(tallystick_config_last_reload_successful) == 0', {
      summary: one + ' could not load its definitions',
      description: 'A definition has an error, so those before it stay in force. The status page and the log have ' +
                   'the problems.',
    }),
  ];

// Of one SLO, so that who owns it gets it.
local ofReading(config, groups) =
  local alert(name, vector, wait, texts) =
    rule(config, name, budgets.owned(groups, vector), wait, texts, annotations.linksByLabels(config, name));
  local end(offset) = budgets.worst(groups, 'min', 'slo_ledger_end_timestamp_seconds' + offset);
  [
    // While the past is filled in it is behind as well, but catches up.
    alert(
      'TallystickBehind',
      'time() - ' + end('') + ' > ' + config.behindSeconds + '\nand\n' + end('') + ' - ' + end(' offset 30m') + ' < 1800',
      config.healthFor,
      {
        summary: annotations.titleByLabels(groups) + ' was not read for ' + lasting('$value'),
        description: 'The ledger ends ' + lasting('$value') + ' ago, and does not catch up. There is no verdict on the ' +
                     'SLO until it does.',
      }
    ),
    // A Prometheus that is away has an alert of its own. What is too slow or too large is behind.
    alert(
      'TallystickQueryFailures',
      'sum by (slo, slo_service, reason) (\n' +
      '  increase(tallystick_query_failures_total{reason!~"unreachable|timeout|http"}[30m])\n) > 0',
      config.failuresFor,
      {
        summary: "{{ $labels.slo }} can't be read ({{ $labels.reason }})",
        description: 'Readings of the SLO go on failing: {{ $labels.reason }}. The status page has the words.',
      }
    ),
  ];

{
  exporter:: {
    local config = $._config,
    local groups = std.set(std.flattenArrays([slo.by for slo in config.slos])),
    // Who wants no tickets of an SLO gets none of its budget either; the matcher of one is {slo="..."}.
    local untold = std.join(',', [
      'slo!' + std.substr(slo.matcher, std.length('{slo'), std.length(slo.matcher) - std.length('{slo}'))
      for slo in config.slos
      if !slo.notices.ticket.enabled
    ]),
    groups: [
      {
        name: 'tallystick-exporter',
        [if config.slowInterval != '' then 'interval']: config.slowInterval,
        rules: ofBudgets(config, groups, untold) + ofAgreements(config, groups, untold) + ofExporter(config) + ofReading(config, groups),
      },
    ],
  },

  prometheusAlerts+:: { groups+: $.exporter.groups },
}
