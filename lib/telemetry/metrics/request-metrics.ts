import type { Counter, Histogram } from 'prom-client';
import type { Metrics } from '../metrics.ts';
import type { Instruments } from './instruments.ts';

type Served = Pick<Metrics, 'request' | 'routes' | 'inFlight' | 'stream' | 'truncation'>;

const statusClasses = ['2xx', '3xx', '4xx', '5xx'];

export function createRequestMetrics({ count, countBy, gauge, time }: Instruments): Served {
  const requests = count('genai_requests_total', 'Requests by function, route and class of status', [
    'function',
    'route',
    'status',
  ]);
  const seconds = time('genai_request_duration_seconds', 'Time from a request to its response head', [
    'function',
    'route',
  ]);
  const streams = countBy('genai_streams_total', 'Streams by how they ended', 'outcome', [
    'finished',
    'failed',
    'aborted',
  ]);
  const truncations = countBy(
    'genai_stream_truncations_total',
    'Streams that ended after their first word and before their last, by cause',
    'cause',
    ['failure', 'time_limit', 'mesh'],
  );
  const inFlight = gauge('genai_requests_in_flight', 'Requests being answered');
  const series = new Map<string, { count: Counter.Internal; time: Histogram.Internal<'function' | 'route'> }>();

  return {
    request({ function: name, route, status }, duration) {
      // Looking a series up by its labels costs more than counting: each is looked up once.
      const statusClass = `${Math.floor(status / 100)}xx`;
      const key = `${name} ${route} ${statusClass}`;
      const known = series.get(key) ?? {
        count: requests.labels({ function: name, route, status: statusClass }),
        time: seconds.labels({ function: name, route }),
      };
      series.set(key, known);
      known.count.inc();
      known.time.observe(duration);
    },
    routes(name, routes) {
      for (const route of routes)
        for (const status of statusClasses) requests.labels({ function: name, route, status }).inc(0);
    },
    inFlight: (delta) => inFlight.inc(delta),
    stream: (outcome) => streams.inc({ outcome }),
    truncation: (cause) => truncations.inc({ cause }),
  };
}
