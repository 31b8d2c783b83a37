// The images' health check: is there a good answer at PATH on the port that this container's program listens on? It needs neither curl nor wget.
//   node health-check.js PATH PORT      The variable PORT, or else the argument, counts where the kernel tells of nobody who listens.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';

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

/** Whether a flag or a variable tells the program to speak TLS: else plain HTTP is tried first, since a port that speaks the other logs it. */
function maySpeakTls() {
  const told = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return told.some((pid) =>
    ['cmdline', 'environ'].some((file) =>
      /web.config.file=?\0?[^\0]/i.test(unlessUnreadable(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'), '')),
    ),
  );
}

/** The certificate is not looked at: it is this very machine that answers, and nothing is told to it. */
function ask(scheme, place, asked) {
  const url = `${scheme}://${place}${asked}`;
  const get = scheme === 'https' ? getHttps : getHttp;
  return new Promise((resolve) => {
    get(url, { timeout: PATIENCE_MS, rejectUnauthorized: false }, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => {
        bytes += chunk.length;
      });
      response.on('end', () => {
        const { statusCode: status } = response;
        if (status !== 200) resolve({ status, why: `${url}: status ${status}` });
        else if (bytes === 0) resolve({ status, why: `${url}: an empty answer` });
        else resolve({ status, well: `${url}: healthy, ${bytes} bytes` });
      });
    })
      .on('timeout', function () {
        this.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`));
      })
      .on('error', (error) => {
        resolve({ why: `${url}: ${error.message}` });
      });
  });
}

/** A path behind a login, and a port for probes alone, say by /healthz how they are. */
async function check(place, schemes) {
  let last;
  for (const scheme of schemes) {
    last = await ask(scheme, place, path);
    if ([401, 403, 404].includes(last.status) && path !== '/healthz') last = await ask(scheme, place, '/healthz');
    // 400 is what a port that speaks HTTPS says to plain HTTP.
    if (last.well || (last.status !== undefined && last.status !== 400)) return last;
  }
  return last;
}

const places = unlessUnreadable(listeners, []);
if (places.length === 0) places.push(`127.0.0.1:${process.env.PORT || defaultPort}`);
const schemes = unlessUnreadable(maySpeakTls, false) ? ['https', 'http'] : ['http', 'https'];
const answers = await Promise.all(places.map((place) => check(place, schemes)));
const { well } = answers.find((answer) => answer.well) ?? {};
if (well) console.log(well);
else {
  console.error(answers.map(({ why }) => why).join('; '));
  process.exitCode = 1;
}
