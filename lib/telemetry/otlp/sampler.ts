import { trace, TraceFlags, type Context } from '@opentelemetry/api';
import {
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SamplingResult,
} from '@opentelemetry/sdk-trace';
import { coldStart } from '../tracing/early-tracer.ts';
import { trustedCaller } from '../tracing/trusted-caller.ts';

/**
 * Records everything, and marks as sampled what falls in the ratio: by the trace's id alone, so that all functions of a
 * trace decide alike. A trusted caller can add a trace, as does a request that wakes a process; nobody can take one out.
 */
export function createSampler(ratio: number): Sampler {
  const byRatio = new TraceIdRatioBasedSampler(ratio);

  function isSampled(context: Context, traceId: string): boolean {
    const parent = trace.getSpanContext(context);
    const isParentSampled = ((parent?.traceFlags ?? TraceFlags.NONE) & TraceFlags.SAMPLED) !== 0;
    if (parent && !parent.isRemote) return isParentSampled;
    if (isParentSampled && trustedCaller.isMarked(context)) return true;
    return byRatio.shouldSample(context, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED;
  }

  return {
    shouldSample(context, traceId, _name, _kind, attributes): SamplingResult {
      const isKept = attributes[coldStart] === true || isSampled(context, traceId);
      const decision = isKept ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.RECORD;
      const traceState = trace.getSpanContext(context)?.traceState;
      return { decision, ...(traceState ? { traceState } : {}) };
    },
    toString: () => `genai{${ratio}}`,
  };
}
