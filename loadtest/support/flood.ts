import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * A process whose clients send one request after the other until its input ends. It then writes how many were answered and
 * how many refused.
 */
const [url = '', token = '', body = '', clients = '1'] = process.argv.slice(2);
const count = { answered: 0, refused: 0 };
let isOver = false;

async function send(): Promise<void> {
  while (!isOver) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body });
    await response.arrayBuffer();
    if (response.ok) count.answered += 1;
    else {
      count.refused += 1;
      await wait(5);
    }
  }
}

const sending = Promise.all(Array.from({ length: Number(clients) }, send));
process.stdin.resume();
await once(process.stdin, 'end');
isOver = true;
await sending;
process.stdout.write(JSON.stringify(count));
