// A small, strict reader of the Prometheus text format, for tests that look at /metrics as Prometheus would.

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,?)/y;
const COMMENT = /^#\s*(?:(?:HELP|TYPE|UNIT)\s|EOF\s*$)?/;

/** Refuses what Prometheus would refuse: a test must not pass on a page that cannot be scraped. */
export function parsePrometheusText(text: string): Sample[] {
  const samples: Sample[] = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '' || COMMENT.test(line)) return;
    try {
      samples.push(parseSample(line));
    } catch (error) {
      throw new Error(`line ${index + 1} of the metrics is malformed: ${line}`, { cause: error });
    }
  });
  return samples;
}

function parseSample(line: string): Sample {
  NAME.lastIndex = 0;
  const name = NAME.exec(line)?.[0];
  if (name === undefined) throw new Error('no metric name');
  let at = name.length;
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    at += 1;
    while (!/^\s*\}/.test(line.slice(at))) {
      LABEL.lastIndex = at;
      const match = LABEL.exec(line);
      const [whole, label, value, comma] = match ?? [];
      if (whole === undefined || label === undefined || value === undefined)
        throw new Error(`no label at column ${at + 1}`);
      if (label in labels) throw new Error(`label ${label} is there twice`);
      labels[label] = unescape(value);
      at += whole.length;
      if (comma === '' && !line.slice(at).startsWith('}')) throw new Error(`no comma at column ${at + 1}`);
    }
    at = line.indexOf('}', at) + 1;
  }
  // After the value: an optional timestamp, and in OpenMetrics an exemplar after a hash.
  const [value, timestamp, ...rest] = line
    .slice(at)
    .replace(/\s#\s.*$/, '')
    .trim()
    .split(/\s+/);
  if (value === undefined || rest.length > 0) throw new Error('want a value and perhaps a timestamp');
  if (timestamp !== undefined && !/^-?\d+(\.\d+)?$/.test(timestamp)) throw new Error(`bad timestamp ${timestamp}`);
  return { name, labels, value: parseValue(value) };
}

function parseValue(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  if (text === 'NaN') return NaN;
  if (text === '' || Number.isNaN(Number(text))) throw new Error(`bad value ${text}`);
  return Number(text);
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (whole, character: string) => {
    if (character === 'n') return '\n';
    return character === '"' || character === '\\' ? character : whole;
  });
}
