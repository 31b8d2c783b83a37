// The images' health check: is there a good answer at PATH on this container's port? It needs neither curl nor wget.
//   node health-check.js PATH PORT      The variable PORT counts over the argument.
import { get } from 'node:http';

const [path = '/healthz', defaultPort] = process.argv.slice(2);
const url = `http://127.0.0.1:${process.env.PORT || defaultPort}${path}`;

function unhealthy(why) {
  console.error(`${url}: ${why}`);
  process.exit(1);
}

get(url, { timeout: 4000 }, (response) => {
  let bytes = 0;
  response.on('data', (chunk) => {
    bytes += chunk.length;
  });
  response.on('end', () => {
    if (response.statusCode !== 200) unhealthy(`status ${response.statusCode}`);
    else if (bytes === 0) unhealthy('an empty answer');
    else console.log(`${url}: healthy, ${bytes} bytes`);
  });
})
  .on('timeout', () => {
    unhealthy('no answer within 4 s');
  })
  .on('error', (error) => {
    unhealthy(error.message);
  });
