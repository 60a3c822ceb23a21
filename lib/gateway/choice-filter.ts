import type { OutputFilter } from '#lib/guardrails/output-filter.ts';
import type { ChatChunkBody } from '#lib/llm/chat-chunk.ts';

type Choice = NonNullable<ChatChunkBody['choices']>[number];
type Delta = NonNullable<Choice['delta']>;
type ToolCall = NonNullable<Delta['tool_calls']>[number];

/** One of an answer's choices, of which only what may be shown is. */
export interface ChoiceFilter {
  /** The choice as it may be shown; nothing of it once it has ended. */
  push(choice: Choice): Choice[];
  readonly isBlocked: boolean;
}

/** Texts of a delta. A text under any other name is not shown: nobody has looked at it. */
const textNames = ['content', 'reasoning_content', 'refusal'] as const;
type TextName = (typeof textNames)[number];

export function createChoiceFilter(createOutputFilter: () => OutputFilter): ChoiceFilter {
  /** Each is a text of its own. */
  const texts = new Map<TextName, OutputFilter>();
  const calls = new Map<number, OutputFilter>();
  let hasEnded = false;

  function filterOf<Key>(filters: Map<Key, OutputFilter>, key: Key): OutputFilter {
    const known = filters.get(key) ?? createOutputFilter();
    filters.set(key, known);
    return known;
  }

  function pushCall(call: ToolCall, place: number): ToolCall {
    const { function: called } = call;
    if (typeof called?.arguments !== 'string') return call;
    const index = typeof call['index'] === 'number' ? call['index'] : place;
    return { ...call, function: { ...called, arguments: filterOf(calls, index).push(called.arguments) } };
  }

  function pushDelta(delta: Delta): Delta {
    const shown: Delta = {};
    if (delta['role'] !== undefined) shown['role'] = delta['role'];
    for (const name of textNames) {
      const text = delta[name];
      if (typeof text === 'string') shown[name] = filterOf(texts, name).push(text);
    }
    if (delta.tool_calls) shown.tool_calls = delta.tool_calls.map(pushCall);
    return shown;
  }

  /** Adds what was held back of texts that have come to their end. */
  function addRest(shown: Delta): void {
    for (const name of textNames) {
      const rest = texts.get(name)?.end() ?? '';
      if (rest !== '') shown[name] = (shown[name] ?? '') + rest;
    }
    const ended = [...calls].map(([index, filter]) => ({ index, function: { arguments: filter.end() } }));
    const rests = ended.filter((call) => call.function.arguments !== '');
    if (rests.length > 0) shown.tool_calls = [...(shown.tool_calls ?? []), ...rests];
  }

  const isBlocked = () => [...texts.values(), ...calls.values()].some((filter) => filter.isBlocked);

  return {
    push({ index, delta, finish_reason: reason }) {
      if (hasEnded) return [];
      const shown = pushDelta(delta ?? {});
      if (reason && !isBlocked()) addRest(shown);
      hasEnded = Boolean(reason) || isBlocked();
      return [{ index, delta: shown, finish_reason: isBlocked() ? 'content_filter' : reason }];
    },
    get isBlocked() {
      return isBlocked();
    },
  };
}
