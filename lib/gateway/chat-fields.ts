import * as v from 'valibot';

/** Fields of a chat completion's request; the limits of the JSON text bound what is in them beside. */

export const text = (max: number) => v.pipe(v.string(), v.maxLength(max));
export const between = (min: number, max: number) => v.nullish(v.pipe(v.number(), v.minValue(min), v.maxValue(max)));
export const integer = (min: number, max: number) =>
  v.nullish(v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)));

/** As long as the body may be: images and files stand in it. */
export const Content = text(8 * 1024 * 1024);
export const Name = text(256);
