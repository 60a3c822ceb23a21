import { expect, test } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { startTracedMesh } from './traced-mesh.ts';

const timeout = 120_000;

test(
  'what is asked and answered is in the traces of tenants alone that want it, after the guardrails',
  { timeout },
  async () => {
    const { url, receiver, upstream, end } = await startTracedMesh(['chat', 'tenants']);
    const send = async (tenant: string, method: string, path: string, body: object) =>
      fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${await createToken({ tenant_id: tenant, role: 'tenant_admin' })}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      }).then(async (response) => {
        expect([response.status, await response.text()][0]).toBe(200);
      });
    const ask = (tenant: string, word: string) =>
      send(tenant, 'POST', '/v1/chat/completions', {
        model: 'simulated',
        messages: [{ role: 'user', content: `${word}, write to anna@example.com` }],
      });
    upstream.reply({ chunks: ['Answered ', 'in words'], usage: { input: 5, output: 3 } });
    await ask('beta', 'quiet');
    await ask('acme', 'hitherto');
    await send('acme', 'PATCH', '/v1/tenants/acme', {
      telemetry: { content: true },
      guardrails: { redact: ['email'] },
    });
    // A change of a tenant takes a moment to be known in other processes.
    await expect
      .poll(
        async () => {
          await ask('acme', 'open');
          return JSON.stringify(upstream.calls.at(-1)?.body).includes('anna@example.com');
        },
        { timeout: 30_000 },
      )
      .toBe(false);
    await end();

    const sent = receiver.bodies.join('\n');
    expect(['quiet', 'hitherto', 'anna@example.com'].filter((word) => sent.includes(word))).toEqual([]);
    const [answer, ...others] = receiver.spans.filter(({ attributes }) => 'gen_ai.input.messages' in attributes);
    expect(others).toEqual([]);
    const messagesOf = (name: string) => JSON.parse(String(answer?.attributes[name]));
    expect(messagesOf('gen_ai.input.messages')).toEqual([
      { role: 'user', parts: [{ type: 'text', content: expect.stringMatching(/^open, write to .*\[/) }] },
    ]);
    expect(messagesOf('gen_ai.output.messages')).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: 'Answered in words' }] },
    ]);
  },
);
