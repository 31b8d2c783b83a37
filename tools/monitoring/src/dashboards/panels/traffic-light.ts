// Colours: of values against their thresholds, and of names that mean the same everywhere.
import {
  MappingType,
  type Threshold,
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { TaskState } from '@celery-watch/celery-protocol';

export type Steps = readonly Threshold[];

/** Green, orange from the warning on, red from the limit on: for what no alert has a threshold. */
export function upTo(limit: number, warning: number): Steps {
  return [
    { value: null, color: 'green' },
    { value: warning, color: 'orange' },
    { value: limit, color: 'red' },
  ];
}

/** Green at nothing, another colour from one on. */
export function none(color: 'red' | 'orange' = 'red'): Steps {
  return [
    { value: null, color: 'green' },
    { value: 1, color },
  ];
}

/** Red below the least. */
export function atLeast(least: number): Steps {
  return [
    { value: null, color: 'red' },
    { value: least, color: 'green' },
  ];
}

/** A number that is neither good nor bad. */
export const NEUTRAL: Steps = [{ value: null, color: 'blue' }];

/** Full is not wrong, but worth a look. */
export const FULLNESS: Steps = [
  { value: null, color: 'green' },
  { value: 0.9, color: 'orange' },
];

export function thresholds(steps: Steps): Builder<ThresholdsConfig> {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps]);
}

export const UP_OR_DOWN: readonly ValueMapping[] = [
  {
    type: MappingType.ValueToText,
    options: { 0: { text: 'DOWN', color: 'red', index: 0 }, 1: { text: 'UP', color: 'green', index: 1 } },
  },
];

export const ON_OR_OFF: readonly ValueMapping[] = [
  {
    type: MappingType.ValueToText,
    options: { 0: { text: 'off', color: 'red', index: 0 }, 1: { text: 'on', color: 'green', index: 1 } },
  },
];

export const STATE_COLORS: Readonly<Record<TaskState, string>> = {
  sent: 'light-blue',
  received: 'blue',
  started: 'purple',
  succeeded: 'green',
  failed: 'red',
  retried: 'orange',
  rejected: 'dark-red',
  revoked: 'yellow',
  cancelled: 'dark-yellow',
};

/** For a panel that shows only these states. */
export function colorsOf(states: readonly TaskState[]): Readonly<Record<string, string>> {
  return Object.fromEntries(states.map((state) => [state, STATE_COLORS[state]]));
}
