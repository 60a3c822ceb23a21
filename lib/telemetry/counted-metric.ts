/** A value of a metric as the registry tells it. */
export interface CountedValue {
  /** Of a histogram's buckets, sum and count. */
  metricName?: string;
  labels: Partial<Record<string, string | number>>;
  value: number;
  exemplar?: { labelSet: Partial<Record<string, string | number>>; value: number; timestamp: number } | null;
}

/** All that a process has counted of one thing. */
export interface CountedMetric {
  name: string;
  help: string;
  type: string;
  values: readonly CountedValue[];
}
