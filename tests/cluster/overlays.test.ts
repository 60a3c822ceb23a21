import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderOverlay } from '#tests/manifests/support/render-overlay.ts';
import { kubectl, kubectlWith } from './support/kubectl.ts';

/** Beside the installed platform: what is fixed once it is there may differ from overlay to overlay. */
const scratch = 'genai-scratch';

const render = async (overlay: 'local' | 'production'): Promise<string> =>
  (await renderOverlay(overlay)).replaceAll(/(name|namespace): genai-platform$/gm, `$1: ${scratch}`);

/** The namespace, and the accounts that Knative wants to be there when it tries a pod. */
const isNeededFirst = (manifest: string): boolean => /^kind: (Namespace|ServiceAccount)$/m.test(manifest);

beforeAll(async () => {
  const manifests = (await render('local')).split('\n---\n');
  await kubectlWith(manifests.filter(isNeededFirst).join('\n---\n'), 'apply');
});

afterAll(() => kubectl('delete', 'namespace', scratch));

/** The real API server with Knative's own webhooks, and the schemas of cert-manager and the Gateway API. */
const admit = (manifests: string) => kubectlWith(manifests, 'apply', '--dry-run=server', '--validate=strict');

test.each(['local', 'production'] as const)('every object of overlay %s is admitted', async (overlay) => {
  const answer = await admit(await render(overlay));
  expect(answer).not.toContain('Warning');
  expect(answer.split('\n').filter((line) => line.includes('server dry run')).length).toBeGreaterThan(60);
});

test('so is the alternative by the Gateway API', async () => {
  const answer = await admit(await kubectl('kustomize', 'knative/edge/gateway-api'));
  expect(answer).toMatch(/httproute.*created[^]*referencegrant.*created|referencegrant.*created[^]*httproute.*created/);
});
