/** The functions that run as Knative Services, by whose names these are called. */
export const functionNames = [
  'query',
  'chat',
  'search',
  'documents',
  'auth',
  'tenants',
  'usage',
  'audit',
  'edge',
] as const;

export type FunctionName = (typeof functionNames)[number];
