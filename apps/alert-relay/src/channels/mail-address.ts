// E-mail addresses of the settings: `ops@example.com`, or with a name before it.
import addressparser from 'nodemailer/lib/addressparser';

/** One address, with or without a name, that can be put on the wire as it is. */
export function isMailAddress(text: string): boolean {
  if (/[\r\n]/.test(text)) return false;
  const parsed = addressparser(text, { flatten: true });
  return parsed.length === 1 && /^[^\s@<>"(),;:\\]+@[^\s@<>"(),;:\\[\]]+$/.test(parsed[0]?.address ?? '');
}

/** The address without its name. */
export function addressOf(text: string): string {
  return addressparser(text, { flatten: true })[0]?.address ?? text;
}

/** A word or words that need no encoding in a header. */
export function isPrintable(text: string): boolean {
  return /^[\w .-]+$/.test(text);
}
