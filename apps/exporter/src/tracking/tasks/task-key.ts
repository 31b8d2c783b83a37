// From a task id to 128 bits: a UUID's own bits, or a hash of any other text. A table row keeps these, not the string.

const { imul } = Math;

/** Four 32-bit words; reused, so read them before the next call. */
export const key = new Uint32Array(4);

const UUID_LENGTH = 36;

/** Writes the key of a task id into `key`. Celery's ids are UUIDs unless the caller chose another text. */
export function setKey(id: string): void {
  if (id.length !== UUID_LENGTH || !setUuid(id)) setHash(id);
}

/** 8-4-4-4-12 hex digits; false where the text is anything else. */
function setUuid(id: string): boolean {
  let word = 0;
  let digits = 0;
  for (let i = 0; i < UUID_LENGTH; i++) {
    const code = id.charCodeAt(i);
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (code !== 45) return false;
      continue;
    }
    let digit: number;
    if (code >= 48 && code <= 57) digit = code - 48;
    else if (code >= 97 && code <= 102) digit = code - 87;
    else return false;
    word = (word << 4) | digit;
    digits++;
    if ((digits & 7) === 0) key[(digits >>> 3) - 1] = word;
  }
  return true;
}

/** Four lanes of FNV-1a with different seeds: two texts that meet in all 128 bits are not to be expected. */
function setHash(id: string): void {
  let a = 0x811c9dc5,
    b = 0x9e3779b9,
    c = 0x85ebca6b,
    d = 0xc2b2ae35;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    a = imul(a ^ code, 0x01000193);
    b = imul(b ^ (code + i), 0x5bd1e995);
    c = imul(c ^ (code * 31), 0x27d4eb2f);
    d = imul(d ^ (code << 3), 0x165667b1);
  }
  key[0] = a;
  key[1] = b ^ (a >>> 15);
  key[2] = c ^ (b >>> 13);
  key[3] = d ^ (c >>> 16);
}

/**
 * A key folded into 32 bits of which any are good: ids that count upwards, or repeat one number in several places, must
 * not all meet.
 */
export function mixed(k0: number, k1: number, k2: number, k3: number): number {
  const folded = imul(imul(k0, 0xcc9e2d51) ^ imul(k1, 0x85ebca6b) ^ imul(k2, 0xc2b2ae35) ^ k3, 0x9e3779b1);
  return folded ^ (folded >>> 15);
}
