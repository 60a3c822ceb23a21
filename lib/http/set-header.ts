import type { Context } from 'hono';
import type { PublicEnvironment } from './environment.ts';

/** Adds to the server's own response where there is one: on a web response headers cost more than all the rest. */
export function setHeader<Environment extends PublicEnvironment>(
  c: Context<Environment>,
  name: string,
  value: string,
): void {
  if (c.env?.outgoing) c.env.outgoing.setHeader(name, value);
  else c.header(name, value);
}
