import { answeringEnv, makeAnswering } from '../answering.ts';
import { startFunction } from '../start.ts';
import { createChatApp } from './app.ts';
import { createChatDeps } from './deps.ts';

await startFunction(
  'chat',
  answeringEnv,
  makeAnswering((...parts) => createChatApp(createChatDeps(...parts))),
);
