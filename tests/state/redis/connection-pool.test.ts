import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createConnectionPool } from '#lib/state/redis/connection-pool.ts';
import { calm } from '#tests/support/scope.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface FakeConnection {
  number: number;
  isClosed: boolean;
  lose: () => void;
}

/** A pool on connections that are numbered; `refuse` makes opening fail. */
function createPool(maxConnections = 3) {
  const opened: FakeConnection[] = [];
  const control = { refusal: undefined as Error | undefined, attempts: 0 };
  const pool = createConnectionPool<FakeConnection>({
    async open(onEnd, signal) {
      control.attempts += 1;
      await Promise.resolve();
      signal.throwIfAborted();
      if (control.refusal) throw control.refusal;
      const connection: FakeConnection = { number: opened.length + 1, isClosed: false, lose: onEnd };
      opened.push(connection);
      return {
        client: connection,
        isLost: (error) => error instanceof Error && error.message === 'lost',
        close: () => void (connection.isClosed = true),
      };
    },
    maxConnections,
    random: () => 1,
  });
  onTestFinished(() => pool.close());
  return { pool, opened, control };
}

const never = new Promise<never>(() => undefined);
/** Aborts as a budget does. */
function createBudget() {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    expire: () => controller.abort(new DOMException('No answer in time', 'TimeoutError')),
  };
}

test('it connects at once, and calls that come earlier wait', async () => {
  const { pool, opened } = createPool();
  expect(await pool.use(async ({ number }) => number, calm)).toBe(1);
  expect(opened).toHaveLength(1);
});

test('another connection is opened when one is busy, up to the limit, and the idlest is taken', async () => {
  const { pool, opened } = createPool(2);
  await pool.use(async () => undefined, calm);
  const { signal } = createBudget();
  const start = (count: number) => {
    for (let call = 0; call < count; call += 1) void pool.use(() => never, signal);
    return vi.advanceTimersByTimeAsync(0);
  };
  await start(32);
  expect(opened).toHaveLength(1);
  await start(1);
  expect(opened).toHaveLength(2);
  expect(await pool.use(async ({ number }) => number, calm)).toBe(2);
  await start(200);
  expect(opened).toHaveLength(2);
});

test('a connection that was lost is replaced', async () => {
  const { pool, opened } = createPool();
  await pool.use(async () => undefined, calm);
  opened[0]?.lose();
  await vi.advanceTimersByTimeAsync(0);
  const waiting = pool.use(async ({ number }) => number, calm);
  await vi.advanceTimersByTimeAsync(30);
  expect(await waiting).toBe(2);
});

test('a call that tells of the loss itself is the last one on its connection', async () => {
  const { pool, opened } = createPool();
  const fail = (message: string) => pool.use(() => Promise.reject(new Error(message)), calm);
  await expect(fail('WRONGTYPE')).rejects.toThrow('WRONGTYPE');
  expect(opened[0]?.isClosed).toBe(false);
  await expect(fail('lost')).rejects.toThrow('lost');
  expect(opened[0]?.isClosed).toBe(true);
  const waiting = pool.use(async ({ number }) => number, calm);
  await vi.advanceTimersByTimeAsync(30);
  expect(await waiting).toBe(2);
});

test('three calls in a row without an answer condemn a connection, and an answer between them does not', async () => {
  const { pool, opened } = createPool();
  const giveUp = async () => {
    const { signal, expire } = createBudget();
    const call = pool.use(() => never, signal);
    await vi.advanceTimersByTimeAsync(0);
    expire();
    await expect(call).rejects.toThrow('No answer in time');
  };
  await giveUp();
  await giveUp();
  await pool.use(async () => undefined, calm);
  await giveUp();
  await giveUp();
  expect(opened[0]?.isClosed).toBe(false);
  await giveUp();
  expect(opened[0]?.isClosed).toBe(true);
  await vi.advanceTimersByTimeAsync(30);
  expect(await pool.use(async ({ number }) => number, calm)).toBe(2);
});

test('callers that leave condemn nothing', async () => {
  const { pool, opened } = createPool();
  for (let call = 0; call < 5; call += 1) {
    const caller = new AbortController();
    const pending = pool.use(() => never, caller.signal);
    await vi.advanceTimersByTimeAsync(0);
    caller.abort(new Error('gone'));
    await expect(pending).rejects.toThrow('gone');
  }
  expect(opened[0]?.isClosed).toBe(false);
});

test('it tries again ever later, half a second apart at most, and a call tells why it waited in vain', async () => {
  const { pool, control, opened } = createPool();
  control.refusal = new Error('WRONGPASS');
  const { signal, expire } = createBudget();
  const call = pool.use(async () => undefined, signal);
  await vi.advanceTimersByTimeAsync(10);
  expire();
  await expect(call).rejects.toThrow('WRONGPASS');
  await vi.advanceTimersByTimeAsync(2_000);
  const before = control.attempts;
  expect(before).toBeLessThanOrEqual(9);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(control.attempts - before).toBe(10);
  control.refusal = undefined;
  await vi.advanceTimersByTimeAsync(500);
  expect(opened).toHaveLength(1);
});

test('a closed pool closes its connections, opens no other, and refuses calls at once', async () => {
  const { pool, opened, control } = createPool();
  await pool.use(async () => undefined, calm);
  pool.close();
  expect(opened[0]?.isClosed).toBe(true);
  await expect(pool.use(async () => undefined, calm)).rejects.toThrow('closed');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(control.attempts).toBe(1);
});
