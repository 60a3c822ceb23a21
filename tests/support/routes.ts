import { routesByFunction } from '#functions/openapi.ts';
import type { RouteContract } from '#lib/http/contract.ts';

/** Every route that a function promises. */
export const allRoutes: readonly RouteContract[] = Object.values(routesByFunction).flat();

export const nameOf = ({ method, path }: RouteContract): string => `${method.toUpperCase()} ${path}`;
