import { PlainError } from '#lib/core/plain-error.ts';

/** The engine's own refusal of a tenant's credential: a guard before it has failed, or was never reached. */
export class EngineRefusal extends PlainError {
  constructor(cause: unknown) {
    super('The search engine refused the tenant’s credential', { cause });
    this.name = 'EngineRefusal';
  }
}
