import { expect, test } from 'vitest';
import { isFromMesh, toMeshError, toUnreachable } from '#lib/edge/mesh-error.ts';

test.each([
  [503, 'pending request queue full', 'overloaded', 'queue_full'],
  [503, 'no healthy upstream', 'overloaded', 'status_503'],
  [502, 'EOF', 'overloaded', 'status_502'],
  [504, 'request timeout', 'overloaded', 'status_504'],
  [500, '', 'overloaded', 'status_500'],
  [404, '', 'overloaded', 'status_404'],
  [403, 'RBAC: access denied', 'overloaded', 'status_403'],
  [429, 'local_rate_limited', 'overloaded', 'status_429'],
  [400, 'Bad Request', 'invalid_request', 'refused'],
  [408, '', 'request_timeout', 'refused'],
  [413, 'Payload Too Large', 'too_large', 'refused'],
  [431, '', 'headers_too_large', 'refused'],
])('%d %j becomes %s', (status, text, code, marker) => {
  const failure = toMeshError(status, text);
  expect(failure).toMatchObject({ marker, error: { code } });
  expect(failure.error.retryAfter).toBe(code === 'overloaded' ? 1 : undefined);
});

test('what the mesh says is repeated to nobody', () => {
  const { error } = toMeshError(503, 'upstream connect error: 10.1.2.3:8012 query-00007');
  expect(error.detail).toBe('The service does not answer at the moment');
});

test.each([
  [200, 'text/plain', false],
  [404, 'application/problem+json', false],
  [404, 'application/json; charset=utf-8', false],
  [404, 'Application/JSON', false],
  [404, '', true],
  [503, 'text/plain', true],
  [502, 'text/html', true],
  [502, 'application/jsonp', true],
])('%d %j is from the mesh: %s', (status, contentType, expected) => {
  expect(isFromMesh(status, contentType)).toBe(expected);
});

test('a connection that failed is named to the log by its code alone', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:80'), { code: 'ECONNREFUSED' });
  const { marker, error } = toUnreachable(cause);
  expect(marker).toBe('econnrefused');
  expect(error).toMatchObject({ code: 'overloaded', retryAfter: 1, cause });
  expect(error.detail).not.toContain('10.1.2.3');
  expect(toUnreachable('?').marker).toBe('unknown');
});
