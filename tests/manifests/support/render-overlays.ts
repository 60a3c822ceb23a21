import type { TestProject } from 'vitest/node';
import { parseManifests, type Manifest } from './manifest.ts';
import { overlays, renderOverlay, type Overlay } from './render-overlay.ts';

declare module 'vitest' {
  interface ProvidedContext {
    overlays: Record<Overlay, Manifest[]>;
  }
}

/** Renders each overlay once, for all files of tests. */
export async function setup(project: TestProject): Promise<void> {
  const rendered = await Promise.all(
    overlays.map(async (overlay) => [overlay, parseManifests(await renderOverlay(overlay))] as const),
  );
  const { local, production, test } = Object.fromEntries(rendered);
  if (!local || !production || !test) throw new Error('An overlay was not rendered');
  project.provide('overlays', { local, production, test });
}
