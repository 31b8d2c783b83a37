// Asks each program named on the command line whether it is ready, for half a minute; ends with 1 where one is not.
const PATIENCE_MS = 30_000;
const began = Date.now();
const urls = process.argv.slice(1).filter((each) => each.startsWith('http'));

/** What is wrong with a program, or undefined. */
async function trouble(url) {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
    const text = (await answer.text()).trim();
    console.log(`${url}/readyz: ${answer.status} ${text}`);
    return answer.ok ? undefined : text;
  } catch (error) {
    console.log(`${url}/readyz: ${error.cause?.message ?? error.message}`);
    return 'no answer';
  }
}

let waiting = urls;
while (waiting.length > 0) {
  const found = await Promise.all(waiting.map(trouble));
  waiting = waiting.filter((_, i) => found[i] !== undefined);
  if (waiting.length > 0 && Date.now() - began > PATIENCE_MS) {
    console.log(`not ready: ${waiting.join(', ')}`);
    process.exit(1);
  }
  if (waiting.length > 0) await new Promise((resume) => setTimeout(resume, 1_000));
}
console.log(`ready: ${urls.join(', ')}`);
