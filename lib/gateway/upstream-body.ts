import type { CatalogueModel } from '#lib/llm/catalogue.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { ChatRequest } from './chat-request.ts';
import { toPseudonym } from './pseudonym.ts';

/** Fields whose values name somebody, or something of one tenant. */
const names = ['user', 'safety_identifier', 'prompt_cache_key'] as const;

/** The most tokens that a choice may have; `undefined` where the client leaves that to the model. */
export const wantedOutput = (request: Pick<ChatRequest, 'max_tokens' | 'max_completion_tokens'>): number | undefined =>
  request.max_completion_tokens ?? request.max_tokens ?? undefined;

export const maxOutputOf = (request: ChatRequest, { maxOutputTokens }: Pick<CatalogueModel, 'maxOutputTokens'>) =>
  Math.min(wantedOutput(request) ?? Infinity, maxOutputTokens);

/** What the platform reads itself, and what would have the provider keep the conversation where no erasure reaches it. */
const ownFields = new Set([
  'model',
  'knowledge',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'store',
  'metadata',
]);

/** What of a request is meant for the model. */
export function toPrompt(request: ChatRequest): Record<string, unknown> {
  return Object.fromEntries(Object.entries(request).filter(([name]) => !ownFields.has(name)));
}

/**
 * The body that the model is called with. It always says how long the answer may be, by the model's name for that and
 * not the client's: for so much a budget is reserved.
 */
export function toUpstreamBody(
  scope: Pick<TenantScope, 'signingKey'>,
  request: ChatRequest,
  model: CatalogueModel,
): Record<string, unknown> {
  const named = names.flatMap((name) => {
    const value = request[name];
    return typeof value === 'string' ? [[name, toPseudonym(scope, value)] as const] : [];
  });
  const limit = { [model.outputLimitField]: maxOutputOf(request, model) };
  return { ...toPrompt(request), ...Object.fromEntries(named), ...limit };
}
