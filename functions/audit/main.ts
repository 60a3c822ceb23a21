import { startFunction } from '../start.ts';
import { createAuditApp } from './app.ts';
import { createAuditDeps } from './deps.ts';

await startFunction('audit', {}, async (foundation) => createAuditApp(createAuditDeps(foundation)));
