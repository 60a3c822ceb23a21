import { randomBytes } from 'node:crypto';

const partLength = 12;

/** A text that nothing but its place in a request holds; visible ASCII, as a key is. */
export const createCanary = (): string => `zq${randomBytes(14).toString('hex')}`;

/** What base64 makes of the bytes wherever they stand within others. */
function toBase64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
}

/** A part of the canary as it may have come through: as it is, encoded, escaped, in other case. */
function toForms(part: string): string[] {
  const bytes = Buffer.from(part);
  const base64 = toBase64Forms(bytes);
  const hex = bytes.toString('hex');
  return [
    part,
    part.toUpperCase(),
    part.toLowerCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    hex,
    hex.toUpperCase(),
    encodeURIComponent(part),
    hex.replaceAll(/../g, '%$&'),
    JSON.stringify(part).slice(1, -1),
    [...part].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    [...part].toReversed().join(''),
  ];
}

/** The canaries, by their names, of which the text holds the first or the last characters in any form. */
export function findCanaries(canaries: Readonly<Record<string, string>>, text: string): string[] {
  return Object.entries(canaries)
    .filter(([, canary]) =>
      [canary.slice(0, partLength), canary.slice(-partLength)].some((part) =>
        toForms(part).some((form) => text.includes(form)),
      ),
    )
    .map(([name]) => name);
}
