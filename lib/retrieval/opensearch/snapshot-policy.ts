import { errors } from '@opensearch-project/opensearch';
import * as v from 'valibot';
import { isMissing } from './errors.ts';
import { snapshotContent } from './snapshots.ts';
import type { EngineCall, Transport } from './transport.ts';

export interface SnapshotSchedule {
  repository: string;
  /** When to take one, as cron has it, in UTC. */
  cron: string;
  /** The newest that are kept whatever their age. */
  keep: number;
  /** For example `30d`; older ones are deleted. */
  maxAge: string;
}

/** Has the engine's Snapshot Management take and delete snapshots by itself. False where it has no such plugin. */
export type ScheduleSnapshots = (schedule: SnapshotSchedule, signal: AbortSignal) => Promise<boolean>;

const path = '/_plugins/_sm/policies/genai';
const options = { timeout: 30_000, tries: 2 };
const Policy = v.object({ _seq_no: v.number(), _primary_term: v.number() });
const Refusal = v.object({ error: v.string() });

/** A distribution without the plugin does not know the address. */
function isUnknownAddress(error: unknown): boolean {
  if (!(error instanceof errors.ResponseError) || error.statusCode !== 400) return false;
  const body = v.safeParse(Refusal, error.body);
  return body.success && body.output.error.startsWith('no handler found');
}

const toPolicy = ({ repository, cron, keep, maxAge }: SnapshotSchedule) => {
  const schedule = { cron: { expression: cron, timezone: 'UTC' } };
  return {
    description: 'Snapshots of the tenants’ indices',
    enabled: true,
    creation: { schedule, time_limit: '6h' },
    deletion: { schedule, condition: { max_age: maxAge, min_count: keep }, time_limit: '6h' },
    snapshot_config: { repository, ...snapshotContent },
  };
};

export function createScheduleSnapshots({ transport }: { transport: Transport }): ScheduleSnapshots {
  const send = (call: EngineCall, signal: AbortSignal) => transport.send('platform', call, options, signal);

  /** The version that an update has to name; `undefined` where there is no policy yet. */
  async function findVersion(signal: AbortSignal): Promise<Record<string, string> | undefined> {
    try {
      const { _seq_no, _primary_term } = v.parse(Policy, await send({ method: 'GET', path }, signal));
      return { if_seq_no: String(_seq_no), if_primary_term: String(_primary_term) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  return async (schedule, signal) => {
    try {
      const query = await findVersion(signal);
      const body = toPolicy(schedule);
      await send(query ? { method: 'PUT', path, query, body } : { method: 'POST', path, body }, signal);
      return true;
    } catch (error) {
      if (isUnknownAddress(error)) return false;
      throw error;
    }
  };
}
