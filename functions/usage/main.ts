import { startFunction } from '../start.ts';
import { createUsageApp } from './app.ts';
import { createUsageDeps } from './deps.ts';

await startFunction('usage', {}, async (foundation) => createUsageApp(createUsageDeps(foundation)));
