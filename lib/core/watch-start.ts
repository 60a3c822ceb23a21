import { createParts, createSlot, toParts, type Parts } from './parts.ts';

type Next<Part> = () => Promise<IteratorResult<Part, undefined>>;

/**
 * The same parts. Until it lets go, `fetch` is what asks for them, by `next`; those that follow are asked for as if nobody
 * had watched. Throws what `fetch` throws, and what the parts throw.
 */
export function watchStart<Part>(
  iterable: AsyncIterable<Part>,
  fetch: (next: Next<Part>, letGo: () => void) => Promise<IteratorResult<Part, undefined>>,
): Parts<Part> {
  const parts = toParts(iterable);
  let isWatching = true;
  let hasHandedOver = false;
  const next = () => parts.next();
  const letGo = () => void (isWatching = false);

  const slot = createSlot(async () => {
    try {
      return await fetch(next, letGo);
    } catch (error) {
      // What goes wrong then is not what went wrong.
      await parts.return(undefined).catch(() => undefined);
      throw error;
    }
  });

  function handOver(): void {
    hasHandedOver = true;
    ({ poll: watched.poll, arrival: watched.arrival } = parts);
  }

  const watched = createParts({
    poll() {
      if (hasHandedOver) return parts.poll();
      const result = slot.poll();
      if (result && !isWatching) handOver();
      return result;
    },
    arrival: () => (hasHandedOver ? parts.arrival() : slot.arrival()),
    leave: () => parts.return(undefined),
  });
  return watched;
}
