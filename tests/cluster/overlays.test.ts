import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderOverlay } from '#tests/manifests/support/render-overlay.ts';
import { kubectl, kubectlWith } from './support/kubectl.ts';

/** Beside the installed platform: what is fixed once it is there may differ from overlay to overlay. */
const scratch = 'genai-scratch';

const moved = (manifests: string): string =>
  manifests.replaceAll(/(name|namespace): genai-platform$/gm, `$1: ${scratch}`);

beforeAll(async () => {
  await kubectl('create', 'namespace', scratch);
  await kubectl('label', 'namespace', scratch, 'pod-security.kubernetes.io/warn=restricted');
});

afterAll(() => kubectl('delete', 'namespace', scratch));

/** The real API server with Knative's own webhooks, and the schemas of cert-manager and the Gateway API. */
const admit = (manifests: string) =>
  kubectlWith(moved(manifests), 'apply', '--namespace', scratch, '--dry-run=server', '--validate=strict');

test.each(['local', 'production'] as const)('every object of overlay %s is admitted', async (overlay) => {
  const answer = await admit(await renderOverlay(overlay));
  expect(answer).not.toContain('Warning');
  expect(answer.split('\n').filter((line) => line.includes('server dry run')).length).toBeGreaterThan(60);
});

test('so is the alternative by the Gateway API', async () => {
  const answer = await admit(await kubectl('kustomize', 'knative/edge/gateway-api'));
  expect(answer).toMatch(/httproute.*created[^]*referencegrant.*created/);
});
