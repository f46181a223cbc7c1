// Panels whose drawing is in no package of Grafana's: close to them, and ours. Values, units and colours are Grafana's own.
import { FieldType, formattedValueToString, getDisplayProcessor, getFieldDisplayName } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import React from 'react';

export const Empty = () => <div className="no-data">No data</div>;

const FROM = Math.PI * 0.85;
const TO = Math.PI * 2.15;

function arc(x: number, y: number, radius: number, from: number, to: number) {
  const point = (angle: number) => `${x + radius * Math.cos(angle)} ${y + radius * Math.sin(angle)}`;
  return `M ${point(from)} A ${radius} ${radius} 0 ${to - from > Math.PI ? 1 : 0} 1 ${point(to)}`;
}

export function Dial({ display, field, width, height }: any) {
  const theme = useTheme2();
  const { min, max, thresholds } = field;
  const radius = Math.min(width / 2, height * 0.62) - 12;
  const x = width / 2;
  const y = height * 0.6;
  const angle = (value: number) => FROM + ((TO - FROM) * (Math.min(max, Math.max(min, value)) - min)) / (max - min);
  const edges = [...thresholds.steps.map((step: any) => Math.max(min, step.value ?? min)), max];
  return (
    <svg width={width} height={height} role="img" aria-label={formattedValueToString(display)}>
      <path
        d={arc(x, y, radius - 6, FROM, TO)}
        stroke={theme.colors.background.secondary}
        strokeWidth={16}
        fill="none"
      />
      <path
        d={arc(x, y, radius - 6, FROM, angle(display.numeric))}
        stroke={display.color}
        strokeWidth={16}
        fill="none"
      />
      {thresholds.steps.map((step: any, i: number) => (
        <path
          key={i}
          d={arc(x, y, radius + 5, angle(edges[i]), angle(edges[i + 1]))}
          stroke={theme.visualization.getColorByName(step.color)}
          strokeWidth={4}
          fill="none"
        />
      ))}
      <text
        x={x}
        y={y + 4}
        textAnchor="middle"
        fontSize={Math.max(12, radius / 2.6)}
        fontWeight={500}
        fill={display.color}
      >
        {formattedValueToString(display)}
      </text>
    </svg>
  );
}

const NAMES = 150;
const TIMES = 22;

// Equal values that follow one another are one bar, which ends where the next one begins, or where there is no value.
function bars(times: number[], values: any[], display: any, end: number) {
  const usual = times.length > 1 ? times[1] - times[0] : 0;
  const found: any[] = [];
  times.forEach((from, i) => {
    const shown = display(values[i]);
    const label = formattedValueToString(shown);
    const to = Math.min(times[i + 1] ?? end, from + 2 * usual);
    const last = found[found.length - 1];
    if (last?.label === label && last.to >= from) last.to = to;
    else found.push({ from, to, label, color: shown.color });
  });
  return found;
}

export function StateTimeline({ data, width, height, timeRange, options }: any) {
  const theme = useTheme2();
  const rows = data.series.flatMap((frame: any) => {
    const time = frame.fields.find((field: any) => field.type === FieldType.time);
    const named = (field: any) => ({ time, field, name: getFieldDisplayName(field, frame, data.series) });
    return frame.fields.filter((field: any) => field !== time).map(named);
  });
  if (!rows.length) return <Empty />;
  const [from, to] = [timeRange.from.valueOf(), timeRange.to.valueOf()];
  const x = (at: number) => NAMES + ((width - NAMES) * (at - from)) / (to - from);
  const each = (height - TIMES) / rows.length;
  const thick = each * options.rowHeight;
  return (
    <svg width={width} height={height}>
      {rows.map(({ time, field, name }: any, i: number) => (
        <g key={i} fontSize={12}>
          <text x={NAMES - 8} y={each * (i + 0.5) + 4} textAnchor="end" fill={theme.colors.text.primary}>
            {name}
          </text>
          {bars(time.values, field.values, field.display ?? getDisplayProcessor({ field, theme }), to).map((bar, k) => (
            <g key={k}>
              <rect
                x={x(bar.from)}
                y={each * i + (each - thick) / 2}
                width={Math.max(1, x(bar.to) - x(bar.from))}
                height={thick}
                fill={bar.color}
                fillOpacity={(field.config.custom?.fillOpacity ?? 70) / 100}
              />
              {x(bar.to) - x(bar.from) > 60 && (
                <text
                  x={x(bar.from) + 4}
                  y={each * (i + 0.5) + 4}
                  fontSize={11}
                  fill={theme.colors.getContrastText(bar.color)}
                >
                  {bar.label}
                </text>
              )}
            </g>
          ))}
        </g>
      ))}
      {[0, 1, 2, 3, 4].map((quarter) => {
        const at = from + ((to - from) * quarter) / 4;
        return (
          <text
            key={quarter}
            x={x(at)}
            y={height - 4}
            fontSize={11}
            textAnchor={['start', 'middle', 'middle', 'middle', 'end'][quarter]}
            fill={theme.colors.text.secondary}
          >
            {new Date(at).toISOString().slice(5, 16).replace('T', ' ')}
          </text>
        );
      })}
    </svg>
  );
}

const BOUNDS = 70;

export function Heatmap({ data, width, height, options }: any) {
  const theme = useTheme2();
  const [frame] = data.series;
  if (!frame || frame.fields.length < 2) return <Empty />;
  const [time, ...buckets] = frame.fields;
  const wide = (width - BOUNDS) / time.values.length;
  const high = (height - 20) / buckets.length;
  const most = Math.max(...buckets.flatMap((bucket: any) => bucket.values));
  const unit = getDisplayProcessor({
    field: { type: FieldType.number, config: { unit: options.yAxis.unit } } as any,
    theme,
  });
  const color = (count: number) => {
    const share = Math.pow(count / most, options.color.exponent);
    return `hsl(25 90% ${theme.isDark ? 15 + 55 * share : 92 - 55 * share}%)`;
  };
  return (
    <svg width={width} height={height}>
      {buckets.map((bucket: any, i: number) => (
        <g key={i}>
          <text
            x={BOUNDS - 8}
            y={height - 20 - high * (i + 0.5) + 4}
            textAnchor="end"
            fontSize={11}
            fill={theme.colors.text.primary}
          >
            {isFinite(+bucket.name) ? formattedValueToString(unit(+bucket.name)) : bucket.name}
          </text>
          {bucket.values.map(
            (count: number, k: number) =>
              count > 0 && (
                <rect
                  key={k}
                  x={BOUNDS + wide * k}
                  y={height - 20 - high * (i + 1)}
                  width={Math.max(1, wide)}
                  height={high - options.cellGap}
                  fill={color(count)}
                />
              ),
          )}
        </g>
      ))}
    </svg>
  );
}
