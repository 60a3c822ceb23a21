/** A text of a request, and where it stands in it. */
export interface InputText {
  path: string;
  text: string;
}

interface Part {
  readonly type?: string;
  readonly text?: string | undefined;
}

interface ToolCall {
  readonly function?: { readonly arguments: string } | undefined;
}

/** A turn of a conversation, as far as it holds text: the platform's own or OpenAI's. */
export interface Message {
  readonly role: string;
  readonly content?: string | readonly Part[] | null | undefined;
  readonly tool_calls?: readonly ToolCall[] | undefined;
}

/** All that a model would read of the messages. Whoever sends them has written them all, whatever their role. */
export function toInputTexts(path: string, messages: readonly Message[]): InputText[] {
  return messages.flatMap(({ content, tool_calls: calls = [] }, index) => {
    const at = `${path}.${index}`;
    const parts = typeof content === 'string' ? [] : (content ?? []);
    return [
      ...(typeof content === 'string' ? [{ path: `${at}.content`, text: content }] : []),
      ...parts.flatMap(({ text }, part) => (text === undefined ? [] : [{ path: `${at}.content.${part}.text`, text }])),
      ...calls.flatMap((call, number) =>
        call.function ? [{ path: `${at}.tool_calls.${number}.function.arguments`, text: call.function.arguments }] : [],
      ),
    ];
  });
}

/** The messages with each of these texts changed. */
export const mapTexts = <M extends Message>(messages: readonly M[], change: (text: string) => string): M[] =>
  messages.map((message) => {
    const { content, tool_calls: calls } = message;
    const mapPart = (part: Part): Part => (part.text === undefined ? part : { ...part, text: change(part.text) });
    const mapCall = (call: ToolCall): ToolCall =>
      call.function ? { ...call, function: { ...call.function, arguments: change(call.function.arguments) } } : call;
    return {
      ...message,
      ...(typeof content === 'string' ? { content: change(content) } : {}),
      ...(content && typeof content === 'object' ? { content: content.map(mapPart) } : {}),
      ...(calls ? { tool_calls: calls.map(mapCall) } : {}),
    };
  });
