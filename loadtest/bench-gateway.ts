import { parseArgs } from 'node:util';
import { measureLatency } from './support/client.ts';
import { startGateway, type ChatTarget } from './support/gateway.ts';
import { cpuSeconds, residentKibibytes } from './support/process-usage.ts';
import { runStreams } from './support/run-streams.ts';
import { toChatBody } from './support/simulated-call.ts';
import { quantile } from './support/statistics.ts';
import { measureLoad } from './support/wrk.ts';

/**
 * What `/v1/chat/completions` adds to the model, with authentication, admission and ledger on a Redis of its own, metrics,
 * log and audit on: against the simulated model called directly, and through a proxy that only passes on, by turns in one
 * run. The client, the model and the gateway are a process each, so two processors are not enough for all of them: what
 * was late by itself is printed, and what the proxy adds is what the machine takes for one process more. Open streams are
 * measured while all of them are open, of one process and of several, as they would be where the platform scales out.
 */

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '5' },
    open: { type: 'string', default: '500' },
    streams: { type: 'string', default: '20000' },
    only: { type: 'string', default: 'sequential,load,first-token,open,memory' },
    script: { type: 'string', default: 'functions/chat/main.ts' },
    pods: { type: 'string', default: '2' },
    'node-options': { type: 'string', default: '' },
  },
});
const calls = Number(values.calls);
const seconds = Number(values.seconds);
const open = Number(values.open);
const streams = Number(values.streams);
const only = values.only.split(',');
const warmUp = 300;
const tokensPerSecond = 50;

const gateway = await startGateway({
  script: values.script,
  nodeOptions: values['node-options'],
  pods: Number(values.pods),
});
const { pods, proxy, simulator } = gateway;
const [first] = pods;
const { pid } = first;

const row = (name: string, text: string) => console.log(`${name.padEnd(30)} ${text}`);
const millis = (value: number): string => `${value.toFixed(2)} ms`;

/** Interleaved, so that whatever else the machine does meets all alike. */
async function compareLatency(name: string, body: string, until?: string): Promise<void> {
  const targets = [first, proxy, simulator];
  const times: number[][] = targets.map(() => []);
  const options = until === undefined ? { body } : { body, until };
  for (let call = 0; call < calls + warmUp; call += 1) {
    for (const [index, target] of targets.entries()) {
      const time = await measureLatency({ url: target.url, token: target.token, ...options });
      if (call >= warmUp) times[index]?.push(time);
    }
  }
  for (const share of [0.5, 0.99]) {
    const [own = 0, passedOn = 0, base = 0] = times.map((all) => quantile(all, share));
    row(
      share === 0.5 ? name : '',
      `p${share * 100}  added ${millis(own - base)}, a bare proxy ${millis(passedOn - base)}  ` +
        `${(own / base).toFixed(1)} × the model's ${millis(base)}`,
    );
  }
}

async function measureTen(): Promise<void> {
  const load = { body: toChatBody({ tokens: 20, delay: 0 }, false), connections: 10 };
  const ask = ({ url, token }: ChatTarget, time = seconds) => measureLoad({ ...load, url, token, seconds: time });
  await ask(first, 2);
  for (const _round of [0, 1, 2]) {
    const base = await ask(simulator);
    const before = cpuSeconds(pid);
    const own = await ask(first);
    const spent = cpuSeconds(pid) - before;
    const perCore = (own.perSecond * seconds) / spent;
    row(
      '10 at once',
      `${own.perSecond.toFixed(0)}/s of ${base.perSecond.toFixed(0)}/s, ${(own.perSecond / base.perSecond).toFixed(2)} ×  ` +
        `${perCore.toFixed(0)}/s a core  p50 ${millis(own.p50)} of ${millis(base.p50)}  p99 ${millis(own.p99)} of ${millis(base.p99)}`,
    );
  }
}

/** Streams of all of them by turns: they take the same token. */
const toJob = (targets: readonly [ChatTarget, ...ChatTarget[]], tokens: number) => ({
  urls: targets.map(({ url }) => url),
  token: targets[0].token,
  body: toChatBody({ tokens, delay: 1000 / tokensPerSecond }, true),
  streams: open,
  atOnce: open,
  abortsHalf: false,
});

async function measureOpen(): Promise<void> {
  const tokens = 2 * seconds * tokensPerSecond;
  await runStreams(toJob(pods, tokens));
  for (const _round of [0, 1]) {
    for (const [name, targets] of [
      ['the model', [simulator]],
      ['a bare proxy', [proxy]],
      ['the gateway', [first]],
      [`${pods.length} pods`, pods],
    ] as const) {
      await simulator.lag();
      const spent = () => targets.reduce((sum, target) => sum + cpuSeconds(target.pid), 0);
      const before = [spent(), cpuSeconds(simulator.pid)] as const;
      const report = await runStreams(toJob(targets, tokens));
      const [cpu, simulatorCpu] = [spent() - before[0], cpuSeconds(simulator.pid) - before[1]];
      const share = (taken: number) => `${((100 * taken) / report.seconds).toFixed(0)} %`;
      row(
        `${open} streams of ${name}`,
        `between tokens p50 ${millis(report.gap.p50)} p99 ${millis(report.gap.p99)}  ` +
          `CPU ${share(cpu)}, ${((cpu / report.events) * 1e6).toFixed(1)} µs a token  ` +
          `late by themselves: client ${millis(report.lag)} (${share(report.cpu)}), model ${millis(await simulator.lag())} (${share(simulatorCpu)})`,
      );
    }
  }
}

async function measureMemory(): Promise<void> {
  const body = toChatBody({ tokens: 10, delay: 1 }, true);
  const job = { ...toJob([first], 10), body, atOnce: 100, abortsHalf: true };
  const series = [residentKibibytes(pid)];
  for (let tenth = 0; tenth < 10; tenth += 1) {
    await runStreams({ ...job, streams: streams / 10 });
    series.push(residentKibibytes(pid));
  }
  row(
    `after ${streams} streams`,
    `half of them left; MiB at each tenth: ${series.map((size) => (size / 1024).toFixed(0)).join(' ')}`,
  );
  for (const _round of [0, 1, 2]) {
    const before = residentKibibytes(pid);
    const running = runStreams(toJob([first], seconds * tokensPerSecond));
    await new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / 2));
    const during = residentKibibytes(pid);
    await running;
    row(
      `${open} open streams`,
      `${(during / 1024).toFixed(0)} MiB, ${((during - before) / open).toFixed(0)} KiB a stream more than before`,
    );
  }
}

try {
  const whole = toChatBody({ tokens: 20, delay: 0 }, false);
  const streamed = toChatBody({ tokens: 20, delay: 0 }, true);
  if (only.includes('sequential')) await compareLatency('one by one, not streamed', whole);
  if (only.includes('load')) await measureTen();
  if (only.includes('first-token')) await compareLatency('first token of a stream', streamed, ' token');
  if (only.includes('open')) await measureOpen();
  if (only.includes('memory')) await measureMemory();
} finally {
  await gateway.close();
}
