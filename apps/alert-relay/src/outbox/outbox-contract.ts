// The contract of the outbox as tests: every implementation's test calls this with an outbox of its own.
import { afterEach, describe } from '@jest/globals';
import { agreeingContract } from './agreeing-contract.js';
import { conversationContract } from './conversation-contract.js';
import { deadLettersContract } from './dead-letters-contract.js';
import { historyContract } from './history-contract.js';
import { inboxContract } from './inbox-contract.js';
import { notesContract, quarantineContract } from './keeping-contract.js';
import type { Outbox } from './outbox.js';
import { queueContract } from './queue-contract.js';
import { randomContract } from './random-contract.js';
import { settlingContract } from './settling-contract.js';

/** @param open a fresh, empty outbox that keeps 100 posts in quarantine */
export function describeOutbox(name: string, open: () => Promise<Outbox>): void {
  describe(`the contract of outboxes: ${name}`, () => {
    const opened: Outbox[] = [];
    const fresh = async (): Promise<Outbox> => {
      const outbox = await open();
      opened.push(outbox);
      return outbox;
    };
    afterEach(async () => {
      for (const outbox of opened.splice(0)) await outbox.close();
    });
    inboxContract(fresh);
    queueContract(fresh);
    settlingContract(fresh);
    deadLettersContract(fresh);
    historyContract(fresh);
    conversationContract(fresh);
    quarantineContract(fresh);
    notesContract(fresh);
    randomContract(fresh);
    agreeingContract(fresh);
  });
}
