import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { createReceiveUpload, type ReceiveUpload } from './receive-upload.ts';

/** Uploads whose places are given back before their requests are answered in full. */
export interface ReceiveUntilAnswered {
  receive: ReceiveUpload;
  /** The actor's request needs its upload no more. */
  release: (actor: Actor) => void;
}

/** For requests whose answers go on long after their bodies have been passed on. */
export function createReceiveUntilAnswered(options: Parameters<typeof createReceiveUpload>[0]): ReceiveUntilAnswered {
  const receive = createReceiveUpload(options);
  // Each request has an actor of its own.
  const held = new WeakMap<Actor, () => void>();
  return {
    async receive(request, signal, actor) {
      const upload = await receive(request, signal, actor);
      held.set(actor, upload.release);
      return upload;
    },
    release: (actor) => held.get(actor)?.(),
  };
}
