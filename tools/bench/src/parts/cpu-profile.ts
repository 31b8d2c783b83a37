// Reads a .cpuprofile of V8: the functions in which most time was spent themselves, and where they stand.

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  /** Microseconds between the samples. */
  readonly timeDeltas: readonly number[];
}

export interface FunctionTime {
  readonly name: string;
  /** Last parts of the path, and the line. */
  readonly place: string;
  readonly milliseconds: number;
  /** Of all time that was not idle. */
  readonly share: number;
}

/** Busiest first; idle time is left out, the garbage collector and native code ("program") are in. */
export function selfTimes(text: string): FunctionTime[] {
  const profile = JSON.parse(text) as CpuProfile;
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const micros = new Map<string, number>();
  profile.samples.forEach((id, i) => {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === '(idle)') return;
    const key = `${frame.functionName || '(anonymous)'}\n${placeOf(frame)}`;
    // A sample stands for the time until the next one.
    micros.set(key, (micros.get(key) ?? 0) + (profile.timeDeltas[i + 1] ?? 0));
  });
  const total = [...micros.values()].reduce((sum, each) => sum + each, 0);
  return [...micros]
    .toSorted(([, a], [, b]) => b - a)
    .map(([key, time]) => {
      const [name = '', place = ''] = key.split('\n');
      return { name, place, milliseconds: time / 1000, share: time / total };
    });
}

function placeOf({ url, lineNumber }: CallFrame): string {
  if (url === '') return 'V8 and native code';
  const parts = url
    .replace(/^file:\/\//, '')
    .split('/')
    .filter((part) => part !== 'dist');
  return `${parts.slice(-3).join('/')}:${String(lineNumber + 1)}`;
}
