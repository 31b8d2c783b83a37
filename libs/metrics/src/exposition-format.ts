// The two formats in which a page can be written, and the Content-Type of each.

/** `text` is Prometheus' own text format 0.0.4, `openmetrics` is OpenMetrics 1.0. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** The value of the Content-Type header that goes with a page of each format. */
export const CONTENT_TYPES = Object.freeze({
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} satisfies Record<ExpositionFormat, string>);
