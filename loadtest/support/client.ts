import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

interface CallOptions {
  url: string;
  token: string;
  body?: string;
  accept?: string;
  /** Where in the answer the clock stops; at its end if there is no such text. */
  until?: string;
}

/** Milliseconds from the request to the answer, or to the first such text in it; one connection, one call at a time. */
export function measureLatency({ url, token, body, accept = 'application/json', until }: CallOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const headers = {
      authorization: `Bearer ${token}`,
      accept,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const call = request(url, { agent, method: body === undefined ? 'GET' : 'POST', headers }, (response) => {
      let stoppedAt: number | undefined;
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        if (until === undefined || stoppedAt !== undefined) return;
        text += chunk;
        if (text.includes(until)) stoppedAt = performance.now();
      });
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode}`));
        else resolve((stoppedAt ?? performance.now()) - started);
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}
