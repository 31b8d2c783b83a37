// Variables that a platform makes out of the names of services: Kubernetes for each Service, Docker for each link. One
// that bears this program's name would else be taken for an option.

type Variables = Readonly<Record<string, string | undefined>>;

/** `tcp://10.96.0.12:9808`: what stands for a whole address there; a host may be an IPv6 address in brackets. */
const LINK = /^(?:tcp|udp|sctp):\/\/(?:\[[0-9a-fA-F:.]+\]|[\w.-]+):\d+$/;

/**
 * For a Service `X`, Kubernetes sets `X_SERVICE_HOST`, `X_SERVICE_PORT`, `X_SERVICE_PORT_NAME`, `X_PORT=tcp://…`,
 * `X_PORT_9808_TCP=tcp://…` and the parts of the last. Docker sets the ones with `X_PORT` for a link, and `X_NAME` and
 * `X_ENV_…` besides. Only what has the form of their values counts: anything else was meant for the program.
 */
const FORMS: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/_PORT$/, LINK],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)$/, LINK],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PROTO$/, /^(?:tcp|udp|sctp)$/],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PORT$/, /^\d+$/],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_ADDR$/, /^[\w.:-]+$/],
  [/_SERVICE_HOST$/, /^[\w.:-]+$/],
  [/_SERVICE_PORT(?:_\w+)?$/, /^\d+$/],
];

export function isServiceLink(name: string, env: Variables): boolean {
  const value = env[name] ?? '';
  if (FORMS.some(([form, wanted]) => form.test(name) && wanted.test(value))) return true;
  const [, link] = /^(.+?)_(?:NAME|ENV_\w+)$/.exec(name) ?? [];
  return link !== undefined && LINK.test(env[`${link}_PORT`] ?? '');
}

/** What people read of the variables that were ignored; undefined where there is none. */
export function ignoredText(names: readonly string[]): string | undefined {
  const [first] = names;
  if (first === undefined) return undefined;
  return (
    `ignored, since Kubernetes or Docker sets ${names.length === 1 ? 'it' : 'them'} for a service of this name: ` +
    `${names.join(', ')}. Set enableServiceLinks: false in the pod; an option needs a value of its own kind, and ` +
    '--port takes the place of a variable'
  );
}
