import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { readStream } from '#tests/support/sse.ts';
import { startServer, type RunningServer } from './server-process.ts';

let server: RunningServer;
let token: string;
const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const documents = [{ id: 'plans', title: 'Pegasus title', text: 'Project Unicornucopia starts in Xanadupolis.' }];
const question = 'Where does project Unicornucopia start?';

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body,
  });
  if (headers['accept'] === 'text/event-stream') return readStream(response);
  return response.text();
}

let key: string;
beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'debug' });
  token = await createToken({ sub: 'user-7' });
  await post('/v1/documents', JSON.stringify({ documents }));
  const traced = { traceparent: `00-${trace}-00f067aa0ba902b7-01`, 'x-request-id': 'request-of-the-log' };
  await post('/v1/query', JSON.stringify({ question }), traced);
  await post('/v1/query', JSON.stringify({ question }), { accept: 'text/event-stream' });
  await post('/v1/search', JSON.stringify({ query: question }));
  await post('/v1/search', `{"query":"${question}`);
  await post('/v1/search', JSON.stringify({ query: question, Unicornucopia: 'Unicornucopia' }));
  await post('/v1/search?query=Unicornucopia', JSON.stringify({ query: question, mode: 'Unicornucopia' }));
  const admin = { authorization: `Bearer ${await createToken({ role: 'tenant_admin' })}` };
  const created = JSON.parse((await post('/v1/tenants/acme/keys', '{"name":"k","role":"member"}', admin)) as string);
  key = created.key;
  await post('/v1/search', JSON.stringify({ query: question }), { authorization: `Bearer ${key}` });
  await post('/v1/search', JSON.stringify({ query: question }), {
    authorization: `Bearer ${token}x`,
    'x-request-id': 'last-request',
  });
  await vi.waitFor(() => expect(server.output()).toContain('last-request'), 5_000);
});
afterAll(() => server.stop());

test('every line is JSON with time, level, logger and event', () => {
  expect(server.events().length).toBeGreaterThan(5);
  for (const line of server.events()) {
    expect(line).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: expect.stringMatching(/^(DEBUG|INFO|WARN|ERROR|FATAL)$/),
      logger: 'genai_service',
      event: expect.stringMatching(/^[a-z_]+$/),
    });
    for (const name of ['pid', 'hostname', 'time', 'msg']) expect(line).not.toHaveProperty(name);
  }
});

test('a query is one event with whose it was, how long it took and what it found', () => {
  const completed = server.events().filter((line) => line['event'] === 'query_completed');
  expect(completed).toHaveLength(2);
  expect(completed[0]).toMatchObject({
    level: 'INFO',
    tenant_id: 'acme',
    user_id: 'user-7',
    duration: expect.any(Number),
    docs_retrieved: 1,
    request_id: 'request-of-the-log',
    trace_id: trace,
  });
});

test('access to data is audited: who, what, which, how it ended, from where', () => {
  const audits = server.events().filter(({ event, tenant_id }) => event === 'audit' && tenant_id === 'acme');
  expect(audits.length).toBeGreaterThanOrEqual(5);
  for (const audit of audits)
    expect(audit).toMatchObject({
      tenant_id: 'acme',
      user_id: expect.any(String),
      action: expect.any(String),
      outcome: expect.any(String),
      ip: expect.any(String),
      request_id: expect.any(String),
    });
});

test('no question, answer, document text, title, token or key is ever written', () => {
  const log = JSON.stringify(server.events());
  expect(log).not.toMatch(/unicornucopia|xanadupolis|pegasus/i);
  for (const secret of [token, token.slice(-20), key, key.slice(-20)]) expect(log).not.toContain(secret);
  expect(log).not.toContain('eyJ');
});
