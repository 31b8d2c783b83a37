// The PostgreSQL outbox against the contract, on a real server.
import { describeOutbox } from '../outbox-contract.js';
import { openPostgresOutbox } from './postgres-outbox.js';
import { Client } from 'pg';

let n = 0;
describeOutbox('PostgreSQL', async () => {
  const c = new Client({ host: '127.0.0.1', port: 54329, user: 'postgres', database: 'postgres' });
  await c.connect();
  const name = `t${process.pid}_${(n += 1)}`;
  await c.query(`CREATE DATABASE ${name}`);
  await c.end();
  return openPostgresOutbox(`postgres://postgres@127.0.0.1:54329/${name}`, { removedAfterMs: 0 });
});
