// Accept headers, with those that Prometheus really sends, and the format that each gets.
import { describe, expect, it } from '@jest/globals';
import { CONTENT_TYPES, negotiate } from './exposition-format.js';

describe('the format of the page', () => {
  it.each([
    ['text', undefined],
    ['text', ''],
    ['text', '*/*'],
    ['text', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    // Prometheus 2.x.
    [
      'openmetrics',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    ],
    // Prometheus 3, with and without protobuf.
    [
      'openmetrics',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,/;q=0.1',
    ],
    [
      'openmetrics',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    ],
    // Prometheus configured for the text format first.
    ['text', 'text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.2'],
    ['openmetrics', 'application/openmetrics-text'],
    ['openmetrics', 'application/openmetrics-text; version=0.0.1'],
    ['openmetrics', 'Application/OpenMetrics-Text ; Version="1.0.0" ; charset=utf-8 ; Q=1.0'],
    ['text', 'application/openmetrics-text;version=2.0.0'],
    ['openmetrics', 'application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.1'],
    ['text', 'application/openmetrics-text;version=1'],
    ['text', 'application/openmetrics-text;q=0'],
    ['text', 'application/openmetrics-text;q=0.5, text/plain'],
    ['openmetrics', 'text/plain;q=0.499, application/openmetrics-text;q=0.5'],
    ['openmetrics', '*/*, application/openmetrics-text'],
    ['text', 'text/plain, application/openmetrics-text'],
    ['openmetrics', 'application/openmetrics-text, text/plain'],
    ['text', 'application/openmetrics-text;q=0.5, */*;q=0.6'],
    ['text', 'application/*'],
    ['text', 'application/openmetrics-text;q=high'],
    ['text', 'application/openmetrics-text;q=7'],
    ['text', ';;;,,==q;q=;version'],
  ])('is %s for %p', (format, accept) => {
    expect(negotiate(accept)).toBe(format);
  });

  it('has a content type with version and charset', () => {
    expect(CONTENT_TYPES).toEqual({
      text: 'text/plain; version=0.0.4; charset=utf-8',
      openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    });
  });
});
