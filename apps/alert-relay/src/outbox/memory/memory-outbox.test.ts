// The outbox in memory, held to the contract.
import { openMemoryOutbox } from './memory-outbox.js';
import { describeOutbox } from '../outbox-contract.js';

describeOutbox('memory', () => Promise.resolve(openMemoryOutbox()));
