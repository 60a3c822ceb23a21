export interface TrafficTarget {
  revisionName?: string | undefined;
  latestRevision?: boolean | undefined;
  percent?: number | undefined;
  tag?: string | undefined;
}

/** A container of the template; what is not named here stays as it is. */
export interface Container {
  image?: string | undefined;
  env?: readonly { name: string; value?: string | undefined }[] | undefined;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string | undefined;
  message?: string | undefined;
}

export interface KnativeService {
  name: string;
  /** Changes with each write, Knative's own included. */
  resourceVersion: string;
  generation: number;
  observedGeneration: number;
  annotations: Readonly<Record<string, string>>;
  containers: readonly Container[];
  /** As it is wanted, and as it is. */
  traffic: readonly TrafficTarget[];
  presentTraffic: readonly (TrafficTarget & { url?: string | undefined })[];
  latestCreated: string | undefined;
  conditions: readonly Condition[];
}

export interface Revision {
  name: string;
  createdAt: number;
  image: string | undefined;
  conditions: readonly Condition[];
}

export interface ServiceChange {
  /** `null` takes one away. */
  annotations?: Readonly<Record<string, string | null>>;
  traffic?: readonly TrafficTarget[];
  containers?: readonly Container[];
}

/** The Knative Services of one namespace. */
export interface KnativeServices {
  /** Throws where there is none. */
  find(name: string, signal: AbortSignal): Promise<KnativeService>;
  list(signal: AbortSignal): Promise<KnativeService[]>;
  /** All at once, or nothing and `undefined` where somebody has written since the service was read. */
  change(service: KnativeService, change: ServiceChange, signal: AbortSignal): Promise<KnativeService | undefined>;
  listRevisions(service: string, signal: AbortSignal): Promise<Revision[]>;
  /** Why the revision's pods do not run, as far as they say. */
  explainPods(revision: string, signal: AbortSignal): Promise<string[]>;
}

/** Knative has not said yet where it is `undefined`. */
export function readyOf(conditions: readonly Condition[], type = 'Ready'): boolean | undefined {
  const status = conditions.find((condition) => condition.type === type)?.status;
  return status === 'True' ? true : status === 'False' ? false : undefined;
}
