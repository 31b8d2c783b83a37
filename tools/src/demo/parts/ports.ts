// Which ports the demo takes: the usual ones, which people expect, or free ones where they are taken or nobody looks.
import { freePort, isPortFree } from '@celery-watch/testbed';

export const USUAL_PORTS = {
  inbox: 8025,
  redis: 6379,
  exporter: 9808,
  prometheus: 9090,
  alertmanager: 9093,
  relay: 9095,
} as const;

export type Ports = Readonly<Record<keyof typeof USUAL_PORTS, number>>;

/** `usual`: each its usual port where that is free; else any free ones. */
export async function choosePorts(usual: boolean): Promise<Ports> {
  const chosen: Record<string, number> = {};
  for (const [name, port] of Object.entries(USUAL_PORTS))
    chosen[name] = usual && (await isPortFree(port)) ? port : await freePort();
  return chosen as Ports;
}
