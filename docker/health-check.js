// The images' health check: is there a good answer at PATH on the port that this container's program listens on? It needs neither curl nor wget.
//   node health-check.js PATH PORT      The variable PORT, or else the argument, counts where the kernel tells of nobody who listens.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { get } from 'node:http';

const [path = '/healthz', defaultPort] = process.argv.slice(2);
const PATIENCE_MS = 4000;
const LISTENING = '0A';

/** What cannot be read is left out: files of other users, or of processes that have just ended. */
function unlessUnreadable(read, otherwise) {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Sockets of the image's program, by inode: it runs in the folder in which this check does. */
function ownSockets() {
  const folders = readdirSync('/proc').filter(
    (name) =>
      /^\d+$/.test(name) && unlessUnreadable(() => readlinkSync(`/proc/${name}/cwd`), undefined) === process.cwd(),
  );
  const links = folders.flatMap((pid) =>
    unlessUnreadable(() => readdirSync(`/proc/${pid}/fd`), []).map((fd) =>
      unlessUnreadable(() => readlinkSync(`/proc/${pid}/fd/${fd}`), ''),
    ),
  );
  return new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
}

/** `0100007F` is 127.0.0.1, and 32 digits are IPv6: each four bytes stand in reverse. What listens everywhere is asked at home. */
function hostOf(hex) {
  const bytes = hex.match(/.{8}/g).flatMap((word) => word.match(/../g).reverse());
  if (bytes.every((byte) => byte === '00')) return '127.0.0.1';
  if (bytes.length === 4) return bytes.map((byte) => parseInt(byte, 16)).join('.');
  return `[${bytes.join('').match(/.{4}/g).join(':')}]`;
}

/** Where the program listens, whatever flag, variable or file told it to. */
function listeners() {
  const own = ownSockets();
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    unlessUnreadable(() => readFileSync(file, 'utf8'), '')
      .split('\n')
      .slice(1),
  );
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== LISTENING || !own.has(inode)) return [];
    const [host, port] = local.split(':');
    return [`${hostOf(host)}:${parseInt(port, 16)}`];
  });
}

function unhealthy(why) {
  console.error(why);
  process.exit(1);
}

const [place = `127.0.0.1:${process.env.PORT || defaultPort}`] = unlessUnreadable(listeners, []);
const url = `http://${place}${path}`;

get(url, { timeout: PATIENCE_MS }, (response) => {
  let bytes = 0;
  response.on('data', (chunk) => {
    bytes += chunk.length;
  });
  response.on('end', () => {
    if (response.statusCode !== 200) unhealthy(`${url}: status ${response.statusCode}`);
    else if (bytes === 0) unhealthy(`${url}: an empty answer`);
    else console.log(`${url}: healthy, ${bytes} bytes`);
  });
})
  .on('timeout', () => {
    unhealthy(`${url}: no answer within ${PATIENCE_MS / 1000} s`);
  })
  .on('error', (error) => {
    unhealthy(`${url}: ${error.message}`);
  });
