import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** How many milliseconds it took until the answer was read in full, and its text. Throws for one that is no success. */
export function send(
  url: string,
  { method = 'POST', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<{ milliseconds: number; text: string }> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const call = request(
      url,
      { agent, method, headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          if ((response.statusCode ?? 500) >= 300)
            reject(new Error(`${url}: ${response.statusCode} ${text.slice(0, 300)}`));
          else resolve({ milliseconds: performance.now() - started, text });
        });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** Closes the connections, which are kept between calls. */
export const closeConnections = (): void => agent.destroy();
