// The thread that compares passwords with their bcrypt hashes: each takes the whole thread for its time.
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

export interface ToBcrypt {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

export interface FromBcrypt {
  readonly id: number;
  readonly isRight: boolean;
}

const port = parentPort;
if (port === null) throw new Error('this is a thread, and no program');
port.on('message', ({ id, password, hash }: ToBcrypt) => {
  const said: FromBcrypt = { id, isRight: compareSync(password, hash) };
  port.postMessage(said);
});
