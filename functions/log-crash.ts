import { createLogger } from '#lib/telemetry/logger.ts';

/** Ends the process with one line of the log where nobody has caught an error: Node would print all that the error holds. */
export function logCrash(): void {
  process.on('uncaughtException', (error) => {
    createLogger('error').error({ event: 'process_failed', error });
    process.exit(1);
  });
}
