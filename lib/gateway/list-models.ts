import { toAskedTarget } from '#lib/audit/asked-target.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import type { Catalogue, CatalogueModel } from '#lib/llm/catalogue.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';

interface ModelsDeps {
  catalogue: Catalogue;
  audit: AuditTrail;
}

/** The built-in model is not one of them: it has no words but those of documents. */
const isUsable = ({ models }: TenantScope, { id, provider }: CatalogueModel): boolean =>
  provider !== undefined && (models?.includes(id) ?? true);

/** The models that the tenant may use. */
export const createListModels =
  ({ catalogue, audit }: ModelsDeps) =>
  (scope: TenantScope): CatalogueModel[] => {
    requirePermission(scope, 'models:read');
    audit.recordAccess(scope, { action: 'model.list', target: '*' });
    return [...catalogue.models.values()].filter((model) => isUsable(scope, model));
  };

/** One that the tenant may not use is `not_found`, as one that is not there. */
export const createGetModel =
  ({ catalogue, audit }: ModelsDeps) =>
  (scope: TenantScope, id: string): CatalogueModel => {
    requirePermission(scope, 'models:read');
    const entry = { action: 'model.read', target: id };
    const model = catalogue.models.get(id);
    if (!model || !isUsable(scope, model)) {
      audit.recordAccess(scope, { ...entry, target: toAskedTarget(id) }, 'not_found');
      throw new ApiError('not_found', 'The model does not exist');
    }
    audit.recordAccess(scope, entry);
    return model;
  };
