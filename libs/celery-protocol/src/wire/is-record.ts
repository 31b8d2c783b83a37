// What counts as an object among decoded values: asked wherever a field of one is read.

/** Whether a value is a plain object: not null, not an array, not the bytes that MessagePack may hold. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
