// `npm run demo`: the whole pipeline on real parts, with an inbox to watch an alert arrive in; `--once` plays the
// scenario by itself.
import { readArguments } from './arguments.js';
import { demo } from './demo.js';
import { installBroker } from './parts/install-broker.js';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    stop.abort();
  });
try {
  const { once, broker } = readArguments(process.argv.slice(2));
  await installBroker(broker);
  await demo(
    {
      once,
      broker,
      say: (line) => {
        console.log(line);
      },
      stop: () => {
        stop.abort();
      },
    },
    stop.signal,
  );
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
