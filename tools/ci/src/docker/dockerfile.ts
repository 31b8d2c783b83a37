// Reads a Dockerfile, as far as ours goes: stages with instructions, comments and continued lines. What it does not
// know it refuses.

export interface Instruction {
  readonly name: string;
  /** `--from=build` is `from: build`. */
  readonly flags: Readonly<Record<string, string>>;
  /** What stands after the flags. */
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  /** Another stage, or an image. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

const KNOWN = new Set([
  'RUN',
  'COPY',
  'WORKDIR',
  'ENV',
  'USER',
  'LABEL',
  'EXPOSE',
  'STOPSIGNAL',
  'HEALTHCHECK',
  'ENTRYPOINT',
]);

export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const line of logicalLines(text)) {
    const instruction = parseInstruction(line);
    const stage = stages.at(-1);
    if (instruction.name === 'FROM') {
      const [from = '', as = '', name = ''] = instruction.text.split(/\s+/);
      if (as.toUpperCase() !== 'AS' || name === '') throw new Error(`a stage without a name: ${line}`);
      stages.push({ name, from, instructions: [] });
    } else if (instruction.name === 'ARG') {
      // Ours choose the base image and what the labels say, which have no part in a run without Docker.
    } else if (stage === undefined || !KNOWN.has(instruction.name)) {
      throw new Error(`this reader does not know what to do with: ${line}`);
    } else {
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

/** The stages that a target needs, in the order in which they are built. */
export function stagesFor(target: string, stages: readonly Stage[]): readonly Stage[] {
  const stage = stages.find(({ name }) => name === target);
  if (stage === undefined) throw new Error(`the Dockerfile has no stage ${target}`);
  const needed = [stage.from, ...stage.instructions.map(({ flags }) => flags['from'] ?? '')].filter((name) =>
    stages.some((each) => each.name === name),
  );
  return [...new Set([...needed.flatMap((name) => stagesFor(name, stages)), stage])];
}

/** The instruction of that name that counts: the last one. */
export function lastOf(stage: Stage, name: string): Instruction | undefined {
  return stage.instructions.findLast((each) => each.name === name);
}

/** The words of an instruction in JSON form. */
export function execForm(text: string): readonly string[] {
  const words: unknown = JSON.parse(text.slice(text.indexOf('[')));
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
    throw new Error(`not a list of words: ${text}`);
  return words;
}

function logicalLines(text: string): readonly string[] {
  const withoutComments = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n');
  return withoutComments
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.trim());
}

function parseInstruction(line: string): Instruction {
  const [, name = '', flagText = '', text = ''] = /^([A-Za-z]+)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
  const flags = [...flagText.matchAll(/--([a-z-]+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value] as const);
  return { name: name.toUpperCase(), flags: Object.fromEntries(flags), text: text.trim() };
}
