/** Looked for in a text as `normaliseText` gives it; bounded in length, so that the search stays linear. */
export interface InjectionRule {
  /** Goes to the audit trail. */
  readonly name: string;
  readonly pattern: RegExp;
}
