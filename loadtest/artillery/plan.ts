import { readFileSync } from 'node:fs';
import * as v from 'valibot';

const Document = v.strictObject({ id: v.string(), subject: v.string(), canary: v.string() });

const LoadTenantSchema = v.strictObject({
  id: v.string(),
  token: v.string(),
  tag: v.string(),
  /** Asks far more than its share; the others are watched while it does. */
  isNoisy: v.boolean(),
  documents: v.array(Document),
});

/** What the runner tells the virtual users. It holds tokens: the file is readable for its owner only. */
const PlanSchema = v.strictObject({
  url: v.string(),
  /** Where connections go instead of the URL's host. */
  ingress: v.optional(v.string()),
  seconds: v.number(),
  /** Seconds until the noisy tenant begins. */
  quietSeconds: v.number(),
  leaksFile: v.string(),
  tenants: v.array(LoadTenantSchema),
});

export type LoadTenant = v.InferOutput<typeof LoadTenantSchema>;
export type LoadPlan = v.InferOutput<typeof PlanSchema>;

/** The plan in the file that `LOAD_PLAN` names. */
export const readPlan = (): LoadPlan =>
  v.parse(PlanSchema, JSON.parse(readFileSync(process.env['LOAD_PLAN'] ?? '', 'utf8')));
