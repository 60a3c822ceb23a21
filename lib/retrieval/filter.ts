import * as v from 'valibot';

/** To a schema a list is an object too, one without fields. */
const isNoList = v.check((value: unknown) => !Array.isArray(value), 'must be an object');

const Field = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const Scalar = v.union([v.pipe(v.string(), v.maxLength(1_000)), v.pipe(v.number(), v.finite()), v.boolean()]);
const Bound = v.union([v.pipe(v.string(), v.maxLength(1_000)), v.pipe(v.number(), v.finite())]);
const Range = v.pipe(
  v.strictObject({ gte: v.optional(Bound), lte: v.optional(Bound) }),
  v.check(({ gte, lte }) => gte !== undefined || lte !== undefined, 'must have gte or lte'),
  v.check(
    ({ gte, lte }) => gte === undefined || lte === undefined || typeof gte === typeof lte,
    'must have bounds of one type',
  ),
);

/**
 * Conditions on a document's metadata, all of which must hold: a value, one of several values, or a
 * range (numbers by size, text by code point, so ISO dates work). A nested field is named by its
 * dotted path; a list matches where one of its items does.
 */
export const FilterSchema = v.pipe(
  v.unknown(),
  isNoList,
  v.record(Field, v.union([Scalar, v.pipe(v.array(Scalar), v.minLength(1), v.maxLength(100)), Range])),
  v.maxEntries(20),
);

export type Filter = v.InferOutput<typeof FilterSchema>;
export type FilterScalar = string | number | boolean;

type MetadataValue = FilterScalar | null | readonly MetadataValue[] | { readonly [field: string]: MetadataValue };

const MetadataValueSchema: v.GenericSchema<MetadataValue> = v.lazy(() =>
  v.union([
    v.pipe(v.string(), v.maxLength(8_000)),
    v.pipe(v.number(), v.finite()),
    v.boolean(),
    v.null(),
    v.pipe(v.array(MetadataValueSchema), v.maxLength(100)),
    v.pipe(v.record(Field, MetadataValueSchema), v.maxEntries(100)),
  ]),
);

export type Metadata = Record<string, MetadataValue>;

/** What a client knows about a document: at most 200 values in all. */
export const MetadataSchema: v.GenericSchema<unknown, Metadata> = v.pipe(
  v.unknown(),
  isNoList,
  v.record(Field, MetadataValueSchema),
  v.check((metadata) => flattenMetadata(metadata).length <= 200, 'must hold at most 200 values'),
);

/** The values that a filter can match, each with its field's dotted path. */
export function flattenMetadata(metadata: Metadata): { field: string; value: FilterScalar }[] {
  const flatten = (field: string, value: MetadataValue): { field: string; value: FilterScalar }[] => {
    if (value === null) return [];
    if (typeof value !== 'object') return [{ field, value }];
    if (Array.isArray(value)) return value.flatMap((item: MetadataValue) => flatten(field, item));
    return Object.entries(value).flatMap(([name, inner]) => flatten(`${field}.${name}`, inner));
  };
  return Object.entries(metadata).flatMap(([field, value]) => flatten(field, value));
}
