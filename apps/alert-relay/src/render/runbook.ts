// Runbooks that are paths in a repository become addresses, where the configuration says at which address that
// repository is read.
import type { Message, MessageAlert } from '../notification/index.js';

const NAMES = ['runbook_url', 'runbook'] as const;
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:|^\/\//i;

/** The same message with each relative runbook below `base`; absolute ones stay, and so does what makes no address. */
export function withRunbooks(message: Message, base: string | undefined): Message {
  if (base === undefined) return message;
  const below = base.endsWith('/') ? base : `${base}/`;
  return { ...message, alerts: message.alerts.map((each) => resolved(each, below)) };
}

function resolved(each: MessageAlert, base: string): MessageAlert {
  const { annotations } = each.alert;
  const name = NAMES.find((key) => annotations[key] !== undefined);
  const path = name === undefined ? undefined : annotations[name]?.trim();
  if (name === undefined || path === undefined || path === '' || ABSOLUTE.test(path)) return each;
  const url = URL.parse(path.replace(/^\/+/, ''), base);
  return url === null ? each : { ...each, alert: { ...each.alert, annotations: { ...annotations, [name]: url.href } } };
}
