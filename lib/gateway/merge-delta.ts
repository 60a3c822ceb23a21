import { isFields, type Fields } from '#lib/core/fields.ts';

/** In JSON it is a key like any other; to set it would be to have all that it holds inherited. */
export const prototypeKey = '__proto__';

/** Texts that come whole, where all others come in pieces. */
const whole = new Set(['role', 'id', 'type', 'name', 'object', 'format']);

/** Items that say which one they continue are put together with it; all others follow each other. */
function mergeItems(into: unknown[], items: readonly unknown[]): void {
  for (const item of items) {
    const index = isFields(item) ? item['index'] : undefined;
    const continued =
      typeof index === 'number' ? into.find((known) => isFields(known) && known['index'] === index) : undefined;
    if (isFields(item) && isFields(continued)) mergeDelta(continued, item);
    else into.push(isFields(item) ? mergeDelta({}, item) : item);
  }
}

/**
 * Adds what a delta says to what was said before: text to text, list to list, field by field. That holds for fields of
 * other providers too, whose names are not known here.
 */
export function mergeDelta(into: Fields, delta: Fields): Fields {
  for (const [key, value] of Object.entries(delta)) {
    if (key === prototypeKey) continue;
    const before = Object.hasOwn(into, key) ? into[key] : undefined;
    if (value === null || value === undefined) into[key] = before ?? null;
    else if (Array.isArray(value)) {
      const list = Array.isArray(before) ? before : [];
      mergeItems(list, value);
      into[key] = list;
    } else if (isFields(value)) into[key] = mergeDelta(isFields(before) ? before : {}, value);
    else if (typeof value === 'string' && typeof before === 'string' && !whole.has(key)) into[key] = before + value;
    else if (value !== '' || before === undefined || before === null) into[key] = value;
  }
  return into;
}
