import { createReadUsage } from '#lib/usage/read-usage.ts';
import type { Foundation } from '../foundation.ts';
import type { UsageDeps } from './app.ts';

export const createUsageDeps = ({ http, state, tenants, checkMention }: Foundation): UsageDeps => ({
  http,
  readUsage: createReadUsage({ usage: state.usage, tenants, checkMention, now: Date.now }),
});
