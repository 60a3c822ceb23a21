import { canonicalJson, sha256Hex } from '#lib/core/digest.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Question } from './answer.ts';

/** What, beside the question and who asks it, decides what is answered. */
export interface AnswerFacts {
  /** The id of the model that was chosen. */
  model: string;
  /** Of the prompt, and of all that looks for evidence and checks the answer. */
  promptVersion: string;
  embedder: string | undefined;
}

export interface AnswerDigests {
  /** Equal where the answer is the same, as long as the documents are. */
  exact: string;
  /** The same without the question. */
  others: string;
}

/** A record in another form is another record. */
const recordVersion = 1;

const normalise = (question: string): string => question.normalize('NFC').trim().replace(/\s+/g, ' ');

/** Visibility depends on groups alone: neither who of them asks nor in which role. The tenant is part of each key anyway. */
export function toDigests(scope: TenantScope, asked: Question, facts: AnswerFacts): AnswerDigests {
  const { question, conversation, limit, filter, maxOutputTokens, temperature } = asked;
  const others = {
    recordVersion,
    ...facts,
    groups: [...new Set(scope.groups)].toSorted(),
    retrieval: scope.retrieval,
    guardrails: scope.guardrails,
    conversation: conversation.map(({ role, content }) => ({ role, content })),
    limit,
    filter,
    maxOutputTokens,
    temperature,
  };
  return {
    exact: sha256Hex(canonicalJson({ ...others, question: normalise(question) })),
    others: sha256Hex(canonicalJson(others)),
  };
}
