import { kubectl } from './kubectl.ts';

/** What every container of every pod of the namespace has written, as far as its pod is still there. */
export async function readLogs(): Promise<string> {
  const pods = (await kubectl('get', 'pods', '--output', 'name')).split('\n').filter((pod) => pod !== '');
  const logs = await Promise.all(
    // One that has ended meanwhile, or not begun, has none.
    pods.map((pod) => kubectl('logs', pod, '--all-containers', '--prefix').catch(() => '')),
  );
  return logs.join('\n');
}
