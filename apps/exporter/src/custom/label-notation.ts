// How a label of custom_metrics says where its value comes from: a field's name, $task for what is known of the task,
// =text for a text that is always the same. A keyword argument of Python begins with neither sign.
import { KNOWN_SOURCES, type LabelSource } from '../tracking/custom/custom-metric.js';

/** What `send_event` takes for itself (docs/protocol/events.md#custom-events), so that no event ever has it. */
const NEVER_SENT: ReadonlySet<string> = new Set(['retry', 'retry_policy']);

/** The name of a field, or what is wrong with it, as the end of "wanted …". */
export function readField(text: string): { readonly field: string } | { readonly wanted: string } {
  if (text.trim() === '') return { wanted: 'the name of a field of the event' };
  if (NEVER_SENT.has(text))
    return { wanted: `a field that is sent: send_event() keeps ${text} for itself, give the field another name` };
  return { field: text };
}

/** The source that a text stands for, or what is wrong with it. */
export function readLabelSource(text: string): LabelSource | { readonly wanted: string } {
  if (text.startsWith('=')) return { kind: 'text', text: text.slice(1) };
  if (!text.startsWith('$')) {
    const read = readField(text);
    return 'wanted' in read ? read : { kind: 'field', field: read.field };
  }
  const what = KNOWN_SOURCES.find((each) => `$${each}` === text);
  if (what === undefined) return { wanted: `one of ${KNOWN_SOURCES.map((each) => `$${each}`).join(', ')}` };
  return { kind: 'known', what };
}
