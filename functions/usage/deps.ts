import { createReadUsage } from '#lib/usage/read-usage.ts';
import type { Foundation } from '../foundation.ts';
import type { UsageDeps } from './app.ts';

export const createUsageDeps = ({ http, state, tenants, checkMention, audit, metrics }: Foundation): UsageDeps => ({
  http,
  readUsage: createReadUsage({
    usage: state.usage,
    tenants,
    checkMention,
    audit,
    now: Date.now,
    queue: metrics.queue('usage'),
  }),
});
