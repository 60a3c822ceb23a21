import * as v from 'valibot';

/** Where a Redis server is and how it is spoken to. */
export interface RedisAddress {
  host: string;
  port: number;
  isTls: boolean;
  username: string | undefined;
  password: string | undefined;
  database: number;
}

const textOf = (encoded: string): string | undefined => (encoded === '' ? undefined : decodeURIComponent(encoded));

function parseAddress(text: string): RedisAddress | undefined {
  const url = URL.parse(text.trim());
  const database = /^\/?(\d{0,3})$/.exec(url?.pathname ?? 'none')?.[1];
  if (!url || !/^rediss?:$/.test(url.protocol) || !/^[\w.:[\]-]+$/.test(url.hostname)) return undefined;
  if (database === undefined) return undefined;
  try {
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port === '' ? 6_379 : url.port),
      isTls: url.protocol === 'rediss:',
      username: textOf(url.username),
      password: textOf(url.password),
      database: Number(database),
    };
  } catch {
    // A credential that is not escaped.
    return undefined;
  }
}

/** One URL, or those of a cluster's nodes between commas. */
export const RedisUrlSchema = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(4_096),
  v.transform((text) => text.split(',').map(parseAddress)),
  v.check((addresses) => !addresses.includes(undefined)),
  v.transform((addresses) => addresses.filter((address) => address !== undefined)),
);
