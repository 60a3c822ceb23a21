import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import * as v from 'valibot';
import { listen } from './listen.ts';

const Texts = v.record(v.string(), v.string());
const Notification = v.object({
  receiver: v.string(),
  alerts: v.array(v.object({ status: v.picklist(['firing', 'resolved']), labels: Texts, annotations: Texts })),
});

export type ToldAlert = v.InferOutput<typeof Notification>['alerts'][number] & { receiver: string };

export interface AlertReceiver {
  url: string;
  /** What it was told so far. */
  told: ToldAlert[];
}

/** A receiver of Alertmanager's notifications, until the test ends. */
export async function startAlertReceiver(at: { host?: string; port?: number } = {}): Promise<AlertReceiver> {
  const told: ToldAlert[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const { receiver, alerts } = v.parse(Notification, body);
      told.push(...alerts.map((alert) => ({ ...alert, receiver })));
      response.end();
    });
  });
  return { url: await listen(server, at), told };
}
