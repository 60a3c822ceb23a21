import * as v from 'valibot';
import type { KnativeService, ServiceChange } from './knative-services.ts';
import { annotationPrefix, RevisionName } from './state.ts';

type Annotated = Pick<KnativeService, 'annotations'>;
type Annotations = NonNullable<ServiceChange['annotations']>;

/** What rollouts that have ended leave at the Service, for a rollback. */
const promotionKey = `${annotationPrefix}/previous`;
const rejectedKey = `${annotationPrefix}/rejected`;
const maxRejected = 20;

// Neither the end of a rollout nor a rollback stops at a text that somebody has spoilt.
const Promotion = v.fallback(
  v.optional(v.pipe(v.string(), v.parseJson(), v.strictObject({ promoted: RevisionName, replaced: RevisionName }))),
  undefined,
);
const Rejected = v.fallback(v.pipe(v.string(), v.parseJson(), v.array(RevisionName), v.maxLength(maxRejected)), []);

/** Those that rollouts have taken the traffic from; they stay ready. */
export const readRejected = ({ annotations }: Annotated): string[] => v.parse(Rejected, annotations[rejectedKey]);

const writeRejected = (names: readonly string[]): Annotations => ({
  [rejectedKey]: names.length === 0 ? null : JSON.stringify(names.slice(-maxRejected)),
});

/** What the promotion of this revision replaced; another one's promotion says nothing about it. */
export function findReplaced({ annotations }: Annotated, revision: string): string | undefined {
  const promotion = v.parse(Promotion, annotations[promotionKey]);
  return promotion?.promoted === revision ? promotion.replaced : undefined;
}

export const recordPromotion = (service: Annotated, promoted: string, replaced: string): Annotations => ({
  [promotionKey]: JSON.stringify({ promoted, replaced }),
  ...writeRejected(readRejected(service).filter((name) => name !== promoted)),
});

export const recordRejection = (service: Annotated, canary: string | undefined): Annotations =>
  canary === undefined ? {} : writeRejected([...readRejected(service).filter((name) => name !== canary), canary]);
