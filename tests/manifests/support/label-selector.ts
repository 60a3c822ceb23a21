import * as v from 'valibot';

export type Labels = Readonly<Record<string, string>>;

const Requirement = v.variant('operator', [
  v.strictObject({
    key: v.string(),
    operator: v.picklist(['In', 'NotIn']),
    values: v.pipe(v.array(v.string()), v.nonEmpty()),
  }),
  v.strictObject({ key: v.string(), operator: v.picklist(['Exists', 'DoesNotExist']) }),
]);

/** Strict, so that a field which is not evaluated is never passed over. */
export const LabelSelector = v.strictObject({
  matchLabels: v.optional(v.record(v.string(), v.string()), {}),
  matchExpressions: v.optional(v.array(Requirement), []),
});
export type LabelSelector = v.InferOutput<typeof LabelSelector>;

function isMet(requirement: v.InferOutput<typeof Requirement>, labels: Labels): boolean {
  const value = labels[requirement.key];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && requirement.values.includes(value);
    case 'NotIn':
      return value === undefined || !requirement.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** An empty selector matches everything. */
export const matchesLabels = ({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every((requirement) => isMet(requirement, labels));
