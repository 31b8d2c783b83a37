// The class of the exception of a failed task, out of the text that the event carries.
import { MAX_NAME_LENGTH } from './name.js';

const UNKNOWN_CLASS = 'unknown';
/**
 * A class with its module, and with the function or class around it: `proj.tasks.run.<locals>.Oops`. Then what follows.
 */
const CLASS_NAME = /^<?(?:(?:[\p{XIDS}_]\p{XIDC}*|<locals>)\.)*([\p{XIDS}_]\p{XIDC}*)(\(|:|$)/u;
/**
 * billiard 4 hides the true class behind this one: Celery 5.2 and later, for lost workers and hard time limits
 * (docs/protocol/events.md#exception-class).
 */
const WRAPPER = 'ExceptionWithTraceback';
const MAX_LENGTH = 100;
/** A class name ends long before; run over megabytes, the pattern would exhaust its stack and throw. */
const MAX_READ = 1000;
/** A stack at Python's limit, with long lines, is not half as long. */
const MAX_STACK = 1_000_000;

/**
 * The bare class name, without its module: the repr of most exceptions has none, and one class must be one label
 * value whichever way it came. `unknown` where neither text names a class.
 *
 * @param exception repr text, like `ValueError('no')` or `<Oops: …>`
 * @param traceback traceback text; may be empty
 */
export function exceptionClass(exception: string, traceback: string): string {
  const [, name, next] = CLASS_NAME.exec(exception.slice(0, MAX_READ)) ?? [];
  // Any class may write its repr as it likes: what does not look like a call counts only where the traceback says
  // nothing.
  const found = next === '(' && name !== WRAPPER ? name : (CLASS_NAME.exec(classLine(traceback))?.[1] ?? name);
  return found === undefined || found === 'None' ? UNKNOWN_CLASS : found.slice(0, MAX_LENGTH);
}

/** Python joins the tracebacks of a chain by these; the last one is the exception's own. */
const LINKS = [
  '\n\nDuring handling of the above exception, another exception occurred:\n\n',
  '\n\nThe above exception was the direct cause of the following exception:\n\n',
];
const TITLE = 'Traceback (most recent call last):';
/** What Python draws before each line about an exception group. */
const GROUP_MARGIN = '  | ';

/**
 * The stack is indented. The first line after it names the class; the message may go on over further lines. Empty where
 * there is none.
 */
function classLine(traceback: string): string {
  let start = 0;
  for (const link of LINKS) {
    const at = traceback.lastIndexOf(link);
    if (at >= 0) start = Math.max(start, at + link.length);
  }
  const end = Math.min(traceback.length, start + MAX_STACK);
  while (start < end) {
    const newline = traceback.indexOf('\n', start);
    if (traceback.startsWith(GROUP_MARGIN, start)) start += GROUP_MARGIN.length;
    const line = traceback.slice(start, Math.min(start + MAX_READ, newline < 0 ? end : newline));
    if (line !== '' && !line.startsWith(' ') && !line.startsWith(TITLE)) return line;
    start = newline < 0 ? end : newline + 1;
  }
  return '';
}

const NOT_REGISTERED = new RegExp(String.raw`^NotRegistered\((['"])(.{1,${String(MAX_NAME_LENGTH)}})\1\)$`, 's');

/**
 * The name of an unregistered task, which only the exception tells (docs/protocol/events.md#exception-class):
 * NotRegistered('proj.tasks.gone').
 */
export function unregisteredName(exception: string): string | undefined {
  return NOT_REGISTERED.exec(exception)?.[2];
}

/**
 * Whether a task-failed event only announces a rejection: since 5.7 `Reject(requeue=False)` is said twice, first as a
 * failure whose traceback ends in celery.exceptions.Reject, then as task-rejected. Raising it never was a failure
 * before (docs/protocol/events.md#announced-rejection).
 */
export function announcesRejection(traceback: string): boolean {
  return classLine(traceback).startsWith('celery.exceptions.Reject:');
}
