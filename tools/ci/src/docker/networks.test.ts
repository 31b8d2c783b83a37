// Networks of a compose file: each pair that need not meet is seen, and so is each that cannot.
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { networkBreaches, type NetworkedFile } from './networks.js';

const GOOD = `
services:
  redis: { networks: [broker] }
  worker: { networks: [broker] }
  celery-exporter: { networks: [broker, scrape], ports: ["127.0.0.1:1:1"] }
  prometheus: { networks: [scrape, alerts, dashboards], ports: ["127.0.0.1:2:2"] }
  alertmanager: { networks: [alerts], ports: ["127.0.0.1:3:3"] }
  alert-relay: { networks: { alerts: { aliases: [a] }, store: } }
  alert-relay-2: { networks: { alerts: , store: } }
  postgres: { networks: [store] }
  grafana: { networks: [dashboards], ports: ["127.0.0.1:4:4"] }
networks: { broker: { internal: true }, scrape: , alerts: , dashboards: , store: { internal: true } }
`;
const breaches = (text: string): readonly string[] => networkBreaches(parse(text) as NetworkedFile);

describe('the networks of a compose file', () => {
  it('that parts who need not meet are without a breach', () => {
    expect(breaches(GOOD)).toEqual([]);
  });

  it.each([
    ['worker: { networks: [broker] }', 'worker: {}', 'worker: is on the network of everybody'],
    [
      'worker: { networks: [broker] }',
      'worker: { networks: [shop] }',
      'worker: is on the network shop, which the file',
    ],
    [
      'grafana: { networks: [dashboards]',
      'grafana: { networks: [alerts]',
      'alert-relay and grafana: share the network',
    ],
    ['grafana: { networks: [dashboards]', 'grafana: { networks: [store]', 'prometheus and grafana: share no network'],
    ['[broker, scrape]', '[broker, scrape, alerts]', 'celery-exporter and alert-relay: share the network alerts'],
    ['[broker, scrape]', '[broker]', 'celery-exporter and prometheus: share no network'],
    ['broker: { internal: true }', 'broker: ', 'redis: has a way out that it does not need'],
    ['store: { internal: true }', 'store: ', 'postgres: has a way out that it does not need'],
    ['alerts: , dashboards', 'alerts: { internal: true }, dashboards', 'alertmanager: is on no network that leads out'],
    ['alerts: , dashboards', 'alerts: { internal: true }, dashboards', 'alert-relay: is on no network that leads out'],
  ])('with %j as %j are in breach', (good, bad, breach) => {
    expect(GOOD).toContain(good);
    expect(breaches(GOOD.replace(good, bad))).toContainEqual(expect.stringContaining(breach));
  });

  it('lead out for an exporter whose broker is elsewhere', () => {
    const alone = 'services: { celery-exporter: { networks: [scrape] } }\nnetworks: { scrape: { internal: true } }';
    expect(breaches(alone)).toEqual([expect.stringContaining('is on no network that leads out')]);
  });
});
