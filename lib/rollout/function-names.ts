/** The functions that run as Knative Services, by whose names these are called. */
export const functionNames = ['query', 'search', 'documents', 'auth', 'tenants', 'edge'] as const;

export type FunctionName = (typeof functionNames)[number];
