// Who may reach whom in a compose file: those share a network that need to, nobody else does, and only those have a way
// out that ask for something outside or are asked from there.

interface Attached {
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly ports?: readonly string[];
}

export interface NetworkedFile {
  readonly services: Readonly<Record<string, Attached>>;
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean; readonly external?: boolean } | null>>;
}

/** Who asks whom. A second relay is asked as the first one is. */
const ASKS: readonly (readonly [string, string])[] = [
  ['celery-exporter', 'redis'],
  ['worker', 'redis'],
  ['customers', 'redis'],
  ['prometheus', 'celery-exporter'],
  ['prometheus', 'alertmanager'],
  ['prometheus', 'alert-relay'],
  ['alertmanager', 'alert-relay'],
  ['alert-relay', 'postgres'],
  ['grafana', 'prometheus'],
];
/** They ask for what no service of the file is: channels, and a broker where the file has none. */
const NEED_A_WAY_OUT = ['alert-relay', 'celery-exporter'];
const BROKERS = ['redis', 'rabbitmq'];
/** A second of a kind is as the first one. */
const plain = (name: string): string => name.replace(/-\d+$/, '');

export function networkBreaches(file: NetworkedFile): readonly string[] {
  const services = Object.entries(file.services).map(([name, service]) => ({
    name,
    networks: networksOf(service),
    service,
  }));
  const hasBroker = services.some(({ name }) => BROKERS.includes(name));
  const isOpen = (network: string): boolean => file.networks?.[network]?.internal !== true;
  const breaches = services.flatMap(({ name, networks, service }) => {
    if (networks.length === 0) return [`${name}: is on the network of everybody`];
    const unknown = networks.filter((network) => !(network in (file.networks ?? {})));
    const asksOutside = NEED_A_WAY_OUT.includes(plain(name)) && !(plain(name) === 'celery-exporter' && hasBroker);
    const wantsOut = asksOutside || (service.ports ?? []).length > 0;
    const hasOut = networks.some(isOpen);
    return [
      ...unknown.map((network) => `${name}: is on the network ${network}, which the file does not name`),
      ...(wantsOut && !hasOut ? [`${name}: is on no network that leads out, and has a port or asks outside`] : []),
      ...(!wantsOut && hasOut ? [`${name}: has a way out that it does not need`] : []),
    ];
  });
  for (const [index, one] of services.entries()) {
    for (const other of services.slice(index + 1)) {
      const shared = one.networks.filter((network) => other.networks.includes(network));
      const needed = ask(one.name, other.name);
      if (needed && shared.length === 0) breaches.push(`${one.name} and ${other.name}: share no network`);
      if (!needed && shared.length > 0 && !isSibling(one.name, other.name))
        breaches.push(`${one.name} and ${other.name}: share the network ${shared.join(', ')}, and need not`);
    }
  }
  return breaches;
}

function ask(one: string, other: string): boolean {
  return ASKS.some(
    ([from, to]) => (from === plain(one) && to === plain(other)) || (from === plain(other) && to === plain(one)),
  );
}

/** Two relays, or what asks the same broker: parting those would take a network for each pair. */
function isSibling(one: string, other: string): boolean {
  const asked = (name: string): readonly string[] => ASKS.filter(([from]) => from === plain(name)).map(([, to]) => to);
  return plain(one) === plain(other) || asked(one).some((to) => BROKERS.includes(to) && asked(other).includes(to));
}

export function networksOf({ networks = [] }: Attached): readonly string[] {
  return Array.isArray(networks) ? (networks as readonly string[]) : Object.keys(networks);
}
