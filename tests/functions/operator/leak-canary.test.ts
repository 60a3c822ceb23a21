import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import * as v from 'valibot';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '#tests/support/free-port.ts';
import { createTestPlatform, createToken, testSecret, type TestPlatform } from '#tests/support/platform.ts';

interface Outcome {
  code: number;
  output: string;
}

/** Runs the command as an operator does, who has nothing but these variables. */
const probe = (args: string[], env: NodeJS.ProcessEnv = { JWT_SECRET: testSecret }): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['functions/operator/leak-canary.ts', ...args],
      { env: { PATH: process.env['PATH'], DATA_DIR: '/nowhere/to/be/written', ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });

const tenants = ['leak-canary-a', 'leak-canary-b'];
const asTenant = (tenant: string) => createToken({ tenant_id: tenant, role: 'tenant_admin', groups: ['leak-canary'] });

async function expectNothingLeft(platform: TestPlatform): Promise<void> {
  for (const tenant of tenants) {
    const response = await platform.call('GET /v1/documents', { token: await asTenant(tenant) });
    expect(await response.json()).toMatchObject({ documents: [] });
  }
}

interface Exchange {
  request: string;
  accept: string;
  status: number;
  headers: Record<string, string>;
  body: string;
  /** What the caller may not see. */
  secret: string;
  id: string;
}
type Change = (exchange: Exchange) => Partial<Pick<Exchange, 'status' | 'headers' | 'body'>>;

const Planted = v.object({
  documents: v.array(v.object({ id: v.string(), metadata: v.object({ code: v.string() }) })),
});

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return text;
}

/** The platform behind a server that knows what each tenant has planted, and changes answers to the other one. */
async function serveChanged(platform: TestPlatform, change: Change): Promise<string> {
  const planted = new Map<string, { secret: string; id: string }>();

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = incoming;
    const sent = await readAll(incoming);
    const token = incoming.headers.authorization?.slice('Bearer '.length) ?? '';
    const tenant = String(decodeJwt(token)['tenant_id']);
    const { accept = '' } = incoming.headers;
    const response = await platform.call(`${method} ${url}`, {
      token,
      headers: { 'content-type': 'application/json', accept },
      ...(sent === '' ? {} : { body: sent }),
    });
    const body = await response.text();
    const exchange = { status: response.status, headers: Object.fromEntries(response.headers), body };
    const documents = v.safeParse(v.pipe(v.string(), v.parseJson(), Planted), sent);
    const [first] = documents.success ? documents.output.documents : [];
    if (first) planted.set(tenant, { secret: first.metadata.code, id: first.id });
    const foreign = planted.get(tenants.find((other) => other !== tenant) ?? '');
    const request = `${method} ${url.replace(/\?.*/, '')}`;
    const isChanged = foreign && !first && method !== 'DELETE' && tenants.includes(tenant);
    const changed = isChanged ? { ...exchange, ...change({ ...exchange, ...foreign, request, accept }) } : exchange;
    outgoing.writeHead(changed.status, { ...changed.headers, 'content-length': Buffer.byteLength(changed.body) });
    outgoing.end(changed.body);
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address() as AddressInfo;
  return `http://127.0.0.1:${address.port}`;
}

test('a silent run proves as much of its own, and counts as no attempt', async () => {
  const platform = await createTestPlatform({ TENANT_AUTO_CREATE: 'false' });
  const attempts = async () => {
    const { text } = await platform.foundation.metrics.expose();
    const lines = text.split('\n').filter((line) => line.startsWith('genai_cross_tenant_leakage_attempts_total'));
    return lines.map((line) => Number(line.split(' ').at(-1))).reduce((sum, count) => sum + count, 0);
  };
  const url = await platform.listen();
  expect(await probe(['--url', url, '--silent'])).toMatchObject({
    code: 0,
    output: expect.stringContaining(' 0 leaks'),
  });
  expect(await attempts()).toBe(0);
  expect(await probe(['--url', url])).toMatchObject({ code: 0 });
  expect(await attempts()).toBeGreaterThan(0);
});

test('a platform that keeps its tenants apart leaks nothing, twice, and keeps no document', async () => {
  const platform = await createTestPlatform({ TENANT_AUTO_CREATE: 'false' });
  const url = await platform.listen();
  for (let run = 0; run < 2; run += 1) {
    const { code, output } = await probe(['--url', url]);
    expect(output).toMatch(/^\d{3} probes, 0 leaks, 0 unproved$/m);
    expect(output).toMatch(/^query as a stream +2 probes {2}ok$/m);
    expect(code).toBe(0);
  }
  await expectNothingLeft(platform);
});

test('without a signing key, the token of an administrator is enough: the keys made with it are revoked', async () => {
  const platform = await createTestPlatform({ TENANT_AUTO_CREATE: 'false' });
  const token = await createToken({ role: 'platform_admin', tenant_id: undefined });
  const { code, output } = await probe(['--url', await platform.listen(), '--admin-token', token], {});
  expect(code, output).toBe(0);
  await expectNothingLeft(platform);
  for (const tenant of tenants) {
    const keys = await platform.call(`GET /v1/tenants/${tenant}/keys`, { token });
    expect(await keys.json()).toEqual({ keys: [] });
  }
});

test('a platform whose host name does not resolve is reached by its ingress', async () => {
  const platform = await createTestPlatform({ TENANT_HOST_SUFFIX: '.edge.genai.invalid' });
  const ingress = await platform.listen();
  const { code, output } = await probe(['--url', 'http://edge.genai.invalid', '--ingress', ingress]);
  expect(code, output).toBe(0);
  expect(await platform.metric('genai_cross_tenant_leakage_attempts_total{kind="host"}')).toBeGreaterThan(0);
});

const delta = (text: string) => `data: ${JSON.stringify({ type: 'text-delta', delta: text })}\n\n`;
const leaks: Record<string, { kind: string; change: Change }> = {
  'a search that shows the other’s passage': {
    kind: 'search',
    change: ({ request, body, secret }) =>
      request === 'POST /v1/search' ? { body: body.replace('"hits":[', `"hits":[{"text":"${secret}"},`) } : {},
  },
  'a list that shows the other’s id': {
    kind: 'list',
    change: ({ request, body, id }) =>
      request === 'GET /v1/documents' ? { body: body.replace('"documents":[{', `"documents":[{"id":"${id}"},{`) } : {},
  },
  'a stream that says the other’s secret in two parts': {
    kind: 'query as a stream',
    change: ({ accept, body, secret }) =>
      accept === 'text/event-stream' ? { body: delta(secret.slice(0, 12)) + delta(secret.slice(12)) + body } : {},
  },
  'a header of an answer, in base64': {
    kind: 'text',
    change: ({ request, headers, id }) =>
      request.endsWith('/text')
        ? { headers: { ...headers, 'x-next': Buffer.from(`.${id}`).toString('base64url') } }
        : {},
  },
  'a document that is there by its id, though it shows nothing': {
    kind: 'other’s document',
    change: ({ request, status }) =>
      request.startsWith('GET /v1/documents/') && status === 404 ? { status: 200 } : {},
  },
  'a refusal that tells what it refuses': {
    kind: 'other’s name',
    change: ({ status, body, secret }) => (status === 403 ? { body: body.replace('{', `{"hint":"${secret}",`) } : {}),
  },
};

describe('what leaks is found:', () => {
  test.each(Object.keys(leaks))('%s', async (name) => {
    const { kind, change } = leaks[name] ?? expect.fail();
    const platform = await createTestPlatform();
    const { code, output } = await probe(['--url', await serveChanged(platform, change)]);
    expect(code, output).toBe(1);
    expect(output).toMatch(new RegExp(`^${kind} +\\d+ probes {2}\\d+ leaks`, 'm'));
    expect(output).toMatch(/"level":"ERROR".*"event":"cross_tenant".*"tenant_id":"leak-canary-[ab]"/);
    expect(output, 'the secrets themselves are not told').not.toMatch(/c0de[0-9a-f]{24}/);
    await expectNothingLeft(platform);
  });
});

describe('no proof is', () => {
  test('a platform that answers nothing', async () => {
    const platform = await createTestPlatform();
    const url = await serveChanged(platform, ({ request }) => {
      if (request === 'POST /v1/search') return { body: '{"hits":[]}' };
      return request.startsWith('GET') || request.startsWith('POST /v1/query') ? { body: '{"documents":[]}' } : {};
    });
    const { code, output } = await probe(['--url', url]);
    expect(code).toBe(2);
    expect(output).toContain('does not even show its own');
    expect(output).toMatch(/^search +\d+ probes {2}\d+ unproved$/m);
    await expectNothingLeft(platform);
  });

  test('a route that fails', async () => {
    const platform = await createTestPlatform();
    const url = await serveChanged(platform, ({ request }) => (request === 'POST /v1/query' ? { status: 500 } : {}));
    const { code, output } = await probe(['--url', url]);
    expect(code).toBe(2);
    expect(output).toMatch(/^query +2 probes {2}2 unproved$/m);
    expect(output).toMatch(/^search +10 probes {2}ok$/m);
  });

  test('a platform that is not there, or that refuses the credential', async () => {
    const nowhere = `http://127.0.0.1:${await findFreePort()}`;
    const silent = await probe(['--url', nowhere, '--timeout', '2']);
    expect(silent).toMatchObject({ code: 2, output: expect.stringContaining('could not be probed') });
    const url = await (await createTestPlatform()).listen();
    const refused = await probe(['--url', url], { JWT_SECRET: 'another-secret-of-at-least-32-bytes-length' });
    expect(refused).toMatchObject({ code: 2, output: expect.stringContaining('answered with 401') });
    expect(await probe(['--url', url], {})).toMatchObject({ code: 2, output: expect.stringContaining('JWT_SECRET') });
  });
});

test('what is no call is explained', async () => {
  for (const args of [
    [],
    ['--url', 'x'],
    ['--url', 'http://a/path'],
    ['--url', 'http://a', '--timeout', '0'],
    ['more'],
  ]) {
    expect(await probe(args)).toMatchObject({ code: 2, output: expect.stringContaining('Usage:') });
  }
});
