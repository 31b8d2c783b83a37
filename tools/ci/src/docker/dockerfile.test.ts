// The reader of Dockerfiles: what our own one needs, and no silence about what it does not know.
import { describe, expect, it } from '@jest/globals';
import { execForm, lastOf, parseDockerfile, stagesFor } from './dockerfile.js';

const TEXT = `
# A comment.
ARG IMAGE=node:26-slim
FROM \${IMAGE} AS base
WORKDIR /app
FROM base AS build
RUN --mount=type=cache,target=/root/.npm npm ci \\
 # A comment between continued lines.
 && npm run build
FROM base AS aside
FROM \${IMAGE} AS app
ARG VERSION
COPY --from=build /app/dist dist
USER 0
USER 1000:1000
HEALTHCHECK --interval=30s --retries=3 CMD ["node", "check.js"]
`;

describe('a Dockerfile', () => {
  it('is read as stages with instructions, flags apart from the text', () => {
    const stages = parseDockerfile(TEXT);
    expect(stages.map(({ name, from }) => [name, from])).toEqual([
      ['base', '${IMAGE}'],
      ['build', 'base'],
      ['aside', 'base'],
      ['app', '${IMAGE}'],
    ]);
    expect(stages[1]?.instructions).toEqual([
      { name: 'RUN', flags: { mount: 'type=cache,target=/root/.npm' }, text: 'npm ci && npm run build' },
    ]);
    expect(stages[3]?.instructions[0]).toEqual({ name: 'COPY', flags: { from: 'build' }, text: '/app/dist dist' });
  });

  it('gives the stages that a target needs, first things first', () => {
    const stages = parseDockerfile(TEXT);
    expect(stagesFor('app', stages).map(({ name }) => name)).toEqual(['base', 'build', 'app']);
    expect(() => stagesFor('none', stages)).toThrow('the Dockerfile has no stage none');
  });

  it('has the last of each instruction count', () => {
    const app = parseDockerfile(TEXT)[3];
    if (!app) throw new Error('no stage');
    expect(lastOf(app, 'USER')?.text).toBe('1000:1000');
    expect(execForm(lastOf(app, 'HEALTHCHECK')?.text ?? '')).toEqual(['node', 'check.js']);
    expect(lastOf(app, 'ENTRYPOINT')).toBeUndefined();
  });

  it.each(['FROM a AS b\nADD x y', 'RUN true', 'FROM a'])('with something unknown is refused: %j', (text) => {
    expect(() => parseDockerfile(text)).toThrow(/does not know|without a name/);
  });
});
