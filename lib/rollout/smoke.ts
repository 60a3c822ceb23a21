import * as v from 'valibot';
import type { CallHttp, HttpAnswer } from './call-http.ts';
import type { Claim } from './claim.ts';
import type { SmokeRequest, SmokeRequests } from './smoke-requests.ts';
import { poll, type Timing } from './timing.ts';

interface SmokeDeps {
  call: CallHttp;
  timing: Timing;
  /** Where to connect; what the URL names goes into the Host header. */
  ingress: string | undefined;
  requests: SmokeRequests;
  /** Of a user or key that the function serves. */
  token: string | undefined;
}

/** Real requests to the address that only the canary has. */
export interface Smoke {
  /** What is wrong with the answers; waits a while for the address to come up, longer than a claim lives. */
  test(url: string, claim: Pick<Claim, 'renew'>, signal: AbortSignal): Promise<string | undefined>;
  /** One request; false where its answer is not the expected one. */
  probe(url: string, signal: AbortSignal): Promise<boolean>;
}

/** From zero, on a node that does not have the image yet. */
const testTimeout = 30_000;
const probeTimeout = 10_000;
const patience = 60_000;

/** A problem, or an error as OpenAI's API has them. */
const Refusal = v.union([
  v.object({ code: v.string() }),
  v.pipe(
    v.object({ error: v.object({ code: v.string() }) }),
    v.transform(({ error }) => error),
  ),
]);

function codeOf({ mediaType, text }: HttpAnswer): string | undefined {
  if (mediaType !== 'application/problem+json' && mediaType !== 'application/json') return undefined;
  try {
    return v.parse(Refusal, JSON.parse(text)).code;
  } catch {
    return undefined;
  }
}

const describe = ({ status, mediaType, text }: HttpAnswer): string => `${status} ${mediaType} ${text.slice(0, 200)}`;

/** What is wrong with the answer, or that there is none. */
async function findProblem(
  { method, path }: SmokeRequest,
  answering: Promise<HttpAnswer>,
  isGood: (answer: HttpAnswer) => boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const answer = await answering;
    return isGood(answer) ? undefined : `${method} ${path}: ${describe(answer)}`;
  } catch (error) {
    signal.throwIfAborted();
    return `${method} ${path}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function createSmoke({ call, timing, ingress, requests: { refused, served }, token }: SmokeDeps): Smoke {
  const isRefusal = (answer: HttpAnswer) => answer.status === refused.status && codeOf(answer) === refused.code;

  function send(url: string, { method, path, body }: SmokeRequest, timeout: number, signal: AbortSignal, bearer = '') {
    const headers = {
      host: new URL(url).host,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
    };
    const httpCall = {
      url: `${(ingress ?? url).replace(/\/$/, '')}${path}`,
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      // A kept connection may be closed just as it is used again, which would look like the canary's failure.
      options: { agent: false },
      timeout,
    };
    return call(httpCall, signal);
  }

  async function awaitReady(
    url: string,
    claim: Pick<Claim, 'renew'>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const request: SmokeRequest = { method: 'GET', path: '/readyz' };
    let problem: string | undefined;
    const attempt = async () => {
      await claim.renew(signal);
      problem = await findProblem(
        request,
        send(url, request, testTimeout, signal),
        ({ status }) => status === 200,
        signal,
      );
      return problem === undefined ? true : undefined;
    };
    await poll(timing, { every: 1_000, atMost: patience }, attempt, signal);
    return problem;
  }

  return {
    async test(url, claim, signal) {
      const unready = await awaitReady(url, claim, signal);
      if (unready !== undefined) return unready;
      await claim.renew(signal);
      const unrefused = await findProblem(refused, send(url, refused, testTimeout, signal), isRefusal, signal);
      if (unrefused !== undefined) return `without a credential ${unrefused}`;
      if (token === undefined) return undefined;
      await claim.renew(signal);
      const answering = send(url, served, testTimeout, signal, token);
      const unserved = await findProblem(served, answering, ({ status }) => status === 200, signal);
      return unserved === undefined ? undefined : `with the smoke token ${unserved}`;
    },
    async probe(url, signal) {
      const [request, isGood] =
        token === undefined
          ? ([refused, isRefusal] as const)
          : ([served, ({ status }: HttpAnswer) => status < 500] as const);
      const answering = send(url, request, probeTimeout, signal, token);
      return (await findProblem(request, answering, isGood, signal)) === undefined;
    },
  };
}
