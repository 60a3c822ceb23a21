import { createCanary } from './canary.ts';
import type { LoadTenant } from './plan.ts';
import type { RandomInt } from './random.ts';

type LoadDocument = LoadTenant['documents'][number];

const subjects = 'Kestrel Heron Osprey Plover Curlew Merlin Siskin Dunlin Gannet Avocet Bittern Wagtail'.split(' ');

/** One document for each pump of the tenant's plant, with a canary as the code that is asked for. */
export const createDocuments = (tag: string, randomInt: RandomInt): LoadDocument[] =>
  subjects.map((subject) => ({
    id: `pump-${subject.toLowerCase()}`,
    subject,
    canary: createCanary(tag, randomInt),
  }));

export const toQuestion = ({ subject }: LoadDocument): string => `What is the maintenance code of pump ${subject}?`;

/** The document as it is ingested. */
export const toInput = ({ id, subject, canary }: LoadDocument) => ({
  id,
  title: `Pump ${subject}`,
  text:
    `The maintenance code of pump ${subject} is ${canary}. ` +
    `Pump ${subject} feeds the cooling circuit and is opened once a year. ` +
    `Its valve is checked before every start, and its seal is replaced when the pressure falls below four bar.`,
});
