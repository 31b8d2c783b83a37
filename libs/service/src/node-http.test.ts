// What a service loads for HTTP: no client that nothing here uses, since each thread would hold it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const LOADED = `
  await import(process.argv[1]);
  console.log(process.moduleLoadList.filter((name) => /(deps.undici|\\b_http_server$)/.test(name)).join());`;

it('the HTTP server comes without the client for fetch and WebSocket, which takes 16 MB', async () => {
  const door = new URL('./index.js', import.meta.url).href;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', LOADED, door]);
  expect(stdout.trim()).toBe('NativeModule _http_server');
});
