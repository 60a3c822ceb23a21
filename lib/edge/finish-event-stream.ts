import { Transform } from 'node:stream';
import { toUiErrorChunk } from '#lib/answers/wire.ts';
import { ApiError, toProblem } from '#lib/core/api-error.ts';
import { toProgressError } from '#lib/documents/wire.ts';
import { createEventTail } from './event-tail.ts';

interface FinishOptions {
  requestId: string;
  /** Speaks the AI SDK's protocol. */
  isUiMessageStream: boolean;
  onCutOff: () => void;
}

/** The blank line first ends an event that was begun. */
function toTerminalEvent({ requestId, isUiMessageStream }: FinishOptions): string {
  const problem = toProblem(new ApiError('request_timeout', 'The stream has reached its time limit'), requestId);
  const event = isUiMessageStream ? toUiErrorChunk(problem) : toProgressError(problem);
  return `\ndata: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`;
}

/** Passes an event stream on and ends it with our own error where the mesh has cut it off. */
export function createFinishEventStream(options: FinishOptions): Transform {
  const tail = createEventTail();
  return new Transform({
    transform(part: Buffer, _encoding, passOn) {
      passOn(null, tail.push(part));
    },
    flush(passOn) {
      const { rest, isCutOff } = tail.end();
      if (isCutOff) options.onCutOff();
      passOn(null, isCutOff ? toTerminalEvent(options) : rest);
    },
  });
}
