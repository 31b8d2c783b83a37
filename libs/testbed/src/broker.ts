// Where workers and clients connect: what a started server tells Celery about itself.

export interface Broker {
  /** A URL that Celery connects with as it is; with TLS it names the certificates in its query. */
  readonly celeryUrl: string;
  /** Transport options that the URL cannot do without, such as Sentinel's master_name. */
  readonly transportOptions?: Readonly<Record<string, unknown>> | undefined;
}

export type BrokerAddress = string | Broker;

export function brokerEnvironment(
  address: BrokerAddress,
  transportOptions: Readonly<Record<string, unknown>> = {},
): Record<string, string> {
  const broker: Broker = typeof address === 'string' ? { celeryUrl: address } : address;
  return {
    BROKER_URL: broker.celeryUrl,
    TRANSPORT_OPTIONS: JSON.stringify({ ...broker.transportOptions, ...transportOptions }),
  };
}
