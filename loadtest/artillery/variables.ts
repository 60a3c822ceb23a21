import { limits } from '../report/thresholds.ts';
import type { LoadOptions, ScenarioName } from './options.ts';

const thinkMilliseconds = 1_000;
const arrivalsPerSecond = 10;

interface Arrivals {
  users: number;
  seconds: number;
}

/** How many users come within how many seconds; in a burst, how many each second. */
const toArrivals: Record<ScenarioName, (options: LoadOptions) => Arrivals> = {
  /** Ten users a second, but all of them before half of a short run is over. */
  reference: ({ users, seconds }) => ({
    users,
    seconds: Math.max(1, Math.min(Math.ceil(users / arrivalsPerSecond), Math.floor(seconds / 2))),
  }),
  burst: ({ users, seconds }) => ({ users, seconds }),
  'noisy-neighbour': ({ users, tenants }) => ({ users: users + tenants - 1, seconds: 1 }),
};

/** The variables that the scenarios name. */
export function toVariables(options: LoadOptions): Record<string, string> {
  const { users, seconds } = toArrivals[options.scenario](options);
  return {
    LOAD_TARGET: options.url,
    LOAD_USERS: String(users),
    LOAD_ARRIVAL_SECONDS: String(seconds),
    // Artillery knows no pause of no time.
    LOAD_IDLE_SECONDS: String(Math.max(1, options.idleSeconds)),
    LOAD_THINK: `${thinkMilliseconds}ms`,
    LOAD_MAX_P95: String(limits.p95Milliseconds),
    LOAD_MAX_ERROR_RATE: String(limits.errorRate),
  };
}
