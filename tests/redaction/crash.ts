import { logCrash } from '#functions/log-crash.ts';

/** Fails as a client of a provider does whose promise nobody waits for: with all that it was sent in its error. */
const canary = process.env['CANARY'] ?? '';
logCrash();
const cause = Object.assign(new TypeError(canary), { code: 'EFAIL', requestBodyValues: { prompt: canary } });
void Promise.reject(Object.assign(new Error(canary, { cause }), { responseBody: canary }));
