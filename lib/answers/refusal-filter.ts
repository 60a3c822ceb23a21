/** What the model is told to say, and only that, where the sources don't answer. */
export const refusalMark = 'NO_EVIDENCE';

/** Holds an answer's beginning back until it can't be the refusal any more. */
export interface RefusalFilter {
  push(text: string): string;
  end(): { text: string; isRefusal: boolean };
}

export function createRefusalFilter(): RefusalFilter {
  let held: string | undefined = '';
  return {
    push(text) {
      if (held === undefined) return text;
      held += text;
      const begin = held.trimStart();
      if (refusalMark.startsWith(begin) || (begin.startsWith(refusalMark) && begin.length <= refusalMark.length + 2))
        return '';
      const all = held;
      held = undefined;
      return all;
    },
    end() {
      const rest = held ?? '';
      const isRefusal = held !== undefined && rest.trim().startsWith(refusalMark);
      return { text: isRefusal ? '' : rest, isRefusal };
    },
  };
}
