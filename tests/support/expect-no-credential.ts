import { expect } from 'vitest';
import type { LogEvent } from '#lib/telemetry/logger.ts';
import { describeError } from '#lib/telemetry/describe-error.ts';

/** A JSON Web Token, an API key of the platform, one of a provider. */
const credential = /eyJ[\w-]{8,}\.|gk_[a-z0-9-]+\.[\w-]{12}\.[\w-]{43}|\bsk-[\w-]{8,}/;
const isSecret = (name: string): boolean => /SECRET|KEY|PASSWORD|TOKEN/.test(name) && !name.endsWith('_CLAIM');

/** No line that was logged holds a credential, or a secret of the environment. */
export function expectNoCredential(logged: readonly LogEvent[], env: NodeJS.ProcessEnv): void {
  const text = JSON.stringify(logged, (_, value: unknown) => (value instanceof Error ? describeError(value) : value));
  expect(credential.exec(text)?.[0], 'a credential in the log').toBeUndefined();
  const secrets = Object.entries(env).filter(([name, value]) => isSecret(name) && (value?.length ?? 0) >= 8);
  expect(secrets.filter(([, value = '']) => text.includes(value)).map(([name]) => name)).toEqual([]);
}
