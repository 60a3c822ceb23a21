/** Where the text of an event stream goes. Its head is sent when it is opened. */
export interface EventSink {
  /** What Hono is to be given. */
  readonly response: Response;
  write(text: string): void;
  /** True while the reader has yet to take enough of what was written. */
  readonly isFull: boolean;
  /** Calls back once when it no longer is. */
  onceDrained(listener: () => void): void;
  end(): void;
  /** Ends it so that it can't be taken for complete. */
  cut(): void;
}
