import * as v from 'valibot';

/** How the simulated model is to answer. Its prompt says it: nothing else goes through a gateway unchanged. */
const SimulatedCallSchema = v.strictObject({
  tokens: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Milliseconds between tokens. */
  delay: v.pipe(v.number(), v.minValue(0)),
});

export type SimulatedCall = v.InferOutput<typeof SimulatedCallSchema>;

const BodySchema = v.looseObject({ messages: v.tuple([v.looseObject({ content: v.string() })]) });

export const simulatedModel = 'simulated';

export const toChatBody = (call: SimulatedCall, stream: boolean): string =>
  JSON.stringify({
    model: simulatedModel,
    stream,
    ...(stream ? { stream_options: { include_usage: true } } : {}),
    messages: [{ role: 'user', content: JSON.stringify(call) }],
  });

export function fromChatBody(body: unknown): SimulatedCall {
  const [{ content }] = v.parse(BodySchema, body).messages;
  return v.parse(SimulatedCallSchema, JSON.parse(content));
}
