import type {
  Container,
  KnativeService,
  KnativeServices,
  ServiceChange,
  TrafficTarget,
} from '#lib/rollout/knative-services.ts';
import { createFakeRevisions } from './fake-revisions.ts';

export interface FakeServices extends KnativeServices {
  /** Each accepted write of the traffic: percent by revision, `@latest` for what floats. */
  readonly shifts: string[];
  readonly patches: readonly ServiceChange[];
  present(): KnativeService;
  /** As `kubectl apply` does it. */
  apply(image: string): void;
  /** Somebody else writes before each of the next changes. */
  disturb(times: number): void;
  /** From now on each write is refused when it is sent a second time, as its answer was lost. */
  loseAnswers(): void;
  /** From now on Knative takes in nothing that is written. */
  stall(): void;
  /** The process dies with the write of this number: everything fails from then on, until it is revived. */
  killAt(write: number): void;
  revive(): void;
}

interface FakeOptions {
  now: () => number;
  /** Images whose revisions never become ready. */
  broken?: readonly string[];
  /** Whether the ingress takes a change in. */
  isRouting?: () => boolean;
}

const toText = (traffic: readonly TrafficTarget[]): string =>
  traffic
    .map(({ revisionName = '@latest', percent, tag }) => `${revisionName}=${percent}${tag ? `#${tag}` : ''}`)
    .join(' ');

/** One Service named `query`, with a Knative that takes in what is written at once. */
export function createFakeServices({ now, broken = [], isRouting = () => true }: FakeOptions): FakeServices {
  const shifts: string[] = [];
  const patches: ServiceChange[] = [];
  const revisions = createFakeRevisions(now, broken);
  let version = 1;
  let generation = 0;
  let containers: readonly Container[] = [];
  let traffic: readonly TrafficTarget[] = [{ latestRevision: true, percent: 100 }];
  let annotations: Readonly<Record<string, string>> = {};
  let disturbances = 0;
  let deadline = Infinity;
  let isDead = false;
  let isLossy = false;
  let takenIn: { observedGeneration: number; latestCreated: string | undefined } | undefined;

  function setContainers(next: readonly Container[]): void {
    containers = next;
    generation += 1;
    revisions.add(containers[0]?.image);
  }

  const present = (): KnativeService => ({
    name: 'query',
    resourceVersion: String(version),
    generation,
    annotations,
    containers,
    traffic,
    presentTraffic: traffic.map((target) => ({
      ...target,
      revisionName: target.revisionName ?? revisions.latestReady(),
      ...(target.tag === undefined ? {} : { url: `http://${target.tag}-query.genai-platform.example.test` }),
    })),
    ...(takenIn ?? { observedGeneration: generation, latestCreated: revisions.latest() }),
    conditions: ['Ready', 'RoutesReady'].map((type) => ({ type, status: isRouting() ? 'True' : 'Unknown' })),
  });

  const requireAlive = () => {
    if (isDead) throw new Error('The process is dead');
  };

  function write(change: ServiceChange): void {
    const next = new Map<string, string | null>(Object.entries({ ...annotations, ...change.annotations }));
    annotations = Object.fromEntries([...next].filter((entry): entry is [string, string] => entry[1] !== null));
    if (change.containers) setContainers(change.containers);
    if (change.traffic) {
      traffic = change.traffic;
      generation += 1;
      shifts.push(toText(traffic));
    }
    version += 1;
    patches.push(change);
    if (patches.length < deadline) return;
    isDead = true;
    throw new Error('The process is killed');
  }

  setContainers([{ image: 'genai:1', env: [{ name: 'FUNCTION', value: 'query' }] }]);

  return {
    shifts,
    patches,
    present,
    apply(image) {
      setContainers([{ ...containers[0], image }]);
      version += 1;
    },
    disturb(times) {
      disturbances = times;
    },
    loseAnswers() {
      isLossy = true;
    },
    stall() {
      takenIn = { observedGeneration: generation, latestCreated: revisions.latest() };
    },
    killAt(writeNumber) {
      deadline = writeNumber;
    },
    revive() {
      isDead = false;
      deadline = Infinity;
    },
    async find() {
      requireAlive();
      return present();
    },
    list: async () => [present()],
    async change({ resourceVersion }, change) {
      requireAlive();
      if (disturbances > 0) {
        disturbances -= 1;
        version += 1;
      }
      if (resourceVersion !== String(version)) return undefined;
      write(change);
      return isLossy ? undefined : present();
    },
    async listRevisions() {
      requireAlive();
      return revisions.list();
    },
    explainPods: async () => ['container user-container: ImagePullBackOff'],
  };
}
