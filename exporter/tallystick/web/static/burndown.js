// Draws an SLO's budget over its window, and the good and bad events below it on the same axis of time (UTC).
'use strict';

(() => {
  const place = document.getElementById('burn-down');
  const readout = document.getElementById('readout');
  const HEIGHTS = [230, 96, 118];
  const plots = [];
  let points = [];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
  const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
  // As on the server: rounded down, so that nothing looks better than it is.
  const percent = (share) => (share === null ? '—' : `${(Math.floor(share * 1000) / 10).toFixed(1).replace('-', '−')} %`);
  const whole = (share) => `${Math.round(share * 100)} %`.replace('-', '−');
  const instant = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

  const load = async () => {
    const answer = await fetch(place.dataset.source);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    points = (await answer.json()).points.map((point) => ({ ...point, at: Date.parse(point.at) / 1000 }));
    draw();
  };

  const good = (point) => (point.total === null ? null : point.total - point.bad);
  const unit = place.dataset.unit;
  const columns = [
    ['Error budget left', (point) => point.remaining],
    [`Good ${unit}`, good],
    [`Bad ${unit}`, (point) => point.bad],
  ];

  const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' });
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hour: '2-digit', minute: '2-digit' });
  const ticks = (_plot, found) => found.map((at) => (at % 86400 ? clock : day).format(at * 1000));

  const axis = (extra) => ({
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
    ...extra,
  });

  // The budget's own scale always shows 0 and 100 %, so that a small dip looks small.
  const budgetRange = (_plot, least, most) => [Math.min(0, least ?? 0) * 1.05, Math.max(1, most ?? 1) * 1.02];
  const eventRange = (_plot, _least, most) => [0, Math.max(1, most ?? 1) * 1.08];

  const series = (kind) =>
    kind === 0
      ? { stroke: colour('--link'), width: 2, fill: `${colour('--link')}22`, fillTo: 0, spanGaps: false, points: { show: false } }
      : {
          stroke: colour(kind === 1 ? '--met-fill' : '--breached-fill'),
          fill: colour(kind === 1 ? '--met-fill' : '--breached-fill'),
          width: 0,
          paths: uPlot.paths.bars({ size: [0.8, 24], align: -1 }),
          points: { show: false },
        };

  const options = (kind) => ({
    width: place.clientWidth,
    height: HEIGHTS[kind],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    padding: [8, 16, 8, 0],
    legend: { show: false },
    cursor: { sync: { key: 'burn-down' }, y: false, drag: { x: false, y: false }, points: { show: kind === 0 } },
    scales: { x: { time: true }, y: { range: kind === 0 ? budgetRange : eventRange } },
    axes: [
      axis({ show: kind === 2, size: 26, space: 80, values: ticks }),
      axis({ size: 62, space: kind === 0 ? 36 : 28, values: (_plot, found) => found.map(kind === 0 ? whole : short.format) }),
    ],
    series: [{}, series(kind)],
    hooks: { setCursor: [tell], draw: kind === 0 ? [zeroLine] : [] },
  });

  // What is spent beyond the budget lies under this line.
  const zeroLine = (plot) => {
    const y = plot.valToPos(0, 'y', true);
    plot.ctx.save();
    plot.ctx.strokeStyle = colour('--breached-fill');
    plot.ctx.lineWidth = devicePixelRatio;
    plot.ctx.beginPath();
    plot.ctx.moveTo(plot.bbox.left, y);
    plot.ctx.lineTo(plot.bbox.left + plot.bbox.width, y);
    plot.ctx.stroke();
    plot.ctx.restore();
  };

  const tell = (plot) => {
    const point = points[plot.cursor.idx];
    if (!point) {
      readout.textContent = '';
      return;
    }
    const events = point.total === null ? 'not observed' : `${number.format(point.bad)} bad of ${number.format(point.total)} ${unit}`;
    readout.textContent = `${instant(point.at)} · ${percent(point.remaining)} left · ${events}`;
  };

  const draw = () => {
    for (const plot of plots.splice(0)) plot.destroy();
    place.replaceChildren();
    place.dataset.drawn = String(points.length);
    if (points.every((point) => point.remaining === null && point.total === null)) {
      place.textContent = 'Nothing of this window was observed, so there is nothing to draw.';
      return;
    }
    const at = points.map((point) => point.at);
    columns.forEach(([title, value], kind) => {
      const box = document.createElement('div');
      const heading = document.createElement('h3');
      box.className = 'chart';
      heading.textContent = title;
      box.append(heading);
      place.append(box);
      plots.push(new uPlot(options(kind), [at, points.map(value)], box));
    });
  };

  const start = () =>
    load().catch((error) => {
      place.textContent = `The chart could not be drawn: ${error.message}`;
    });

  let width = 0;
  new ResizeObserver(() => {
    if (points.length && place.clientWidth !== width) {
      width = place.clientWidth;
      plots.forEach((plot, kind) => plot.setSize({ width, height: HEIGHTS[kind] }));
    }
  }).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  document.addEventListener('tallystick:refreshed', start);
  start();
})();
