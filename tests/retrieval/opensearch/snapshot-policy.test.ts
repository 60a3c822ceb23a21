import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createScheduleSnapshots } from '#lib/retrieval/opensearch/snapshot-policy.ts';
import { createTestTransport } from '#tests/support/opensearch-transport.ts';
import { calm } from '#tests/support/scope.ts';

interface Answer {
  status: number;
  body: unknown;
}

/** An engine that gives these answers, one after the other, and keeps what it was asked. */
async function createEngine(answers: Answer[]) {
  const asked: { method: string | undefined; url: string | undefined; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    asked.push({ method: request.method, url: request.url, body: body === '' ? undefined : JSON.parse(body) });
    const answer = answers[asked.length - 1] ?? expect.fail('Nothing more was to be asked');
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const transport = createTestTransport({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  onTestFinished(async () => {
    await transport.close();
    server.closeAllConnections();
    server.close();
  });
  return { asked, scheduleSnapshots: createScheduleSnapshots({ transport }) };
}

const path = '/_plugins/_sm/policies/genai';
const schedule = { repository: 'genai', cron: '0 3 * * *', keep: 7, maxAge: '30d' };
const stored = { _id: 'genai-sm-policy', _version: 5, _seq_no: 54_983, _primary_term: 21 };
const missing: Answer = {
  status: 404,
  body: { error: { type: 'status_exception', reason: 'not found' }, status: 404 },
};

test('a schedule is made where there is none', async () => {
  const { asked, scheduleSnapshots } = await createEngine([missing, { status: 201, body: stored }]);
  expect(await scheduleSnapshots(schedule, calm)).toBe(true);
  expect(asked).toMatchObject([
    { method: 'GET', url: path },
    {
      method: 'POST',
      url: path,
      body: {
        creation: { schedule: { cron: { expression: '0 3 * * *', timezone: 'UTC' } } },
        deletion: { condition: { max_age: '30d', min_count: 7 } },
        snapshot_config: {
          repository: 'genai',
          indices: 'genai_*.v*,genai-audit',
          include_global_state: false,
          partial: true,
        },
      },
    },
  ]);
});

test('one that is there is changed in the version that was read', async () => {
  const { asked, scheduleSnapshots } = await createEngine([
    { status: 200, body: stored },
    { status: 200, body: stored },
  ]);
  expect(await scheduleSnapshots({ ...schedule, keep: 3 }, calm)).toBe(true);
  expect(asked[1]).toMatchObject({ method: 'PUT', url: `${path}?if_seq_no=54983&if_primary_term=21` });
  expect(asked[1]?.body).toMatchObject({ deletion: { condition: { min_count: 3 } } });
});

test('an engine without the plugin is known by its answer; other refusals are errors', async () => {
  const unknown = { status: 400, body: { error: `no handler found for uri [${path}] and method [GET]` } };
  const without = await createEngine([unknown]);
  expect(await without.scheduleSnapshots(schedule, calm)).toBe(false);

  const cause = { type: 'illegal_argument_exception', reason: 'Cron expression is invalid' };
  const invalid = { status: 400, body: { error: { root_cause: [cause], ...cause }, status: 400 } };
  const refusing = await createEngine([missing, invalid]);
  await expect(refusing.scheduleSnapshots(schedule, calm)).rejects.toThrow('Cron expression');
});
