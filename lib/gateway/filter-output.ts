import type { Guard } from '#lib/guardrails/guard.ts';
import { openFilter } from '#lib/guardrails/output-filter.ts';
import type { ChatEvent, ChatEvents } from './chat-event.ts';
import { createChoiceFilter, type ChoiceFilter } from './choice-filter.ts';

/**
 * Keeps back what the tenant's policy blocks: a choice in which it occurs ends before it, with the reason
 * `content_filter`. Where the policy blocks nothing the events are left as they are.
 */
export function filterOutput(
  events: ChatEvents,
  guard: Pick<Guard, 'createOutputFilter'>,
  choices: number,
): ChatEvents {
  return guard.createOutputFilter() === openFilter ? events : filter(events, guard, choices);
}

async function* filter(events: ChatEvents, guard: Pick<Guard, 'createOutputFilter'>, choices: number): ChatEvents {
  const filters = new Map<number, ChoiceFilter>();

  const filterOf = (index: number): ChoiceFilter => {
    const known = filters.get(index) ?? createChoiceFilter(guard.createOutputFilter);
    filters.set(index, known);
    return known;
  };
  const isAllBlocked = () => [...filters.values()].filter(({ isBlocked }) => isBlocked).length === choices;

  /** What of the event is shown, if anything. */
  function show(event: ChatEvent): ChatEvent[] {
    const shown = event.chunk.choices?.flatMap((choice) => filterOf(choice.index).push(choice));
    if (shown?.length === 0 && event.chunk.choices?.length) return [];
    const chunk = { ...event.chunk, choices: shown };
    return [{ ...event, chunk, data: JSON.stringify(chunk) }];
  }

  for await (const some of events) {
    const shown: ChatEvent[] = [];
    for (const event of some) {
      shown.push(...show(event));
      if (isAllBlocked()) break;
    }
    if (shown.length > 0) yield shown;
    // Nobody would see the rest.
    if (isAllBlocked()) return;
  }
}
