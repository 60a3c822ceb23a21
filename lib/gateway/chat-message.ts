import * as v from 'valibot';
import { Content, Name, text } from './chat-fields.ts';
import { isPublicUrl } from './public-url.ts';

const TextPart = v.looseObject({ type: v.literal('text'), text: Content });

export const TextContent = v.union([Content, v.pipe(v.array(TextPart), v.maxLength(1_000))]);

/** Whoever runs the model follows it, and may do so from inside of this network. */
const PublicUrl = v.pipe(text(8_192), v.check(isPublicUrl, 'must be a public https URL, or a data URL'));
const DataUrl = v.pipe(Content, v.regex(/^data:/i));
const isData = (data: string): boolean => !/^(?!data:)[a-z][a-z0-9+.-]*:/i.test(data);

/** Ids of files and sounds name what belongs to the account at the provider, which all tenants have together. */
const byId = 'names something at the provider: send its data';

const Part = v.variant('type', [
  TextPart,
  v.looseObject({ type: v.literal('refusal'), refusal: Content }),
  v.looseObject({
    type: v.literal('image_url'),
    image_url: v.looseObject({ url: v.union([DataUrl, PublicUrl], 'must be a public https URL, or a data URL') }),
  }),
  v.looseObject({ type: v.literal('input_audio'), input_audio: v.strictObject({ data: Content, format: Name }) }),
  v.looseObject({
    type: v.literal('file'),
    file: v.strictObject(
      {
        file_data: v.pipe(Content, v.check(isData, 'must be the data of the file')),
        filename: v.optional(Name),
        file_id: v.optional(v.never(byId)),
      },
      'may have its data and its name alone',
    ),
  }),
]);

const ToolCall = v.looseObject({
  id: v.optional(Name),
  type: v.optional(v.picklist(['function', 'custom'])),
  function: v.optional(v.looseObject({ name: Name, arguments: Content })),
});

const ToolCalls = v.pipe(
  v.nullish(v.pipe(v.array(ToolCall), v.maxLength(128))),
  v.transform((calls) => calls ?? undefined),
);

export const ChatMessageSchema = v.looseObject({
  role: v.picklist(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: v.nullish(v.union([Content, v.pipe(v.array(Part), v.maxLength(1_000))])),
  name: v.nullish(Name),
  tool_calls: v.optional(ToolCalls),
  tool_call_id: v.nullish(Name),
  audio: v.optional(v.null(byId)),
});
