import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { startLocal, type RunningPlatform } from './platform.ts';
import { startRedis } from './redis.ts';
import { simulatedModel } from './simulated-call.ts';

/** Where chat completions are made. */
export interface ChatTarget {
  url: string;
  token: string;
}

interface Served extends ChatTarget {
  pid: number;
}

/** The `chat` function with all that stands before a model switched on, and the model that it calls. */
export interface Gateway {
  /** As many processes as were asked for. */
  pods: [Served, ...Served[]];
  /** A process that only passes on. */
  proxy: Served;
  simulator: Served & { lag(): Promise<number> };
  close(): Promise<void>;
}

const tenant = 'bench';
const plenty = { requests_per_minute: 10_000_000, tokens_per_minute: 10_000_000_000, concurrent_requests: 100_000 };
const LagSchema = v.object({ lag: v.number() });

const toCatalogue = (baseUrl: string): string =>
  JSON.stringify({
    providers: [{ id: 'simulator', base_url: baseUrl }],
    models: [
      {
        id: simulatedModel,
        provider: 'simulator',
        prices: [{ version: 'v1', from: '2026-01-01', input_per_million: 2, output_per_million: 8 }],
      },
    ],
    default_model: simulatedModel,
  });

/** With limits and a hard budget, so that each request is counted against all of them. */
async function createTenant(secret: string, env: NodeJS.ProcessEnv): Promise<void> {
  const tenants = await startLocal({ script: 'functions/tenants/main.ts', secret, env });
  try {
    const response = await fetch(`${tenants.url}/v1/tenants`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await tenants.sign({ role: 'platform_admin' })}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        id: tenant,
        name: 'Benchmark',
        limits: plenty,
        budget: { dollars: 1_000_000, period: 'total' },
      }),
    });
    if (response.status !== 201) throw new Error(`The tenant: ${response.status} ${await response.text()}`);
  } finally {
    await tenants.close();
  }
}

function toServed({ process: child }: RunningPlatform, url: string, token = 'none'): Served {
  if (child?.pid === undefined) throw new Error('The process has not been started');
  return { url, token, pid: child.pid };
}

interface GatewayOptions {
  script: string;
  nodeOptions: string;
  pods: number;
}

export async function startGateway({ script, nodeOptions, pods: count }: GatewayOptions): Promise<Gateway> {
  const secret = randomBytes(32).toString('hex');
  await using started = new AsyncDisposableStack();
  const redis = await startRedis();
  started.defer(redis.close);
  const simulator = await startLocal({ script: 'loadtest/support/simulator-server.ts' });
  started.defer(simulator.close);
  const providerUrl = `${simulator.url}/v1`;
  const completionsUrl = `${providerUrl}/chat/completions`;
  // Where processors are few the client takes them too: that the store is slow then is no reason to refuse.
  const env = { STATE_STORE: 'redis', REDIS_URL: redis.url, STATE_TIMEOUT_MILLISECONDS: '2000', MAX_IN_FLIGHT: '5000' };
  await createTenant(secret, env);
  const startChat = async () => {
    const chat = await startLocal({
      script,
      secret,
      env: { ...env, LLM_CATALOG: toCatalogue(providerUrl), NODE_OPTIONS: nodeOptions },
    });
    started.defer(chat.close);
    return toServed(chat, `${chat.url}/v1/chat/completions`, await chat.token(tenant));
  };
  const first = await startChat();
  const others = await Promise.all(Array.from({ length: count - 1 }, startChat));
  const proxy = await startLocal({
    script: 'loadtest/support/proxy-server.ts',
    env: { UPSTREAM_URL: completionsUrl },
  });
  started.defer(proxy.close);
  const all = started.move();
  return {
    pods: [first, ...others],
    proxy: toServed(proxy, proxy.url),
    simulator: {
      ...toServed(simulator, completionsUrl),
      lag: async () => v.parse(LagSchema, await (await fetch(simulator.metricsUrl)).json()).lag,
    },
    close: () => all.disposeAsync(),
  };
}
