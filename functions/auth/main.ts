import { startFunction } from '../start.ts';
import { createAuthApp } from './app.ts';
import { createAuthDeps } from './deps.ts';

await startFunction('auth', {}, async (foundation) => createAuthApp(createAuthDeps(foundation)));
