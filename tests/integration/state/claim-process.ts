import { once } from 'node:events';
import { createClaim } from '#tests/contracts/admission-store-claims.ts';
import { calm } from '#tests/support/scope.ts';
import { openState } from './open-store.ts';

/**
 * A process of its own that says `ready`, and once it is told anything claims requests of one account and tokens of another
 * until it is refused both. It writes a line for each that was let in: `r`, or `t` and how many tokens.
 */
const [url = '', incarnation = '', requests = '0', tokens = '0'] = process.argv.slice(2);
const state = await openState({ STATE_STORE: 'redis', REDIS_URL: url, STATE_TIMEOUT_MILLISECONDS: '5000' });

async function claim(isTokens: boolean): Promise<boolean> {
  const limits = isTokens ? { tokensPerMinute: Number(tokens) } : { requestsPerMinute: Number(requests) };
  const account = { tenantId: isTokens ? 'tokens' : 'requests', incarnation };
  const amount = isTokens ? 1 + Math.floor(Math.random() * 9) : 0;
  const { isAdmitted } = await state.admission.admit(account, createClaim({ limits, tokens: amount }), calm);
  if (isAdmitted) process.stdout.write(isTokens ? `t ${amount}\n` : 'r\n');
  return isAdmitted;
}

async function work(): Promise<void> {
  for (;;) {
    const isAdmitted = [await claim(true), await claim(false)];
    if (!isAdmitted.includes(true)) return;
  }
}

await state.admission.sweep({ tenantId: 'requests', incarnation }, calm);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
await Promise.all(Array.from({ length: 8 }, work));
process.stdin.destroy();
await state.close();
