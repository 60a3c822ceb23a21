import type * as v from 'valibot';
import type { ProblemCode } from '#lib/core/api-error.ts';
import type { Permission } from '#lib/tenancy/role.ts';

interface ResponseContract {
  description: string;
  schema?: v.GenericSchema;
  /** Media types beside, or instead of, `application/json`. */
  also?: string[];
}

/**
 * Who may call a route. `tenant`: inside the credential's tenant. `named-tenant`: about the tenant of
 * the path, by its own users or the platform. `platform`: by the platform alone.
 */
export type RouteAccess = 'public' | { permission: Permission; within: 'tenant' | 'named-tenant' | 'platform' };

/** All that is promised about a route: its documentation and its tests are made from it. */
export interface RouteContract {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** In Hono's syntax. */
  path: string;
  operation: string;
  summary: string;
  access: RouteAccess;
  json?: v.GenericSchema;
  query?: v.GenericSchema;
  param?: v.GenericSchema;
  /** Media types of the body beside JSON. */
  accepts?: string[];
  responses: Record<number, ResponseContract>;
  /** How it tells of errors: as problem details where nothing else is said. */
  errorBody?: 'OpenAIError';
  /** Takes an `Idempotency-Key`. */
  isIdempotent?: boolean;
  /** Is let in by admission: what it may cost is looked at before any work. */
  isAdmitted?: boolean;
  /** Codes beside those that every route can give. */
  errors: ProblemCode[];
}

/** `satisfies` without losing what is known of the route. */
export const defineRoute = <const Route extends RouteContract>(route: Route): Route => route;
