import { createAwaitRevision } from '#lib/rollout/await-revision.ts';
import { createTakeClaim } from '#lib/rollout/claim.ts';
import { createEditService } from '#lib/rollout/edit-service.ts';
import type { Measure } from '#lib/rollout/measure.ts';
import { createRollout, type RolloutRequest } from '#lib/rollout/rollout.ts';
import { createShiftTraffic } from '#lib/rollout/shift-traffic.ts';
import type { Timing } from '#lib/rollout/timing.ts';
import { createWatchStep } from '#lib/rollout/watch-step.ts';
import { calm } from '#tests/support/scope.ts';
import { createFakeServices } from './fake-services.ts';
import { createFakeTraffic, type Behaviour } from './fake-traffic.ts';

interface WorldOptions {
  /** Requests a second of all clients together. */
  load?: number;
  /** Of the revisions by their images. */
  behaviours?: Record<string, Behaviour>;
  broken?: readonly string[];
  /** Instead of the figures of the simulated traffic. */
  measure?: Measure;
  smokeProblem?: string;
  isProbed?: () => boolean;
  isRouting?: () => boolean;
}

/** A Service named `query` on `genai:1`, with clients, in a time that passes only while somebody waits. */
export function createWorld(options: WorldOptions = {}) {
  const { load = 20, behaviours = {}, isProbed = () => true } = options;
  let time = Date.UTC(2027, 0, 1);
  const now = () => time;
  const services = createFakeServices({
    now,
    broken: options.broken ?? [],
    isRouting: options.isRouting ?? (() => true),
  });
  const imageOf = new Map<string, string>();
  const traffic = createFakeTraffic((revision) => behaviours[imageOf.get(revision) ?? ''] ?? {});
  const owed = new Map<string, number>();
  const lines: string[] = [];

  async function pass(milliseconds: number): Promise<void> {
    for (const { name, image = '' } of await services.listRevisions('query', calm)) imageOf.set(name, image);
    for (const { revisionName = '', percent = 0 } of services.present().presentTraffic) {
      const due = (owed.get(revisionName) ?? 0) + (load * percent * milliseconds) / 100_000;
      for (let sent = 1; sent <= due; sent += 1) traffic.request(revisionName);
      owed.set(revisionName, due % 1);
    }
    time += milliseconds;
    traffic.remember(time);
  }

  const timing: Timing = {
    now,
    async wait(milliseconds, signal) {
      signal.throwIfAborted();
      await pass(milliseconds);
      signal.throwIfAborted();
    },
  };

  const smoke = {
    test: async () => options.smokeProblem,
    probe: async () => {
      const canary = services.present().presentTraffic.find(({ tag }) => tag === 'canary')?.revisionName;
      if (canary !== undefined && isProbed()) traffic.request(canary);
      return isProbed();
    },
  };

  return {
    services,
    lines,
    timing,
    pass,
    edit: createEditService({ services, timing }),
    /** A process of its own. */
    start(
      request: Partial<RolloutRequest> = {},
      { holder = 'one', signal = calm, report = (_line: string) => {} } = {},
    ) {
      const edit = createEditService({ services, timing });
      const show = (line: string) => {
        lines.push(line);
        report(line);
      };
      const rollout = createRollout({
        takeClaim: createTakeClaim({ services, edit, timing, holder }),
        awaitRevision: createAwaitRevision({ services, timing, pollEvery: 5_000, timeout: 300_000 }),
        shift: createShiftTraffic({ services, timing, timeout: 60_000 }),
        smoke,
        watchStep: createWatchStep({
          measure: options.measure ?? traffic.measure,
          smoke,
          timing,
          pace: { pollEvery: 5_000, stepLasts: 60_000, stepTimeout: 900_000 },
          bounds: { maxErrorRate: 0.01, maxLatency: 2.5, minRequests: 20 },
          report: show,
        }),
        timing,
        report: show,
      });
      return rollout({ service: 'query', image: 'genai:2', env: [], steps: [1, 5, 25, 50, 100], ...request }, signal);
    },
  };
}
