import type { CatalogueText } from './catalogue-text.ts';

const repeated = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];

/** What does not fit together, though each part of it is well written. */
export function checkCatalogue(
  { providers, models, default_model: defaultModel }: CatalogueText,
  builtInId: string,
): string[] {
  const providerIds = new Set(providers.map(({ id }) => id));
  const kinds = new Map(models.map(({ id, kind }) => [id, kind]));
  const problems = [
    ...repeated(providers.map(({ id }) => id)).map((id) => `providers: ${id} is there twice`),
    ...repeated(models.map(({ id }) => id)).map((id) => `models: ${id} is there twice`),
  ];
  for (const [index, { id, kind, provider, fallbacks }] of models.entries()) {
    if (id === builtInId) problems.push(`models.${index}.id is the name of the built-in model`);
    if (!providerIds.has(provider)) problems.push(`models.${index}.provider is not one of the providers`);
    for (const [place, fallback] of fallbacks.entries()) {
      const path = `models.${index}.fallbacks.${place}`;
      if (fallback === id) problems.push(`${path} is the model itself`);
      else if (kinds.get(fallback) !== kind) problems.push(`${path} is not another ${kind} model`);
    }
  }
  if (defaultModel !== undefined && kinds.get(defaultModel) !== 'chat')
    problems.push('default_model is not one of the chat models');
  return problems;
}
