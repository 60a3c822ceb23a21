import * as v from 'valibot';
import type { KnativeService, Revision } from './knative-services.ts';

const Name = v.pipe(v.string(), v.maxLength(253));
const list = <Item extends v.GenericSchema>(item: Item) => v.optional(v.pipe(v.array(item), v.maxLength(5_000)), []);
const conditions = list(
  v.object({ type: v.string(), status: v.string(), reason: v.optional(v.string()), message: v.optional(v.string()) }),
);
const target = {
  revisionName: v.optional(Name),
  latestRevision: v.optional(v.boolean()),
  percent: v.optional(v.number()),
  tag: v.optional(Name),
};
/** Loose: a container is written back with all that it had. */
const Container = v.looseObject({
  image: v.optional(v.string()),
  env: v.optional(v.array(v.looseObject({ name: v.string(), value: v.optional(v.string()) }))),
});

export const ServiceSchema = v.pipe(
  v.object({
    metadata: v.object({
      name: Name,
      resourceVersion: v.string(),
      generation: v.number(),
      annotations: v.optional(v.record(v.string(), v.string()), {}),
    }),
    spec: v.object({
      template: v.object({ spec: v.object({ containers: v.array(Container) }) }),
      traffic: list(v.object(target)),
    }),
    status: v.optional(
      v.object({
        observedGeneration: v.optional(v.number(), 0),
        latestCreatedRevisionName: v.optional(Name),
        traffic: list(v.object({ ...target, url: v.optional(v.string()) })),
        conditions,
      }),
      {},
    ),
  }),
  v.transform(({ metadata, spec, status }): KnativeService => ({
    ...metadata,
    observedGeneration: status.observedGeneration,
    containers: spec.template.spec.containers,
    traffic: spec.traffic,
    presentTraffic: status.traffic,
    latestCreated: status.latestCreatedRevisionName,
    conditions: status.conditions,
  })),
);
export const ServiceList = v.object({ items: v.array(ServiceSchema) });

const RevisionSchema = v.pipe(
  v.object({
    metadata: v.object({ name: Name, creationTimestamp: v.pipe(v.string(), v.isoTimestamp()) }),
    spec: v.object({ containers: v.array(v.object({ image: v.optional(v.string()) })) }),
    status: v.optional(v.object({ conditions }), {}),
  }),
  v.transform(({ metadata, spec, status }): Revision => ({
    name: metadata.name,
    createdAt: Date.parse(metadata.creationTimestamp),
    image: spec.containers[0]?.image,
    conditions: status.conditions,
  })),
);
export const RevisionList = v.object({ items: v.array(RevisionSchema) });

const reason = v.optional(v.object({ reason: v.optional(v.string()), message: v.optional(v.string()) }));
const ContainerStatus = v.object({
  name: v.string(),
  state: v.optional(v.object({ waiting: reason, terminated: reason }), {}),
  lastState: v.optional(v.object({ terminated: reason }), {}),
});
export const PodList = v.object({
  items: v.array(
    v.object({
      metadata: v.object({ name: Name }),
      status: v.optional(v.object({ conditions, containerStatuses: list(ContainerStatus) }), {}),
    }),
  ),
});
export type Pod = v.InferOutput<typeof PodList>['items'][number];
