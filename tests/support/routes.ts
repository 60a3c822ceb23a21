import { routes as authRoutes } from '#functions/auth/contract.ts';
import { routes as documentsRoutes } from '#functions/documents/contract.ts';
import { routes as queryRoutes } from '#functions/query/contract.ts';
import { routes as searchRoutes } from '#functions/search/contract.ts';
import { routes as tenantsRoutes } from '#functions/tenants/contract.ts';
import type { RouteContract } from '#lib/http/contract.ts';

/** Every route that a function promises. */
export const allRoutes: readonly RouteContract[] = [
  ...authRoutes,
  ...documentsRoutes,
  ...queryRoutes,
  ...searchRoutes,
  ...tenantsRoutes,
];

export const nameOf = ({ method, path }: RouteContract): string => `${method.toUpperCase()} ${path}`;
