import { createServer } from 'node:http';
import { listen } from '#tests/support/listen.ts';

export interface Exporter {
  port: number;
  /** What it tells from now on; it breaks off where it has nothing to tell. */
  tell(text: string | undefined): void;
}

/** Stands in for a target that is not ours. */
export async function startExporter(text: string): Promise<Exporter> {
  let current: string | undefined = text;
  const server = createServer((request, response) => {
    if (current === undefined) request.socket.destroy();
    else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(current);
  });
  const url = await listen(server);
  return {
    port: Number(new URL(url).port),
    tell(next) {
      current = next;
    },
  };
}

/** As Knative's autoscaler tells it: how many pods a revision should have, and how many it has. */
export const toPodCounts = (requested: number, actual: number): string => {
  const labels = '{kn_service_name="query",kn_revision_name="query-00001"}';
  return `kn_revision_pods_requested${labels} ${requested}\nkn_revision_pods_count${labels} ${actual}\n`;
};
