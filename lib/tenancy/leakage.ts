import type { Origin } from './tenant-scope.ts';

/** Where another tenant was named or met. */
export const leakageKinds = ['header', 'query', 'path', 'body', 'host', 'token', 'hit', 'engine'] as const;
export type LeakageKind = (typeof leakageKinds)[number];

export interface LeakageAttempt {
  kind: LeakageKind;
  tenantId: string | undefined;
  userId: string;
  origin: Origin;
}

/** Told of each attempt to cross from one tenant to another; logs it and counts it. Never throws. */
export interface LeakageMonitor {
  report(attempt: LeakageAttempt): void;
}
