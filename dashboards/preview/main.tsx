// Draws a board: Grafana's grid at its own sizes, and one column where a screen is narrow.
import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  createTheme,
  type DataFrame,
  dateTime,
  FieldConfigOptionsRegistry,
  rangeUtil,
  standardTransformers,
  standardTransformersRegistry,
  ThemeContext,
  transformDataFrame,
} from '@grafana/data';
import { GlobalStyles } from '@grafana/ui';
import * as React from 'react';
import { createRoot } from 'react-dom/client';
import { lastValueFrom } from 'rxjs';
import { type Answer, frames } from './frames';
import { Drawn } from './panels';

interface Preview {
  board: any;
  now: number;
  answers: Record<string, Answer[]>;
}
declare const PREVIEW: Preview;

const GRID = 24;
const ROW = 30;
const GAP = 8;
const NARROW = 768;
// A phone's width is told in the address: a browser without a window is never that narrow.
const WIDTH = Number(location.hash.slice(1)) || window.innerWidth;
const TITLE = 32;
// Numbers as a Swedish browser writes them, whatever browser draws.
const written = Number.prototype.toLocaleString;
Number.prototype.toLocaleString = function (_, options) {
  return written.call(this, 'sv-SE', options);
};
const theme = createTheme({ colors: { mode: 'dark' } });

standardTransformersRegistry.setInit(() =>
  [...new Set(Object.values(standardTransformers))].map((one: any) => ({ id: one.id, name: one.name, transformation: () => one }) as any)
);
const STANDARD = ['unit', 'decimals', 'min', 'max', 'displayName', 'noValue', 'thresholds', 'mappings', 'color', 'links'];
const CUSTOM = ['cellOptions', 'minWidth', 'width', 'lineWidth', 'fillOpacity', 'showPoints', 'axisSoftMin', 'filterable'];
const property = (path: string, isCustom: boolean) => ({
  id: isCustom ? `custom.${path}` : path,
  path,
  isCustom,
  name: path,
  process: (value: unknown) => value,
  shouldApply: () => true,
});
const registry: any = new FieldConfigOptionsRegistry(
  () => [...STANDARD.map((one) => property(one, false)), ...CUSTOM.map((one) => property(one, true))] as any
);

async function prepared(panel: any): Promise<DataFrame[]> {
  const read = frames(PREVIEW.answers[panel.id] ?? []);
  const context = { interpolate: (text: string) => text };
  const data = await lastValueFrom(transformDataFrame(panel.transformations ?? [], read, context));
  const shown = applyFieldOverrides({
    data,
    fieldConfig: lowest(panel.fieldConfig),
    fieldConfigRegistry: registry,
    replaceVariables: (text) => text,
    theme,
    timeZone: 'browser',
  });
  cacheFieldDisplayNames(shown);
  return shown;
}

// As Grafana does when it loads a board: JSON has no -Infinity.
function lowest(config: any): any {
  const told = JSON.parse(JSON.stringify(config));
  const all = [told.defaults, ...told.overrides.flatMap((one: any) => one.properties.map((p: any) => ({ [p.id]: p.value })))];
  for (const { thresholds } of all) {
    thresholds?.steps.filter((step: any) => step.value === null).forEach((step: any) => (step.value = -Infinity));
  }
  return told;
}

function Panel({ panel, data, width }: { panel: any; data: DataFrame[]; width: number }) {
  const height = panel.gridPos.h * (ROW + GAP) - GAP;
  const { from, to } = PREVIEW.board.time;
  const begin = rangeUtil.convertRawToRange({ from, to });
  const range = { ...begin, to: dateTime(PREVIEW.now * 1000) };
  return (
    <section
      style={{ height, overflow: 'hidden', background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}` }}
    >
      <h6 style={{ height: TITLE, margin: 0, padding: '7px 8px', overflow: 'hidden', whiteSpace: 'nowrap', textOverflow: 'ellipsis' }}>
        {panel.title}
      </h6>
      <div style={{ padding: '0 8px', height: height - TITLE - 8 }}>
        <Drawn {...{ panel: { ...panel, fieldConfig: lowest(panel.fieldConfig) }, data, theme, range }} width={width - 18} height={height - TITLE - 10} />
      </div>
    </section>
  );
}

function Board({ data }: { data: Map<number, DataFrame[]> }) {
  const full = WIDTH - 2 * 16;
  const narrow = WIDTH < NARROW;
  const cell = (full + GAP) / GRID;
  return (
    <main style={{ padding: 16, width: WIDTH }}>
      <h2>{PREVIEW.board.title}</h2>
      <div style={{ display: 'grid', gap: GAP, gridTemplateColumns: narrow ? '100%' : `repeat(${GRID}, minmax(0, 1fr))` }}>
        {PREVIEW.board.panels.map((panel: any) => {
          const w = narrow ? GRID : panel.gridPos.w;
          const style = narrow ? {} : { gridColumn: `span ${w}` };
          return (
            <div key={panel.id} style={style}>
              {panel.type === 'row' ? (
                <h5 style={{ margin: '8px 0 0' }}>{panel.title}</h5>
              ) : (
                <Panel panel={panel} data={data.get(panel.id)!} width={cell * w - GAP} />
              )}
            </div>
          );
        })}
      </div>
    </main>
  );
}

async function main() {
  const panels = PREVIEW.board.panels.filter((one: any) => one.type !== 'row');
  const data = new Map<number, DataFrame[]>();
  for (const panel of panels) {
    data.set(panel.id, await prepared(panel));
  }
  createRoot(document.getElementById('board')!).render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <Board data={data} />
    </ThemeContext.Provider>
  );
}

main();
