import type { Container } from './knative-services.ts';

export interface Variable {
  name: string;
  value: string;
}

export interface Wanted {
  image: string | undefined;
  env: readonly Variable[];
}

/** The containers with the wanted image and variables in the first one; `undefined` where they have them. */
export function changeTemplate(containers: readonly Container[], { image, env }: Wanted): Container[] | undefined {
  const [first, ...others] = containers;
  if (!first) throw new Error('The Service has no container');
  const present = first.env ?? [];
  const isSame = env.every(({ name, value }) => present.some((one) => one.name === name && one.value === value));
  if (isSame && (image === undefined || image === first.image)) return undefined;
  const names = new Set(env.map(({ name }) => name));
  const changed = {
    ...first,
    ...(image === undefined ? {} : { image }),
    ...(env.length === 0 ? {} : { env: [...present.filter(({ name }) => !names.has(name)), ...env] }),
  };
  return [changed, ...others];
}
