import { ApiError, invalidRequest } from '#lib/core/api-error.ts';
import type { CatalogueModel } from '#lib/llm/catalogue.ts';
import type { Candidates, ModelRouter } from '#lib/llm/model-router.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toCallSize } from './call-size.ts';
import type { ChatRequest } from './chat-request.ts';

/** Bytes that few tokens exceed on the average of a text: what has more of them than this has too many tokens. */
const bytesPerToken = 6;

function requireFit({ textBytes }: { textBytes: number }, { contextTokens }: CatalogueModel): void {
  const tokens = Math.ceil(textBytes / bytesPerToken);
  if (tokens <= contextTokens) return;
  const message = `have more than ${tokens} tokens, and the model takes ${contextTokens}`;
  throw new ApiError('context_length_exceeded', undefined, { errors: [{ path: 'messages', message }] });
}

/** The models that may complete a chat. Throws as `candidates` does, and `context_length_exceeded`. */
export function selectChatModels(router: ModelRouter, scope: TenantScope, request: ChatRequest): Candidates {
  const models = router.candidates(scope, request.model, 'chat');
  // The built-in one has no words of its own.
  if (!models[0].provider) throw invalidRequest('model', 'answers from documents only: set "knowledge"');
  requireFit(toCallSize(request), models[0]);
  return models;
}
