// SQLite without a file, held to the contract.
import { describeOutbox } from '../outbox-contract.js';
import { openSqliteOutbox } from './open.js';

describeOutbox('sqlite in memory', () => openSqliteOutbox(':memory:'));
