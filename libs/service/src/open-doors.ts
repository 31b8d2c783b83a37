// One line for the start: where the program listens, whether TLS is spoken, and who may ask for what.
import type { Log } from './log.js';
import { type Audience, type DoorPlan, isLocked } from './door/door-plan.js';

export interface DoorTold {
  readonly plan: DoorPlan;
  /** As people reach it. */
  readonly address: string;
  /** What there is to ask for, in the words of the program. */
  readonly things: readonly (readonly [audience: Audience, name: string])[];
}

export interface OpenDoors {
  /** Whether somebody should know of it: other machines may ask without a login. */
  readonly isOpen: boolean;
  readonly text: string;
}

/** Says in the log what is open: at the first call, and at each where that is something else. */
export function doorTeller(log: Log, things: DoorTold['things']): (plan: DoorPlan, address: string) => void {
  let said = '';
  return (plan, address) => {
    const { isOpen, text } = openDoors({ plan, address, things });
    if (text === said) return;
    said = text;
    if (isOpen) log.warn(text);
    else log.info(text);
  };
}

export function openDoors({ plan, address, things }: DoorTold): OpenDoors {
  const named = (wanted: (audience: Audience) => boolean): string =>
    things
      .filter(([audience]) => wanted(audience))
      .map(([, name]) => name)
      .join(', ');
  const neverTold = (audience: Audience): boolean => audience === 'operator' && !plan.isLocal;
  const isVerified = plan.tls?.clientAuth === 'RequireAndVerifyClientCert';
  // Anybody makes one in a second.
  const mustShow = isVerified || plan.tls?.clientAuth === 'RequireAnyClientCert';
  const open = named((audience) => !isLocked(audience, plan) && !neverTold(audience));
  const locked = named((audience) => isLocked(audience, plan));
  const never = named((audience) => !isLocked(audience, plan) && neverTold(audience));
  const who = isVerified
    ? 'everybody with a client certificate who'
    : mustShow
      ? 'everybody with any client certificate, which nobody verifies, who'
      : 'everybody who';
  const isOpen = things.some(([audience]) => audience !== 'probe' && !isLocked(audience, plan) && !neverTold(audience));
  const sentences = [
    `${address} speaks ${plan.tls === undefined ? 'plain HTTP' : mustShow ? 'TLS, with client certificates' : 'TLS'}`,
    open === '' ? '' : `open to ${who} can reach it${plan.isLocal ? ' from this machine' : ''}: ${open}`,
    locked === '' ? '' : `only with a login: ${locked}`,
    never === '' ? '' : `closed to everybody: ${never}`,
    isOpen || never !== '' ? plan.howToLock : '',
  ];
  return {
    isOpen: isOpen && !plan.isLocal && !isVerified,
    text: sentences.filter((each) => each !== '').join('; '),
  };
}
