import { withSpan } from '#lib/telemetry/tracing/span.ts';
import type { EngineCall } from './transport.ts';

/** What is asked of the engine; the rest of a path holds names that tenants have chosen. */
const operationOf = ({ method, path }: EngineCall): string =>
  /\/_(?<name>[a-z_]{1,40})(?:\/|$)/.exec(path)?.groups?.['name'] ?? method.toLowerCase();

/** Makes each try of a call a span. */
export function createEngineSpans(url: string) {
  const { hostname, port, protocol } = new URL(url);
  const server = {
    'db.system.name': 'opensearch',
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
  };
  return <Result>(call: EngineCall, send: () => Promise<Result>): Promise<Result> => {
    const operation = operationOf(call);
    const attributes = { ...server, 'db.operation.name': operation, 'http.request.method': call.method };
    return withSpan(operation, { kind: 'client', attributes }, send);
  };
}
