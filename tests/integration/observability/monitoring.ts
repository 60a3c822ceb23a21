import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { stringify } from 'yaml';
import { startAlertReceiver, type ToldAlert } from '#tests/support/alert-receiver.ts';
import { findFreePort } from '#tests/support/free-port.ts';
import { scaleRules } from './scale-rules.ts';
import { startServerProcess } from './server-process.ts';

const Targets = v.object({
  data: v.object({
    activeTargets: v.array(v.object({ labels: v.object({ job: v.string() }), health: v.string() })),
  }),
});
const Labels = v.record(v.string(), v.string());
const Alert = v.object({ labels: Labels, state: v.string() });
const Alerts = v.object({ data: v.object({ alerts: v.array(Alert) }) });
const ManagedAlerts = v.array(v.object({ labels: Labels }));

export interface Monitoring {
  /** How Prometheus finds each target of a job. */
  health(job: string): Promise<string[]>;
  /** Names of the alerts that fire, as Prometheus has them. */
  firing(): Promise<Set<string>>;
  /** The same, as Alertmanager has them. */
  managed(): Promise<Set<string>>;
  /** Names that the receiver was told of. */
  told(status: ToldAlert['status']): Set<string>;
}

/** So much faster is the world of this test. */
const factor = 15;
const rules = join(import.meta.dirname, '../../../knative/observability/rules.yml');

const namesOf = (alerts: readonly { labels: Record<string, string> }[]): Set<string> =>
  new Set(alerts.map(({ labels }) => labels['alertname'] ?? ''));

async function read<Schema extends v.GenericSchema>(schema: Schema, url: string): Promise<v.InferOutput<Schema>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  return v.parse(schema, await response.json());
}

async function startAlertmanager(directory: string, receiver: string): Promise<number> {
  const port = await findFreePort();
  const file = join(directory, 'alertmanager.yml');
  const route = {
    receiver: 'test',
    group_by: ['alertname'],
    group_wait: '1s',
    group_interval: '1s',
    repeat_interval: '1h',
  };
  const receivers = [{ name: 'test', webhook_configs: [{ url: receiver, send_resolved: true }] }];
  writeFileSync(file, stringify({ route, receivers }));
  await startServerProcess(
    'prometheus-alertmanager',
    [
      `--config.file=${file}`,
      `--storage.path=${join(directory, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    `http://127.0.0.1:${port}`,
  );
  return port;
}

/** A real Prometheus with the platform's own rules, and a real Alertmanager. `jobs`: which ports of this machine are asked. */
export async function startMonitoring(directory: string, jobs: Record<string, readonly number[]>): Promise<Monitoring> {
  const receiver = await startAlertReceiver();
  const managerPort = await startAlertmanager(directory, receiver.url);
  const port = await findFreePort();
  const file = join(directory, 'prometheus.yml');
  const toTargets = (ports: readonly number[]) => [{ targets: ports.map((target) => `127.0.0.1:${target}`) }];
  mkdirSync(join(directory, 'prometheus'));
  writeFileSync(join(directory, 'rules.yml'), scaleRules(readFileSync(rules, 'utf8'), factor));
  writeFileSync(
    file,
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(directory, 'rules.yml')],
      alerting: { alertmanagers: [{ static_configs: toTargets([managerPort]) }] },
      scrape_configs: Object.entries(jobs).map(([name, ports]) => ({
        job_name: name,
        static_configs: toTargets(ports),
      })),
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  await startServerProcess(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(directory, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--query.lookback-delta=${300 / factor}s`,
    ],
    url,
  );
  return {
    told: (status) => namesOf(receiver.told.filter((alert) => alert.status === status)),
    async health(job) {
      const { data } = await read(Targets, `${url}/api/v1/targets`);
      return data.activeTargets.filter(({ labels }) => labels.job === job).map((target) => target.health);
    },
    async firing() {
      const { data } = await read(Alerts, `${url}/api/v1/alerts`);
      return namesOf(data.alerts.filter(({ state }) => state === 'firing'));
    },
    managed: async () =>
      namesOf(await read(ManagedAlerts, `http://127.0.0.1:${managerPort}/api/v2/alerts?active=true`)),
  };
}
