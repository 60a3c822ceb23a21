import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Filter } from '../filter.ts';

/** A condition on `document` (as `d`) and the values of its parameters. */
export interface Condition {
  sql: string;
  parameters: Record<string, string | number>;
}

/** The documents that the scope may see. Part of every statement that reads one. */
export const visibleTo = (scope: TenantScope): Condition => ({
  sql: `d.tenant_id = :tenant_id AND (d.is_restricted = 0 OR EXISTS (
    SELECT 1 FROM document_group g WHERE g.document = d.row AND g.name IN (SELECT value FROM json_each(:groups))))`,
  parameters: { tenant_id: scope.tenantId, groups: JSON.stringify(scope.groups) },
});

/** The documents whose metadata the filter describes. Field names and values are parameters, never SQL. */
export function matching(filter: Filter): Condition {
  const parameters: Record<string, string | number> = {};
  const conditions = Object.entries(filter).map(([field, wanted], index) => {
    parameters[`field${index}`] = field;
    const bind = (name: string, value: string | number): string => {
      parameters[`${name}${index}`] = value;
      return `:${name}${index}`;
    };
    const holds = toCondition(wanted, bind);
    return `EXISTS (SELECT 1 FROM document_field f WHERE f.document = d.row AND f.field = :field${index} AND ${holds})`;
  });
  return { sql: conditions.join(' AND ') || '1', parameters };
}

function toCondition(wanted: Filter[string], bind: (name: string, value: string | number) => string): string {
  if (typeof wanted !== 'object') return `f.text = ${bind('value', String(wanted))}`;
  if (Array.isArray(wanted)) {
    return `f.text IN (SELECT value FROM json_each(${bind('value', JSON.stringify(wanted.map(String)))}))`;
  }
  const bounds = [
    { name: 'gte', operator: '>=', bound: wanted.gte },
    { name: 'lte', operator: '<=', bound: wanted.lte },
  ];
  return bounds
    .flatMap(({ name, operator, bound }) => {
      if (bound === undefined) return [];
      const column = typeof bound === 'number' ? 'f.number' : 'f.text';
      return [`${column} ${operator} ${bind(name, bound)}`];
    })
    .join(' AND ');
}
