/** Knative's queue-proxy ends a stream that took too long as if it were complete, with these bytes at its end. */
const timeoutMark = Buffer.from('request timeout');
const doneEvent = Buffer.from('data: [DONE]\n\n');
const maxHeldBytes = 64 * 1024;

export interface EventTail {
  /** What may be passed on now: every complete line. */
  push(part: Buffer): Buffer;
  /** What is left at the end. It is only a line that never became one. */
  end(): { rest: Buffer; isCutOff: boolean };
}

/** Holds an event stream's last, incomplete line back until it is known not to be the mesh's. */
export function createEventTail(): EventTail {
  let held: Buffer = Buffer.alloc(0);
  let passed: Buffer = Buffer.alloc(0);
  /** The line is longer than what is held back. */
  let isOpen = false;

  function pass(part: Buffer): Buffer {
    passed = Buffer.concat([passed, part.subarray(-doneEvent.length)]).subarray(-doneEvent.length);
    return part;
  }

  return {
    push(part) {
      const lines = Math.max(part.lastIndexOf('\n'), part.lastIndexOf('\r')) + 1;
      if (lines > 0) isOpen = false;
      if (isOpen) return pass(part);
      const ready = lines > 0 ? Buffer.concat([held, part.subarray(0, lines)]) : Buffer.alloc(0);
      held = lines > 0 ? part.subarray(lines) : Buffer.concat([held, part]);
      if (held.length <= maxHeldBytes) return pass(ready);
      isOpen = true;
      const all = Buffer.concat([ready, held]);
      held = Buffer.alloc(0);
      return pass(all);
    },
    end() {
      const isMarked = held.subarray(-timeoutMark.length).equals(timeoutMark);
      if (!isMarked) return { rest: held, isCutOff: false };
      return { rest: Buffer.alloc(0), isCutOff: !passed.equals(doneEvent) };
    },
  };
}
