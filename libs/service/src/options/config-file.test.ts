// What the YAML configuration file may hold, and what is refused in it.
import { describe, expect, it } from '@jest/globals';
import { problemsText } from './problem.js';
import { file, problemsWith, valuesOf } from './testing.js';

describe('the configuration file', () => {
  it('takes YAML lists, mappings and numbers', () => {
    const values = valuesOf(
      file(
        'queues: [a, b]\nbuckets:\n  - 0.5\n  - 2\ntransport_options:\n  priority_steps: [0, 3]\nscan_interval: 30\nenable_events: false\n',
      ),
    );
    expect(values).toMatchObject({
      queues: ['a', 'b'],
      buckets: [0.5, 2],
      transport_options: { priority_steps: [0, 3] },
      scan_interval: 30,
      enable_events: false,
    });
  });

  it.each(['', '# only a comment\n', '---\n'])('may give nothing: %j', (content) => {
    expect(problemsWith(file(content))).toEqual([]);
  });

  it.each<[string, RegExp]>([
    ['log_level: info\nport: abc\n', /^port: c\.yml:2 is "abc", wanted an integer/],
    [
      'port: "1"\n',
      /^port: c\.yml:1 is "1", wanted an integer from 0 to 65535, without quotes; for example port: 9808$/,
    ],
    ['enable_events: "true"\n', /^enable_events: c\.yml:1 is "true", wanted true or false, without quotes/],
    ['name: 12\n', /^name: c\.yml:1 is "12", wanted a text: put it in quotes$/],
    ['queues: {a: 1}\n', /^queues: c\.yml:1 is "\{\\"a\\":1\}", wanted a list of texts/],
    ['port:\n', /^port: c\.yml:1, wanted an integer from 0 to 65535; it has no value/],
    ['\nprot: 1\n', /^prot: c\.yml:2, wanted a key that is the name of an option; did you mean port\?$/],
    ['broker-url: x\n', /did you mean broker_url\?$/],
    ['config: x.yml\n', /^config: c\.yml:1, wanted a key/],
    ['port: 1\nname: a\nport: 1\n', /^port: c\.yml:3, wanted each key only once/],
    ['transport_options:\n  a: 1\n  a: 2\n', /^transport_options\.a: c\.yml:3, wanted each key only once/],
    [
      'broker_url: redis://a\nbroker_url_file: /x\n',
      /^broker_url: c\.yml:1 and c\.yml:2, wanted only one of broker_url and broker_url_file/,
    ],
    ['- port\n', /^config: c\.yml:1, wanted keys with values/],
    ['port\n', /^config: c\.yml:1, wanted keys with values/],
    ['port: 1\n  name: x\n', /^config: c\.yml:\d, wanted correct YAML: /],
    ['name: *nothing\n', /^name: c\.yml:1, wanted a value without aliases/],
    ['name: &all [*all]\n', /^name: c\.yml:1, wanted a value without aliases/],
    ['port: 1\n---\nport: 2\n', /^config: c\.yml:\d, wanted correct YAML: multiple docs/],
    ['name: !!odd x\n', /^config: c\.yml:1, wanted correct YAML: tag resolve failed/],
  ])('%j is refused', (content, line) => {
    const problems = problemsWith(file(content));
    expect(problemsText(problems)).toMatch(line);
    expect(problems).toHaveLength(1);
  });

  it('is checked also where a flag overrides it', () => {
    const problems = problemsWith({ ...file('port: abc\n'), argv: ['--config=c.yml', '--port=1'] });
    expect(problemsText(problems)).toMatch(/^port: c\.yml:1 is "abc"/);
  });

  it('is refused where it cannot be read', () => {
    expect(problemsText(problemsWith({ argv: ['--config=gone.yml'] }))).toMatch(
      /^config: flag --config is "gone\.yml", wanted a file that can be read: it does not exist/,
    );
  });
});
