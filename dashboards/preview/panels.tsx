// A panel's inside. Values, tables and lines are Grafana's own components; bars and bands, which it
// publishes no component for, are drawn here, in its colours and with its way of writing values.
import {
  type DataFrame,
  type Field,
  FieldType,
  getFieldDisplayName,
  getFieldDisplayValues,
  type GrafanaTheme2,
  renderMarkdown,
  type TimeRange,
  VizOrientation,
} from '@grafana/data';
import { BarGaugeDisplayMode, BarGaugeNamePlacement, BigValueColorMode } from '@grafana/schema';
import { BarGauge, BigValue, TimeSeries } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import * as React from 'react';

export interface Inside {
  panel: any;
  data: DataFrame[];
  width: number;
  height: number;
  theme: GrafanaTheme2;
  range: TimeRange;
}

const numbers = (frame: DataFrame) => frame.fields.filter((one) => one.type === FieldType.number);
const written = (field: Field, value: unknown) => {
  const shown = field.display!(value);
  return `${shown.prefix ?? ''}${shown.text}${shown.suffix ?? ''}`;
};

function values({ panel, data, theme }: Inside) {
  const { fieldConfig, options } = panel;
  return getFieldDisplayValues({
    fieldConfig,
    reduceOptions: options.reduceOptions,
    replaceVariables: (text) => text,
    theme,
    data,
  });
}

function Single(inside: Inside) {
  const { width, height, theme, panel } = inside;
  const value = { ...values(inside)[0].display, title: undefined };
  const colorMode: BigValueColorMode = panel.options.colorMode;
  return <BigValue {...{ value, width, height, theme, colorMode }} />;
}

function Ranking(inside: Inside) {
  const { width, height, theme } = inside;
  const shown = values(inside);
  const most = Math.max(...shown.map((one) => one.display.numeric));
  const each = Math.min(60, height / shown.length);
  return shown.map((one, at) => (
    <BarGauge
      key={at}
      field={{ ...one.field, max: most }}
      display={(value) => one.display}
      value={one.display}
      orientation={VizOrientation.Horizontal}
      displayMode={BarGaugeDisplayMode.Basic}
      namePlacement={BarGaugeNamePlacement.Top}
      {...{ theme, width }}
      height={each - 6}
    />
  ));
}

function Table({ data, width, height, panel, theme }: Inside) {
  const sortBy = panel.options.sortBy;
  return <TableNG data={data[0]} sortBy={sortBy} {...{ width, height }} />;
}

function Lines({ data, width, height, range, panel }: Inside) {
  const legend = panel.options.legend;
  return <TimeSeries frames={data} timeRange={range} timeZone="browser" {...{ width, height, legend }} />;
}

function Bars({ panel, data, width, height, theme }: Inside) {
  const frame = data[0];
  const named = (one: Field) => getFieldDisplayName(one, frame, data);
  const labels = frame.fields.find((one) => named(one) === panel.options.xField)!;
  const shown = numbers(frame).filter((one) => one.values.some((value) => value != null));
  const most = Math.max(...shown.flatMap((one) => one.values.map((value) => value ?? 0)));
  const upright = panel.options.orientation === 'vertical';
  const colour = (one: Field) => theme.visualization.getColorByName(one.config.color?.fixedColor ?? 'blue');
  const skip = upright ? Math.ceil((labels.values.length * 62) / width) : 1;
  return (
    <div style={{ width, height, display: 'flex', flexDirection: 'column', fontSize: 12 }}>
      <div style={{ flex: 1, minHeight: 0, display: 'flex', flexDirection: upright ? 'row' : 'column' }}>
        {labels.values.map((label, at) => (
          <div
            key={label}
            style={{ flex: 1, minWidth: 0, minHeight: 0, display: 'flex', flexDirection: upright ? 'column' : 'row' }}
          >
            {!upright && <div style={{ width: 150, alignSelf: 'center' }}>{label}</div>}
            <div
              style={{
                flex: 1,
                minHeight: 0,
                display: 'flex',
                flexDirection: upright ? 'row' : 'column',
                alignItems: upright ? 'flex-end' : 'flex-start',
                justifyContent: 'center',
                gap: 1,
                padding: upright ? '0 8%' : '6px 0',
              }}
            >
              {shown.map((one) => (
                <div
                  key={one.name}
                  style={{
                    background: colour(one),
                    [upright ? 'height' : 'width']: `calc((100% - ${upright ? 0 : 70}px) * ${(one.values[at] ?? 0) / most})`,
                    [upright ? 'width' : 'height']: upright ? '45%' : '28%',
                    position: 'relative',
                  }}
                >
                  {!upright && (
                    <span style={{ position: 'absolute', left: '100%', paddingLeft: 6, whiteSpace: 'nowrap' }}>
                      {one.values[at] == null ? '' : written(one, one.values[at])}
                    </span>
                  )}
                </div>
              ))}
            </div>
            {upright && (
              <div style={{ height: 18, whiteSpace: 'nowrap' }}>{at % skip === 0 ? label : ''}</div>
            )}
          </div>
        ))}
      </div>
      <Legend entries={shown.map((one) => [named(one), colour(one)])} />
    </div>
  );
}

function Legend({ entries }: { entries: string[][] }) {
  return (
    <div style={{ display: 'flex', gap: 16, paddingTop: 4 }}>
      {entries.map(([name, colour]) => (
        <span key={name}>
          <i style={{ display: 'inline-block', width: 14, height: 4, background: colour }} /> {name}
        </span>
      ))}
    </div>
  );
}

function States({ data, width, height, range }: Inside) {
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const share = (time: number) => (100 * (time - from)) / (to - from);
  return (
    <div style={{ width, height, display: 'flex', flexDirection: 'column', gap: 8, fontSize: 12 }}>
      {data.map((frame, index) => {
        const [time, value] = frame.fields;
        return (
          <div key={index} style={{ display: 'flex', flex: 1, maxHeight: 48, alignItems: 'center' }}>
            <div style={{ width: 110 }}>{getFieldDisplayName(value, frame, data)}</div>
            <svg width={width - 110} height="100%" viewBox="0 0 100 1" preserveAspectRatio="none">
              {value.values.map((one, at) => {
                const start = share(time.values[at]);
                const end = share(time.values[at + 1] ?? to);
                return <rect key={at} x={start} width={end - start + 0.05} height={1} fill={value.display!(one).color} />;
              })}
            </svg>
          </div>
        );
      })}
    </div>
  );
}

function Words({ panel }: Inside) {
  const html = renderMarkdown(panel.options.content);
  return <div className="markdown-html" dangerouslySetInnerHTML={{ __html: html }} />;
}

const KINDS: Record<string, React.FunctionComponent<Inside>> = {
  stat: Single,
  bargauge: Ranking,
  table: Table,
  timeseries: Lines,
  barchart: Bars,
  'state-timeline': States,
  text: Words,
};

export function Drawn(inside: Inside) {
  const { panel, data } = inside;
  const empty = panel.type !== 'text' && !data.some((frame) => frame.length > 0);
  const Kind = KINDS[panel.type];
  return empty ? <div style={{ opacity: 0.7 }}>{panel.fieldConfig.defaults.noValue}</div> : <Kind {...inside} />;
}
