// The class of the exception of a failed task, out of the text that the event carries.

const UNKNOWN_CLASS = 'unknown';
const IDENTIFIER = /^(?:[\p{L}_][\p{L}\p{N}_]*\.)*([\p{L}_][\p{L}\p{N}_]*)(?=$|\(|:)/u;
/** billiard 4 hides the true class behind this one: Celery 5.2 and later, for lost workers and hard time limits. */
const WRAPPER = 'ExceptionWithTraceback';
const MAX_LENGTH = 100;

/**
 * The bare class name, without its module: the repr of most exceptions has none, and one class must be one label
 * value whichever way it came. `unknown` where neither text names a class.
 *
 * @param exception repr text, like `ValueError('no')` or `<Oops: …>`
 * @param traceback traceback text; may be empty
 */
export function exceptionClass(exception: string, traceback: string): string {
  const direct = className(exception.replace(/^</, ''));
  if (direct !== undefined && direct !== WRAPPER && direct !== 'None') return direct;
  return fromTraceback(traceback) ?? direct ?? UNKNOWN_CLASS;
}

/** The line after the last stack frame names the class; its message may go on over further lines. */
function fromTraceback(traceback: string): string | undefined {
  const lines = traceback.split('\n');
  let line = lines.findLastIndex((text) => text.startsWith('  File "'));
  if (line < 0) line = lines.findLastIndex((text) => text.startsWith('Traceback '));
  for (line += 1; line < lines.length; line += 1) {
    const text = lines[line] ?? '';
    if (text !== '' && !text.startsWith(' ')) return className(text);
  }
  return undefined;
}

function className(text: string): string | undefined {
  return IDENTIFIER.exec(text)?.[1]?.slice(0, MAX_LENGTH);
}

/** The name of an unregistered task, which only the exception tells: NotRegistered('proj.tasks.gone'). */
export function unregisteredName(exception: string): string | undefined {
  return /^NotRegistered\((['"])(.+)\1\)$/s.exec(exception)?.[2];
}
