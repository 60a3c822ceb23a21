import { invalidRequest } from '#lib/core/api-error.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Catalogue, CatalogueModel, ModelKind } from './catalogue.ts';

export type Candidates = readonly [CatalogueModel, ...CatalogueModel[]];

/** A model, and the key that it is called with. */
export interface ModelTarget {
  model: CatalogueModel;
  apiKey: string | undefined;
  /** The key is the tenant's own: its provider sends the bill to the tenant. */
  isOwnKey: boolean;
}

/** The tenant's own key of a provider. */
export type FindProviderKey = (
  tenant: TenantRef,
  providerId: string,
  signal: AbortSignal,
) => Promise<string | undefined>;

export interface ModelRouter {
  /**
   * The model of this name, or the default one, and those that may answer in its place, in their order. Throws
   * `invalid_request` for one that is not there and for one that the tenant may not use, in the same words.
   */
  candidates(scope: TenantScope, id: string | undefined, kind: ModelKind): Candidates;
  /** What `FindProviderKey` throws. */
  toTargets(scope: TenantScope, models: Candidates, signal: AbortSignal): Promise<[ModelTarget, ...ModelTarget[]]>;
}

interface ModelRouterDeps {
  catalogue: Catalogue;
  findProviderKey: FindProviderKey;
}

const isAllowed = ({ models }: TenantScope, { id }: CatalogueModel): boolean => models?.includes(id) ?? true;

export function createModelRouter({ catalogue, findProviderKey }: ModelRouterDeps): ModelRouter {
  const { models, defaultModel, defaultEmbedding } = catalogue;

  function select(scope: TenantScope, id: string | undefined, kind: ModelKind): CatalogueModel | undefined {
    const isUsable = (model: CatalogueModel | undefined) => model?.kind === kind && isAllowed(scope, model);
    if (id !== undefined) {
      const named = models.get(id);
      return isUsable(named) ? named : undefined;
    }
    const usual = kind === 'chat' ? defaultModel : defaultEmbedding;
    return isUsable(usual) ? usual : models.values().find(isUsable);
  }

  async function toTarget(scope: TenantScope, model: CatalogueModel, signal: AbortSignal): Promise<ModelTarget> {
    const { provider } = model;
    const ownKey = provider && (await findProviderKey(scope, provider.id, signal));
    return { model, apiKey: ownKey ?? provider?.apiKey, isOwnKey: ownKey !== undefined };
  }

  return {
    candidates(scope, id, kind) {
      const model = select(scope, id, kind);
      if (!model) throw invalidRequest('model', 'is not a model that you can use');
      const fallbacks = model.fallbacks.flatMap((fallback) => models.get(fallback) ?? []);
      return [model, ...fallbacks.filter((fallback) => isAllowed(scope, fallback))];
    },
    async toTargets(scope, [first, ...rest], signal) {
      const [target, ...others] = await Promise.all([
        toTarget(scope, first, signal),
        ...rest.map((model) => toTarget(scope, model, signal)),
      ]);
      return [target, ...others];
    },
  };
}
