// Links node_modules/.bin/node to the project's own Node.js: npm 9 makes no such link, and `npm ci` deletes one that was there.
// `npm ci` and `npm install` run it in the root of the repository, on whatever Node.js (18 or newer) the machine has.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import process from 'node:process';

const LINK = 'node_modules/.bin/node';
const target = `../node-linux-${process.arch}/bin/node`;
const own = `node_modules/node-linux-${process.arch}/bin/node`;

// Not there: another system, or an installation without optional packages. The machine's own Node.js runs everything then.
if (existsSync(own)) {
  try {
    execFileSync(own, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const why = String(error.stderr || error.message).trim();
    console.error(
      `The project's own Node.js (${own}) does not run here: ${why}\n` +
        'On Debian it needs the package libatomic1: sudo apt-get install libatomic1. Without it: npm ci --omit=optional',
    );
    process.exit(1);
  }
  if (linked() !== target) {
    mkdirSync('node_modules/.bin', { recursive: true });
    rmSync(LINK, { force: true });
    symlinkSync(target, LINK);
  }
}

function linked() {
  try {
    return readlinkSync(LINK);
  } catch {
    return undefined;
  }
}
