import { invalidRequest } from '#lib/core/api-error.ts';

interface JsonLimits {
  depth: number;
  /** Keys of all objects together. */
  keys: number;
}

/** Strict UTF-8, as text. Throws `invalid_request`. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidRequest('', 'must be UTF-8', cause);
  }
}

/**
 * `JSON.parse` that refuses what is legal and dangerous: deep nesting, very many keys, a key given
 * twice (parsers differ in which one counts), keys that name an object's inner workings (schemas leave
 * them out silently), lone surrogates. Throws `invalid_request`.
 */
export function parseJsonText(text: string, { depth: maxDepth, keys: maxKeys }: JsonLimits): unknown {
  let keys = 0;
  let depth = 0;
  let checked: unknown;
  // Nesting is measured on the text, before a parser recurses into it.
  for (let index = 0, inString = false; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > maxDepth) throw invalidRequest('', `must not be nested deeper than ${maxDepth}`);
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
    else if (code === 0x3a) keys += 1;
  }
  if (keys > maxKeys) throw invalidRequest('', `must not hold more than ${maxKeys} keys`);
  try {
    checked = JSON.parse(text);
  } catch (cause) {
    throw invalidRequest('', 'must be JSON', cause);
  }
  if (!text.isWellFormed() || /\\u[dD][89a-fA-F]/.test(text)) requireWellFormed(checked);
  if (countKeys(checked) !== keys) throw invalidRequest('', 'must not hold a key twice');
  return checked;
}

const innerKeys = new Set(['__proto__', 'prototype', 'constructor']);

/** Keys that survived the parsing: a repeated one is there once. Throws for an inner one. */
function countKeys(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item);
    return count;
  }
  for (const [key, item] of Object.entries(value)) {
    if (innerKeys.has(key)) throw invalidRequest(key, 'is not a name that a field may have');
    count += 1 + countKeys(item);
  }
  return count;
}

function requireWellFormed(value: unknown): void {
  if (typeof value === 'string' && !value.isWellFormed())
    throw invalidRequest('', 'must not hold half a surrogate pair');
  if (value === null || typeof value !== 'object') return;
  for (const [key, item] of Object.entries(value)) {
    requireWellFormed(key);
    requireWellFormed(item);
  }
}
