import * as v from 'valibot';
import { unlessMissing } from './errors.ts';
import type { Manage } from './manage.ts';
import { toTenantAlias, versionOf } from './names.ts';

export interface TenantIndex {
  name: string;
  version: number;
  aliases: readonly string[];
  /** In its place: what the tenant reads and writes. */
  isLive: boolean;
  schema: number;
  /** Empty for an index that is none of the platform's making. */
  incarnation: string;
  embedder: string | null;
}

const Meta = v.object({
  schema: v.number(),
  incarnation: v.string(),
  embedder: v.nullable(v.string()),
});
const foreign: v.InferOutput<typeof Meta> = { schema: 0, incarnation: '', embedder: null };
const IndexAnswer = v.record(
  v.string(),
  v.object({
    aliases: v.optional(v.record(v.string(), v.unknown()), {}),
    mappings: v.optional(v.object({ _meta: v.optional(Meta, foreign) }), { _meta: foreign }),
  }),
);

/** The tenant's indices behind these names, in the order of their versions. */
export async function readTenantIndices(
  manage: Manage,
  { names, tenantId }: { names: string; tenantId: string },
  signal: AbortSignal,
): Promise<TenantIndex[]> {
  const query = { allow_no_indices: 'true', ignore_unavailable: 'true', filter_path: '*.aliases,*.mappings._meta' };
  const answer = await unlessMissing(manage({ method: 'GET', path: `/${names}`, query }, signal));
  const indices = v.parse(IndexAnswer, answer ?? {});
  return Object.entries(indices)
    .map(([name, { aliases, mappings }]) => {
      const isLive = toTenantAlias(tenantId) in aliases;
      return { name, version: versionOf(name), aliases: Object.keys(aliases), isLive, ...mappings._meta };
    })
    .toSorted((a, b) => a.version - b.version);
}
