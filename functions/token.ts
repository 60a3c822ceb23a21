import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { createAuth } from '#lib/auth/create-auth.ts';
import { GroupsSchema } from '#lib/auth/api-key.ts';
import { RoleSchema } from '#lib/tenancy/role.ts';
import { TenantIdSchema } from '#lib/tenancy/tenant-id.ts';
import { loadLocalEnv } from './local-env.ts';

const usage = `Usage: npm run token -- --tenant ID [--role tenant_admin|member|reader] [--user ID] [--groups a,b] [--seconds N]
       npm run token -- --role platform_admin [--user ID] [--seconds N]`;

const OptionsSchema = v.object({
  tenant: v.optional(TenantIdSchema),
  role: v.optional(RoleSchema, 'member'),
  user: v.optional(v.string(), () => `user-${randomUUID().slice(0, 8)}`),
  groups: v.pipe(
    v.optional(v.string(), ''),
    v.transform((text) => text.split(',').filter(Boolean)),
    GroupsSchema,
  ),
  seconds: v.pipe(
    v.optional(v.string(), '3600'),
    v.transform(Number),
    v.integer(),
    v.minValue(1),
    v.maxValue(31_536_000),
  ),
});

function readOptions() {
  const string = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      options: { tenant: string, role: string, user: string, groups: string, seconds: string },
    });
    return v.parse(OptionsSchema, values);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : ''}\n${usage}\n`);
    return process.exit(2);
  }
}

const { tenant, role, user, groups, seconds } = readOptions();
const { issueToken } = createAuth(loadLocalEnv(), Date.now);
if (role === 'platform_admin') {
  process.stdout.write(`${await issueToken({ sub: user, role }, seconds)}\n`);
} else if (tenant) {
  process.stdout.write(`${await issueToken({ sub: user, tenant_id: tenant, role, groups }, seconds)}\n`);
} else {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
}
