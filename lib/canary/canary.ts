/** One side of the probe: a tenant, and what nobody but it may ever be answered. */
export interface Canary {
  tenantId: string;
  /** Stands in the title, the text and the metadata of each of its documents, and in no request. */
  secret: string;
  /** Begins the ids of its documents. */
  mark: string;
  /** Of a member of the group that some of the documents are for. */
  token: string;
}

/** The same on both sides: a filter on groups alone keeps nobody out. */
export const canaryGroup = 'leak-canary';

export interface CanaryDocument {
  id: string;
  title: string;
  text: string;
  metadata: Record<string, string>;
  groups: string[];
}

/** `word` is in the documents of both sides: who searches for it finds the other's as well, where nothing is in between. */
export function toDocuments({ mark, secret }: Pick<Canary, 'mark' | 'secret'>, word: string): CanaryDocument[] {
  const toDocument = (name: string, groups: string[]): CanaryDocument => ({
    id: `${mark}-${name}`,
    title: `Code of ${word} ${secret}`,
    text: `The code of ${word} is ${secret}. It is kept in the ${name} file of ${word}.`,
    metadata: { word, code: secret },
    groups,
  });
  return [
    toDocument('first', []),
    toDocument('second', []),
    toDocument('third', [canaryGroup]),
    toDocument('fourth', [canaryGroup]),
  ];
}
