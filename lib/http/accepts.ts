/** True where the `Accept` header names this very media type. */
export const accepts = (header: string | undefined, mediaType: string): boolean =>
  header?.split(',').some((type) => type.split(';')[0]?.trim() === mediaType) ?? false;

/** True where the client asks for a stream of events. */
export const acceptsEventStream = (header: string | undefined): boolean => accepts(header, 'text/event-stream');
