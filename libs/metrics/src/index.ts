// What the library offers: metric families built from catalogue entries, and the page that Prometheus reads.
export { CONTENT_TYPES, type ExpositionFormat } from './exposition-format.js';
export { takenNames } from './check-entry.js';
export { negotiate } from './exposition-format.js';
export { labelText, type LabelValues } from './label-text.js';
export { type Family, type Samples } from './family.js';
export { type SeriesLimit } from './children.js';
export { Counter, type CounterChild } from './counter.js';
export { Gauge, type GaugeChild } from './gauge.js';
export { HistogramValue } from './histogram-value.js';
export { Histogram } from './histogram.js';
export { collected } from './family.js';
export { Registry, type RegistryOptions } from './page.js';
export { Page } from './page.js';
export { PageAnswer } from './page-answer.js';
