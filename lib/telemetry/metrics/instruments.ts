import { Counter, Gauge, Histogram, type Registry, type RegistryContentType } from 'prom-client';
import { toExemplar } from '../tracing/to-exemplar.ts';

/** Seconds: resolves 5 ms to 60 s. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3.5, 5, 10, 20, 30, 60];

/** Makes the instruments of one registry. */
export interface Instruments {
  count<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label>;
  /** A counter of outcomes: each begins at 0, so that a rate sees the first of them. */
  countBy<Label extends string>(name: string, help: string, label: Label, values: readonly string[]): Counter<Label>;
  gauge<Label extends string = never>(name: string, help: string, labelNames?: readonly Label[]): Gauge<Label>;
  time<Label extends string = never>(name: string, help: string, labelNames?: readonly Label[]): Histogram<Label>;
  /** Counts seconds; each bucket names the trace of the latest that fell into it. */
  timeTraced(name: string, help: string): (seconds: number) => void;
}

export function createInstruments(registry: Registry<RegistryContentType>): Instruments {
  const registers = [registry];
  const count: Instruments['count'] = (name, help, labelNames) => new Counter({ name, help, labelNames, registers });
  return {
    count,
    countBy(name, help, label, values) {
      const counter = count(name, help, [label]);
      for (const value of values) counter.labels(value).inc(0);
      return counter;
    },
    gauge: (name, help, labelNames = []) => new Gauge({ name, help, labelNames, registers }),
    time: (name, help, labelNames = []) => new Histogram({ name, help, labelNames, buckets, registers }),
    timeTraced(name, help) {
      const histogram = new Histogram({ name, help, buckets, registers, enableExemplars: true });
      return (value) => histogram.observe({ value, exemplarLabels: toExemplar() });
    },
  };
}
