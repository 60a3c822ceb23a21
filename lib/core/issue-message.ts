import type { BaseIssue } from 'valibot';

/** What was expected. Valibot's own messages go on with what was given instead, which may be long, and is nobody's to see. */
export const issueMessage = ({ message }: BaseIssue<unknown>): string => message.replace(/ but received [^]*$/, '');
