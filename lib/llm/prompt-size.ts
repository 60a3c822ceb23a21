import { englishLength } from './estimate-tokens.ts';

/** What the tokens of a prompt are estimated by. */
export interface PromptSize {
  /** Of its texts, as `englishLength` has it. */
  length: number;
  images: number;
}

/** They say what something is; a provider charges a few tokens for all of them together. */
const labels = new Set(['role', 'type']);

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Of every text in the messages. Images count by their number, sound by the rest of its message. */
function addMessages(messages: unknown, size: PromptSize): void {
  const open = [messages];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === 'string') size.length += englishLength(value);
    if (!isObject(value)) continue;
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'image_url') size.images += 1;
      else if (name !== 'input_audio' && !labels.has(name) && inner !== undefined) open.push(inner);
    }
  }
}

/** Of all that the model is told: messages, and what stands beside them, such as tools and the form of the answer. */
export function promptSizeOf({ messages, ...rest }: Record<string, unknown>): PromptSize {
  const size: PromptSize = { length: 0, images: 0 };
  addMessages(messages, size);
  for (const value of Object.values(rest)) {
    if (typeof value === 'string') size.length += englishLength(value);
    else if (isObject(value)) size.length += englishLength(JSON.stringify(value));
  }
  return size;
}
