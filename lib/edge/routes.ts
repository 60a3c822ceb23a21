/** The functions that clients reach. */
export type FunctionName = 'audit' | 'auth' | 'chat' | 'documents' | 'query' | 'search' | 'tenants' | 'usage';

/** Which function owns a path, by the path's first one or two parts. */
export const functionsByPath: ReadonlyMap<string, FunctionName> = new Map([
  ['/v1/query', 'query'],
  ['/v1/chat', 'chat'],
  ['/v1/embeddings', 'chat'],
  ['/v1/models', 'chat'],
  ['/v1/search', 'search'],
  ['/v1/documents', 'documents'],
  ['/v1/tenants', 'tenants'],
  ['/v1/token', 'auth'],
  ['/v1/usage', 'usage'],
  ['/v1/audit', 'audit'],
  ['/.well-known', 'auth'],
]);

/** `.` and `..` in every spelling that a URL parser resolves. */
const dotSegment = /\/(?:\.|%2e){1,2}(?:\/|$)/i;
const plainPath = /^\/[!$-[\]-~]*$/;

/**
 * The function that a path belongs to. It is compared as it was sent: what a URL parser would turn into
 * another path belongs to none.
 */
export function functionOf(path: string): FunctionName | undefined {
  if (!plainPath.test(path) || dotSegment.test(path)) return undefined;
  const parts = path.split('/', 3);
  return functionsByPath.get(parts.join('/')) ?? functionsByPath.get(parts.slice(0, 2).join('/'));
}
