import { startCanaryWorld } from './canary-world.ts';
import { testCanaries } from './canary-suite.ts';

testCanaries({
  start: startCanaryWorld,
  statuses: [200, 201, 204, 400, 401, 403, 404, 409, 413, 415, 422, 431, 502, 503],
});
