// Grafana's own code outside of Grafana: answers of Prometheus become what a panel shows, by @grafana/data and
// @grafana/prometheus. What is written here is only what those packages leave to Grafana's server and its browser.
import Module, { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const load = createRequire(import.meta.url);
const STUB = fileURLToPath(new URL('./no-runtime.cjs', import.meta.url));
// The data source asks the running Grafana for its settings; no panel here rests on one.
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => (request === '@grafana/runtime' ? STUB : resolve(request, ...rest));

const data = load('@grafana/data');
const { map } = load('rxjs');
const { firstValueFrom } = load('rxjs');
const folder = load.resolve('@grafana/prometheus/package.json').replace(/package\.json$/, '');
const { transformV2 } = load(`${folder}dist/cjs/result_transformer.cjs`);
// Looked for by a transformation; set after loading, since other packages take it for a browser.
globalThis.window = {};

const theme = data.createTheme({ colors: { mode: 'dark' } });
const asIs = (text) => text;

/** Settings that panels have, without their editors. */
const setting = (id, own = false) => ({
  id: own ? `custom.${id}` : id,
  path: id,
  name: id,
  isCustom: own,
  process: asIs,
  shouldApply: () => true,
  override: () => null,
  editor: () => null,
});
const COMMON = 'unit decimals mappings thresholds links color noValue min max displayName filterable'.split(' ');
const settings = new data.FieldConfigOptionsRegistry();
for (const id of COMMON) settings.register(setting(id));
for (const id of ['width', 'cellOptions']) settings.register(setting(id, true));

/** Grafana's application has this one itself: a number of one query becomes the threshold of the others. */
const configFromData = {
  id: 'configFromData',
  name: 'Config from query results',
  operator:
    ({ configRefId, applyTo, mappings: [{ fieldName, reducerId, handlerArguments }] }) =>
    (source) =>
      source.pipe(
        map((frames) => {
          const from = frames.find(({ refId, fields }) => refId === configRefId && fields.length > 0);
          const others = frames.filter(({ refId }) => refId !== configRefId);
          const field = from?.fields.find((each) => data.getFieldDisplayName(each, from) === fieldName);
          if (field === undefined) return others;
          const value = data.reduceField({ field, reducers: [reducerId] })[reducerId];
          const steps = [
            { value: -Infinity, color: 'green' },
            { value, color: handlerArguments.threshold.color },
          ];
          const meant = applyTo
            ? data.fieldMatchers.get(applyTo.id).get(applyTo.options)
            : ({ type }) => type === data.FieldType.number;
          return others.map((frame) => ({
            ...frame,
            fields: frame.fields.map((each) =>
              meant(each, frame, frames)
                ? { ...each, config: { ...each.config, thresholds: { mode: 'absolute', steps } } }
                : each,
            ),
          }));
        }),
      ),
};
const transformers = new Map(
  [...Object.values(data.standardTransformers), configFromData].map((each) => [each.id, each]),
);
data.standardTransformersRegistry.setInit(() =>
  [...transformers.values()].map((each) => ({ ...each, transformation: () => Promise.resolve(each) })),
);

const numberOf = (text) => ({ '+Inf': Infinity, '-Inf': -Infinity })[text] ?? Number(text);
const textOf = ({ prefix = '', text, suffix = '' }) => `${prefix}${text}${suffix}`;

/** What Grafana's server makes of an answer: a frame for each series, and an empty one where there is none. */
function framesOf({ refId, legendFormat }, series) {
  if (series.length === 0) return [data.toDataFrame({ refId, fields: [] })];
  return series.map(({ labels, samples }) => {
    const name = legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label) => labels[label] ?? '');
    return data.toDataFrame({
      refId,
      name,
      fields: [
        { name: 'Time', type: 'time', config: {}, values: samples.map(([time]) => time * 1000) },
        {
          name: 'Value',
          type: 'number',
          labels,
          config: { displayNameFromDS: name },
          values: samples.map(([, value]) => numberOf(String(value))),
        },
      ],
    });
  });
}

/**
 * What a panel shows.
 * @param answers the series of each query, by its refId
 */
export async function shown(panel, answers) {
  const frames = panel.targets.flatMap((target) => framesOf(target, answers.get(target.refId) ?? []));
  const read = transformV2({ data: frames }, { targets: panel.targets }, {});
  const changed = await firstValueFrom(
    data.transformDataFrame(panel.transformations ?? [], read.data, { interpolate: asIs }),
  );
  const { fieldConfig, options } = panel;
  const common = { fieldConfig, replaceVariables: asIs, theme, timeZone: 'utc' };
  const done = data.applyFieldOverrides({ ...common, data: changed, fieldConfigRegistry: settings });
  if (panel.type === 'stat')
    return data
      .getFieldDisplayValues({ ...common, reduceOptions: options.reduceOptions, data: done })
      .map(({ display }) => ({ name: display.title ?? '', text: textOf(display), color: display.color }));
  if (panel.type === 'table') return columnsOf(done[0]);
  return done.flatMap((frame) =>
    frame.fields.filter(({ type }) => type === data.FieldType.number).map((field) => lineOf(field, frame, done)),
  );
}

function columnsOf(frame) {
  return (frame?.fields ?? []).map((field) => ({
    name: data.getFieldDisplayName(field, frame),
    width: field.config.custom?.width,
    cells: [...field.values].map((value) => {
      const cell = field.display(value);
      return { text: textOf(cell), color: field.config.custom?.cellOptions ? cell.color : undefined };
    }),
  }));
}

function lineOf(field, frame, frames) {
  const { lastNotNull, max } = data.reduceField({ field, reducers: ['lastNotNull', 'max'] });
  const say = (value) => (value === null || value === undefined ? '' : textOf(field.display(value)));
  return {
    name: data.getFieldDisplayName(field, frame, frames),
    color: data.getFieldColorModeForField(field).getCalculator(field, theme)(0, 0),
    times: frame.fields.find(({ type }) => type === data.FieldType.time)?.values.map((time) => time / 1000) ?? [],
    values: [...field.values],
    last: say(lastNotNull),
    max: say(max),
    limit: field.config.thresholds?.steps.find(({ color }) => color === 'red')?.value,
    say,
  };
}
