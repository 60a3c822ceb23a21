import { expect, test } from 'vitest';
import { createReceiveUpload } from '#lib/http/receive-upload.ts';
import { calm, createScope } from '#tests/support/scope.ts';

const mebibyte = 1024 * 1024;
const acme = createScope('acme');
const beta = createScope('beta');

const toRequest = (body: Uint8Array<ArrayBuffer> | ReadableStream, headers: Record<string, string> = {}): Request =>
  new Request('http://platform.test', { method: 'POST', body, headers, duplex: 'half' });

const declared = (bytes: number): Request => toRequest(new Uint8Array(bytes), { 'content-length': String(bytes) });

/** A body that does not say how long it is. */
const chunked = (bytes: number): Request => {
  const parts = Array.from({ length: 16 }, () => new Uint8Array(bytes / 16));
  return toRequest(ReadableStream.from(parts));
};

const refused = expect.objectContaining({ code: expect.stringMatching(/^(?:overloaded|concurrency_limited)$/) });

test('of the places for large bodies at most half are one tenant’s', async () => {
  const receive = createReceiveUpload({ atOnce: 6, patience: 5 });
  const large = () => declared(2 * mebibyte);
  const held = await Promise.all([1, 2, 3].map(() => receive(large(), calm, acme)));
  await expect(receive(large(), calm, acme)).rejects.toEqual(refused);

  const other = await receive(large(), calm, beta);
  expect(other.bytes).toHaveLength(2 * mebibyte);
  for (const { release } of held) release();
  await expect(receive(large(), calm, acme)).resolves.toBeDefined();
});

test('a place that is given back twice is free once', async () => {
  const receive = createReceiveUpload({ atOnce: 2, patience: 5 });
  const large = () => declared(2 * mebibyte);
  const { release } = await receive(large(), calm, acme);
  release();
  release();
  await receive(large(), calm, acme);
  await expect(receive(large(), calm, acme)).rejects.toEqual(refused);
});

test('a body that does not tell its length takes a place when it turns out to be large', async () => {
  const receive = createReceiveUpload({ atOnce: 2, patience: 5 });
  const { release } = await receive(declared(2 * mebibyte), calm, acme);
  await expect(receive(chunked(mebibyte), calm, acme)).resolves.toMatchObject({ bytes: { byteLength: mebibyte } });
  await expect(receive(chunked(2 * mebibyte), calm, acme)).rejects.toEqual(refused);
  release();
  const { bytes } = await receive(chunked(2 * mebibyte), calm, acme);
  expect(bytes).toHaveLength(2 * mebibyte);
  await expect(receive(declared(2 * mebibyte), calm, acme)).rejects.toEqual(refused);
});

test('what is too large gives its place back', async () => {
  const receive = createReceiveUpload({ atOnce: 2, maxBytes: 2 * mebibyte, patience: 5 });
  for (const body of [chunked(4 * mebibyte), declared(4 * mebibyte)])
    await expect(receive(body, calm, acme)).rejects.toMatchObject({ code: 'too_large' });
  await expect(receive(declared(2 * mebibyte), calm, acme)).resolves.toBeDefined();
});
