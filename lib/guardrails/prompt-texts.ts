import type { InputText } from './input-text.ts';

export interface PromptText extends InputText {
  /** It is a file's data: the model reads words in it that can't be seen here. */
  isFile: boolean;
  /** Puts another text in its place. */
  replace(text: string): void;
}

/** What of a request for a completion a model reads; all else says how it answers. */
const read = new Set([
  'messages',
  'tools',
  'tool_choice',
  'functions',
  'function_call',
  'response_format',
  'prediction',
]);

/** What is no text in there: names of kinds, ids, and data of images and sounds. `*` is any item of a list. */
const unread = new Set([
  'messages.*.role',
  'messages.*.tool_call_id',
  'messages.*.content.*.type',
  'messages.*.content.*.image_url',
  'messages.*.content.*.input_audio',
  'messages.*.tool_calls.*.id',
  'messages.*.tool_calls.*.type',
  'tools.*.type',
  'tool_choice.type',
  'response_format.type',
  'prediction.type',
  'prediction.content.*.type',
]);

const fileData = 'messages.*.content.*.file.file_data';

function* textsIn(holder: object, path: string, place: string): Generator<PromptText> {
  for (const [key, value] of Object.entries(holder)) {
    const at = `${path}.${key}`;
    const kind = `${place}.${Array.isArray(holder) ? '*' : key}`;
    if (unread.has(kind)) continue;
    if (typeof value === 'object' && value !== null) yield* textsIn(value, at, kind);
    if (typeof value !== 'string') continue;
    const replace = (text: string) => void Reflect.set(holder, key, text);
    yield { path: at, text: value, isFile: kind === fileData, replace };
  }
}

/** All that a model would read of a request. Whoever sends it has written it all, whatever the role of a message. */
export function* promptTexts(prompt: object): Generator<PromptText> {
  for (const [name, value] of Object.entries(prompt)) {
    if (read.has(name) && typeof value === 'object' && value !== null) yield* textsIn(value, name, name);
  }
}
