import type { Attributes } from '@opentelemetry/api';

export interface ProcessIdentity {
  /** Of the function, or `local` for all in one. */
  name: string;
  instanceId: string;
  /** The Knative Service and its revision. */
  service: string | undefined;
  revision: string | undefined;
}

/** What process the telemetry is from, by the names of the semantic conventions. */
export const toResourceAttributes = ({ name, instanceId, service, revision }: ProcessIdentity): Attributes => ({
  'service.name': `genai-${name}`,
  'service.namespace': 'genai-platform',
  'service.instance.id': instanceId,
  ...(service === undefined ? {} : { 'faas.name': service }),
  // A revision is what is deployed of the one image.
  ...(revision === undefined ? {} : { 'service.version': revision, 'faas.version': revision }),
});
