import { describe, expect, it } from '@jest/globals';
import { changesOf, closeUnreleased } from './changelog.js';

const LOG = '# Changelog\n\nAbout.\n\n## Unreleased\n\n- exporter: new\n\n## 0.1.0 (2026-01-02)\n\n- relay: first\n';

describe('the changelog', () => {
  it('gives the lines of a version, or what is unreleased before it has some', () => {
    expect(changesOf('0.1.0', LOG)).toEqual({ text: '# Changes of 0.1.0\n\n- relay: first\n', isReleased: true });
    expect(changesOf('0.2.0', LOG)).toEqual({ text: '# Changes of 0.2.0\n\n- exporter: new\n', isReleased: false });
  });

  it('without a line about a version refuses it', () => {
    expect(() => changesOf('0.2.0', '# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- x: y\n')).toThrow(
      /no lines under "## 0.2.0"/,
    );
  });

  it('says where there are no lines, and takes a heading with blanks behind it', () => {
    expect(() => changesOf('0.2.0', '## Unreleased\n\n- x: y\n\n## 0.2.0\n')).toThrow('"## 0.2.0", which is there');
    expect(closeUnreleased('## Unreleased  \n\n- x: y\n', '0.2.0', '2026-12-01')).toContain('## 0.2.0 (2026-12-01)');
  });

  it('makes a version of what is unreleased, once', () => {
    const closed = closeUnreleased(LOG, '0.2.0', '2026-12-01');
    expect(closed).toContain('## Unreleased\n\n## 0.2.0 (2026-12-01)\n\n- exporter: new\n\n## 0.1.0');
    expect(changesOf('0.2.0', closed).isReleased).toBe(true);
    expect(() => closeUnreleased(closed, '0.2.0', '2026-12-01')).toThrow('already');
    expect(() => closeUnreleased(closed, '0.3.0', '2026-12-01')).toThrow('nothing to release');
  });
});
