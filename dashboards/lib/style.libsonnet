// What colours, marks and bounds mean, the same on every dashboard.
local steps(base, more) = { mode: 'absolute', steps: [{ color: base, value: null }] + [{ color: s[1], value: s[0] } for s in more] };
// over: what it is called once the time is up.
local lasting(over) = [
  { type: 'range', options: { from: null, to: 0, result: { text: over, color: 'red', index: 0 } } },
  // Ten years and more.
  { type: 'range', options: { from: 315360000, to: null, result: { text: 'Not at this rate', color: 'green', index: 1 } } },
];
local mapped(options) = [{ type: 'value', options: options }];
{
  met:: 'green',
  atRisk:: 'orange',
  breached:: 'red',
  unknown:: 'blue',
  page:: 'red',
  ticket:: 'orange',
  change:: 'purple',

  states:: [
    { value: '0', name: 'Met', color: $.met },
    { value: '2', name: 'At risk', color: $.atRisk },
    { value: '3', name: 'Breached', color: $.breached },
    { value: '1', name: 'Unknown', color: $.unknown },
  ],

  // The same of what was agreed with somebody.
  agreementStates:: [
    s { name: if s.name == 'Met' then 'Kept' else if s.name == 'Breached' then 'Broken' else s.name }
    for s in $.states
  ],
  agreementMappings:: mapped({ [s.value]: { text: s.name, color: s.color, index: std.parseInt(s.value) } for s in $.agreementStates }),
  keptMappings:: mapped({ '0': { text: 'No', color: $.breached, index: 0 }, '1': { text: 'Yes', color: $.met, index: 1 } }),

  plain:: steps('text', []),
  // Less than nothing left is a missed promise; the bound between is `atRiskBelow`.
  budget(atRiskBelow):: steps($.breached, [[0, $.atRisk], [std.parseJson(atRiskBelow), $.met]]),
  // 1 spends the budget exactly in its window; at 6, a budget of 30 d pages. No yellow: it can't be read on white.
  burn:: steps('green', [[1, 'orange'], [6, 'red']]),
  // A full bar: what pages within an hour.
  highBurn:: 15,
  coverage:: steps('red', [[0.9, 'orange'], [0.99, 'green']]),
  // Good is none, anything else has this colour.
  any(color):: steps('text', [[1, color]]),
  all(color):: steps(color, []),
  untilExhaustion:: steps('red', [[86400, 'orange'], [7 * 86400, 'green']]),
  ledgerAge:: steps('green', [[600, 'orange'], [3600, 'red']]),

  // Of an SLO alone 4 stands for rules without an exporter.
  stateMappings:: mapped({ [s.value]: { text: s.name, color: s.color, index: std.parseInt(s.value) } for s in $.states }),
  alertMappings:: mapped({
    '0': { text: 'Silent', color: 'green', index: 0 },
    '1': { text: 'Pending', color: 'yellow', index: 1 },
    '2': { text: 'Firing', color: 'red', index: 2 },
  }),
  severityMappings:: mapped({ page: { color: 'red', index: 0 }, critical: { color: 'red', index: 1 }, ticket: { color: 'orange', index: 2 }, warning: { color: 'orange', index: 3 } }),
  // What is due.
  due:: steps('green', [[0.000001, 'red']]),
  exhaustionMappings:: lasting('Spent'),
  brokenMappings:: lasting('Broken'),
  // Without these, what is not known would have the colour of the lowest step, which may be red or green.
  noDataMappings:: [{ type: 'special', options: { match: 'null', result: { text: 'No data', color: $.unknown, index: 9 } } }],
  unknownMappings:: [{ type: 'special', options: { match: 'null', result: { text: '–', color: 'text', index: 2 } } }],
  noneMappings:: [{ type: 'special', options: { match: 'empty', result: { text: 'none', index: 0 } } }],
}
