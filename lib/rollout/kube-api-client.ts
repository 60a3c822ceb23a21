import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import * as v from 'valibot';
import type { CallHttp, HttpAnswer } from './call-http.ts';
import { KubeApiError, type KubeApi, type KubeCall } from './kube-api.ts';
import type { Timing } from './timing.ts';

interface KubeApiDeps {
  config: KubeConfig;
  call: CallHttp;
  timing: Timing;
}

const timeout = 15_000;
const firstDelay = 500;
/** https://kubernetes.io/docs/reference/using-api/api-concepts/ and what stands between it and us. */
const passing = new Set([429, 502, 503, 504]);

const Status = v.object({ message: v.string() });

function toMessage({ text }: HttpAnswer): string {
  try {
    return v.parse(Status, JSON.parse(text)).message;
  } catch {
    return text.slice(0, 300);
  }
}

/** Requests go through the client's connection options: its own `fetch` opens a pool for each call and never closes it. */
export function createKubeApi({ config, call, timing }: KubeApiDeps): KubeApi {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('The kubeconfig names no current cluster');
  const server = cluster.server.replace(/\/$/, '');

  async function sendOnce({ method, path, query = {}, patch }: KubeCall, signal: AbortSignal): Promise<HttpAnswer> {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const search = new URLSearchParams(query).toString();
    const headers = {
      accept: 'application/json',
      ...(patch === undefined ? {} : { 'content-type': 'application/merge-patch+json' }),
    };
    const body = patch === undefined ? undefined : JSON.stringify(patch);
    const url = `${server}${path}${search === '' ? '' : `?${search}`}`;
    return call({ url, method, headers, body, options, timeout }, signal);
  }

  /** `undefined` where another try may do better. */
  async function attempt(kubeCall: KubeCall, isLast: boolean, signal: AbortSignal): Promise<HttpAnswer | undefined> {
    try {
      const answer = await sendOnce(kubeCall, signal);
      return passing.has(answer.status) && !isLast ? undefined : answer;
    } catch (error) {
      signal.throwIfAborted();
      if (isLast) throw error;
      return undefined;
    }
  }

  return {
    async send(kubeCall, signal) {
      const { tries = 7 } = kubeCall;
      for (let attempts = 1; ; attempts += 1) {
        const answer = await attempt(kubeCall, attempts >= tries, signal);
        if (answer && answer.status >= 300) throw new KubeApiError(answer.status, toMessage(answer));
        if (answer) return JSON.parse(answer.text);
        await timing.wait(firstDelay * 2 ** (attempts - 1), signal);
      }
    },
  };
}
