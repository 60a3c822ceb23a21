import { once } from 'node:events';
import type { Server } from 'node:http';
import { onTestFinished } from 'vitest';

/** Has a server listen until the test ends, on a free port unless one is given; gives its URL. */
export async function listen(server: Server, { host = '127.0.0.1', port = 0 } = {}): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port');
  return `http://${host}:${address.port}`;
}
