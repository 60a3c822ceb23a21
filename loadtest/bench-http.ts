import { parseArgs } from 'node:util';
import { createSqliteEngine } from '#lib/retrieval/engine-sqlite.ts';
import { toNewDocument, toSearch } from '#tests/support/documents.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { startUpstream } from '#tests/support/upstream.ts';
import { measureLatency } from './support/client.ts';
import { startLocal } from './support/platform.ts';
import { quantile } from './support/statistics.ts';
import { measureThroughput } from './support/wrk.ts';

/**
 * What the platform adds, with authentication and isolation on: against a bare `node:http` server,
 * against the engine called directly, and against the model called directly. All by turns in one run.
 */

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, calls: { type: 'string', default: '400' } },
});
const seconds = Number(values.seconds);
const calls = Number(values.calls);
const load = { connections: 32, seconds };

/** Interleaved, so that whatever else the machine does meets both alike. */
async function compare(
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ ours: number[]; theirs: number[] }> {
  const result = { ours: new Array<number>(), theirs: new Array<number>() };
  for (let call = 0; call < calls + 20; call += 1) {
    const [one, other] = [await ours(), await theirs()];
    if (call < 20) continue;
    result.ours.push(one);
    result.theirs.push(other);
  }
  return result;
}

function printAdded(name: string, { ours, theirs }: { ours: number[]; theirs: number[] }): void {
  const added = (share: number) => (quantile(ours, share) - quantile(theirs, share)).toFixed(2);
  const base = quantile(theirs, 0.5).toFixed(2);
  console.log(`${name.padEnd(34)} base p50 ${base} ms   added p50 ${added(0.5)} ms   added p99 ${added(0.99)} ms`);
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const documents = Array.from({ length: 300 }, (_, index) => ({
  id: `d${index}`,
  title: `Manual ${index}`,
  text: `Pump ${index} has a pressure of ${index} bar. The valve of pump ${index} is checked every ${index % 12} months.`,
}));
const question = 'What is the pressure of pump 42?';

const bare = await startLocal({ script: 'loadtest/support/bare-server.ts' });
const trivial = await startLocal({ script: 'loadtest/support/trivial-server.ts' });
const upstream = await startUpstream();
const platform = await startLocal({ env: { LLM_BASE_URL: upstream.url, LLM_MODEL: 'simulated' } });
const engine = createSqliteEngine({ directory: `${platform.dataDirectory}/direct` });

/** Searches a second of the engine alone, one after the other. */
async function measureEngine(): Promise<number> {
  const started = performance.now();
  let searches = 0;
  for (; performance.now() - started < seconds * 1000; searches += 1)
    await engine.search(createScope('acme'), toSearch(question), calm);
  return searches / seconds;
}

try {
  const token = await trivial.token('acme');
  await measureThroughput({ url: `${trivial.url}/v1/trivial`, token, connections: 32, seconds: 2 });
  await measureThroughput({ url: bare.url, token, connections: 32, seconds: 2 });
  const rounds = [0, 1, 2];
  const ratios: number[] = [];
  for (const _round of rounds) {
    const base = await measureThroughput({ ...load, url: bare.url, token });
    const ours = await measureThroughput({ ...load, url: `${trivial.url}/v1/trivial`, token });
    ratios.push(ours / base);
    console.log(
      `trivial route, full middleware     ${ours.toFixed(0)}/s of bare ${base.toFixed(0)}/s: ${percent(ours / base)}`,
    );
  }
  console.log(`trivial route, full middleware     median ${percent(quantile(ratios, 0.5))} of bare   (aim ≥ 60 %)`);
  printAdded(
    'trivial route, full middleware',
    await compare(
      () => measureLatency({ url: `${trivial.url}/v1/trivial`, token }),
      () => measureLatency({ url: bare.url, token }),
    ),
  );

  const user = await platform.token('acme');
  await platform.request('/v1/documents', { token: user, body: JSON.stringify({ documents }) });
  const scope = createScope('acme');
  await engine.upsert(
    scope,
    documents.map(({ id, title, text }) => toNewDocument(id, text, { title })),
    calm,
  );
  const search = JSON.stringify({ query: question });
  printAdded(
    '/v1/search over the engine',
    await compare(
      () => measureLatency({ url: `${platform.url}/v1/search`, token: user, body: search }),
      async () => {
        const started = performance.now();
        await engine.search(scope, toSearch(question), calm);
        return performance.now() - started;
      },
    ),
  );
  const perSecond = await measureThroughput({ ...load, url: `${platform.url}/v1/search`, token: user, body: search });
  const direct = await measureEngine();
  console.log(
    `/v1/search                         ${perSecond.toFixed(0)}/s of the engine's ${direct.toFixed(0)}/s: ${percent(perSecond / direct)}`,
  );

  upstream.reply({ chunks: ['It is 42 bar [1].'], usage: { input: 10, output: 5 } });
  const query = JSON.stringify({ question });
  const prompt = [{ role: 'user', content: question }];
  const chat = JSON.stringify({ model: 'simulated', stream: true, messages: prompt });
  const accept = 'text/event-stream';
  printAdded(
    '/v1/query streamed, to first token',
    await compare(
      () => measureLatency({ url: `${platform.url}/v1/query`, token: user, body: query, accept, until: 'text-delta' }),
      () => measureLatency({ url: `${upstream.url}/chat/completions`, token: user, body: chat, until: 'bar' }),
    ),
  );
  const streams = await measureThroughput({
    ...load,
    url: `${platform.url}/v1/query`,
    token: user,
    body: query,
    accept,
  });
  console.log(`/v1/query streamed                 ${streams.toFixed(0)}/s`);
} finally {
  await engine.close();
  await Promise.all([bare.close(), trivial.close(), platform.close(), upstream.close()]);
}
