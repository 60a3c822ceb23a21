import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Answer } from '#lib/answers/answer.ts';
import type { Clock } from '#lib/core/clock.ts';
import { watchStart } from '#lib/core/watch-start.ts';
import { assembleCompletion } from '#lib/gateway/assemble-completion.ts';
import type { ChatEvents } from '#lib/gateway/chat-event.ts';
import { ChatRequestSchema, type ChatRequest } from '#lib/gateway/chat-request.ts';
import { chunkLength } from '#lib/gateway/chunk-length.ts';
import type { CompleteChat } from '#lib/gateway/complete-chat.ts';
import type { Embed } from '#lib/gateway/embed.ts';
import { EmbeddingsRequestSchema, type EmbeddingsRequest } from '#lib/gateway/embeddings-request.ts';
import type { createGetModel, createListModels } from '#lib/gateway/list-models.ts';
import { toOpenAIError } from '#lib/gateway/openai-error.ts';
import { streamCompletion } from '#lib/gateway/stream-completion.ts';
import type { ToDemand } from '#lib/gateway/to-demand.ts';
import { toCallsLog, toCostHeaders, toModelBody, toModelListBody } from '#lib/gateway/wire.ts';
import { admit, checkRate } from '#lib/http/admit.ts';
import { createTenantApi } from '#lib/http/create-api.ts';
import type { TenantEnvironment } from '#lib/http/environment.ts';
import { idempotent } from '#lib/http/idempotent.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import type { ReceiveUpload } from '#lib/http/receive-upload.ts';
import { setHeader } from '#lib/http/set-header.ts';
import { sse } from '#lib/http/sse.ts';
import { json, param } from '#lib/http/validate.ts';
import { wantsFresh } from '#lib/http/wants-fresh.ts';
import { mentionsIn } from '#lib/tenancy/tenant-mention.ts';
import { ModelParam } from './contract.ts';

export interface ChatDeps {
  http: HttpKit;
  receiveBody: ReceiveUpload;
  toDemand: ToDemand;
  completeChat: CompleteChat;
  embed: Embed;
  listModels: ReturnType<typeof createListModels>;
  getModel: ReturnType<typeof createGetModel>;
}

const openAIErrors = { mediaType: 'application/json', toBody: toOpenAIError };

/** Tells the log of the calls that were made, when all of them are. */
const logCalls = createMiddleware<TenantEnvironment>(async (c, next) => {
  await next();
  const { scope, log, done } = c.var;
  const tell = () => void Object.assign(log, toCallsLog(scope.usage));
  if (done) c.set('done', done.then(tell));
  else tell();
});

function setCost(c: Context<TenantEnvironment>, cached?: Answer['cached']): void {
  for (const [name, value] of Object.entries(toCostHeaders(c.get('scope').usage, cached))) setHeader(c, name, value);
}

/** Tells the log when the first word came. */
function observe(events: ChatEvents, log: Record<string, unknown>, now: Clock): ChatEvents {
  const started = now();
  return watchStart(events, async (next, letGo) => {
    const result = await next();
    if (result.done || result.value.every((event) => chunkLength(event) === 0)) return result;
    log['first_token'] = (now() - started) / 1000;
    letGo();
    return result;
  });
}

type Asked<Request> = { out: { json: Request } };

export const createChatApp = ({ http, receiveBody, toDemand, completeChat, embed, listModels, getModel }: ChatDeps) =>
  createTenantApi(http, 'chat', openAIErrors)
    .use('/v1/*', logCalls)
    .get('/v1/models', (c) => c.json(toModelListBody(listModels(c.var.scope))))
    .get('/v1/models/:id', param(ModelParam), (c) =>
      c.json(toModelBody(getModel(c.var.scope, c.req.valid('param').id))),
    )
    .post(
      '/v1/chat/completions',
      checkRate(http),
      json(http, ChatRequestSchema, { receive: receiveBody }),
      idempotent(http),
      admit<Asked<ChatRequest>>(http, 'chat', (c) => toDemand.chat(c.var.scope, c.req.valid('json'))),
      async (c) => {
        const request = c.req.valid('json');
        const { actor, scope, log } = c.var;
        for (const named of mentionsIn(request.knowledge)) http.checkMention(actor, 'body', named);
        const isFresh = wantsFresh(c.req.header('cache-control'));
        const begin = await completeChat(scope, request, { isFresh });
        const complete = (signal: AbortSignal) => observe(begin(signal), log, http.now);
        if (!request.stream) {
          const { body, cached } = await assembleCompletion(complete(c.var.signal));
          setCost(c, cached);
          return c.json(body);
        }
        const includesUsage = request.stream_options?.include_usage ?? false;
        return sse(c, {
          produce: (signal) => streamCompletion(complete(signal), { includesUsage, usage: scope.usage }),
          toErrorEvent: toOpenAIError,
          metrics: http.metrics,
        });
      },
    )
    .post(
      '/v1/embeddings',
      checkRate(http),
      json(http, EmbeddingsRequestSchema, { receive: receiveBody }),
      admit<Asked<EmbeddingsRequest>>(http, 'chat', (c) => toDemand.embeddings(c.var.scope, c.req.valid('json'))),
      async (c) => {
        const body = await embed(c.var.scope, c.req.valid('json'), c.var.signal);
        setCost(c);
        return c.json(body);
      },
    );
