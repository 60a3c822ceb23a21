import { answeringEnv, makeAnswering } from '../answering.ts';
import { startFunction } from '../start.ts';
import { createQueryApp } from './app.ts';
import { createQueryDeps } from './deps.ts';

await startFunction(
  'query',
  answeringEnv,
  makeAnswering((...parts) => createQueryApp(createQueryDeps(...parts))),
);
