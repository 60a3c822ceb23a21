import * as v from 'valibot';
import { AuditEventSchema, type AuditEvent } from './audit-event.ts';
import type { StoredBlock } from './audit-store.ts';
import { isInRange, type TimeRange } from './time-range.ts';

const Events = v.array(AuditEventSchema);

/** The block's events of that time. Throws for one that was made something else: verifying tells which it is. */
export const eventsOf = ({ events }: Pick<StoredBlock, 'events'>, range: TimeRange): AuditEvent[] =>
  v.parse(Events, events).filter(({ timestamp }) => isInRange(timestamp, range));
