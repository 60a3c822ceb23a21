import { execFile } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { toTargetAlias } from '#lib/retrieval/opensearch/names.ts';
import { createBackupWorld } from './opensearch-world.ts';

vi.setConfig({ testTimeout: 180_000 });

type World = Awaited<ReturnType<typeof createBackupWorld>>;

const findScratch = async ({ send }: World): Promise<string[]> =>
  Object.keys(Object(await send('GET', '/genai_verify_*?allow_no_indices=true&filter_path=*.aliases')));

/** Of the platform's three tenants, whose indices other suites' tenants may stand beside. */
const linesOf = ({ tenants }: World, output: string): string[] =>
  output.split('\n').filter((line) => tenants.some((tenant) => line.startsWith(`${tenant}  `)));

test('a snapshot is verified by restoring each tenant’s index beside, and nothing of the tenants changes', async () => {
  const world = await createBackupWorld();
  const [acme, corp, other] = world.tenants;
  const name = await world.takeSnapshot();
  await world.store(corp, 9, { text: 'Changed later.' });
  await world.send('DELETE', `/${await world.nameOf(other)}`);
  const before = [await world.readAll(acme), await world.readAll(corp)];

  const { code, output } = await world.snapshot('verify');
  expect(code, output).toBe(0);
  const lines = linesOf(world, output);
  expect(lines).toHaveLength(3);
  expect(lines).toContainEqual(
    expect.stringMatching(`^${acme}  verified .*: [1-9]\\d+ rows, as many as the tenant has$`),
  );
  expect(lines).toContainEqual(expect.stringMatching(`^${corp}  verified .* was written since$`));
  expect(lines).toContainEqual(expect.stringMatching(`^${other}  verified .* another by now$`));
  expect(output).toMatch(new RegExp(`^${name} {2}(\\d+) of \\1 tenants verified, 0 failed$`, 'm'));
  expect(await findScratch(world)).toEqual([]);
  expect([await world.readAll(acme), await world.readAll(corp)]).toEqual(before);
  expect(await world.findIndices(acme)).toEqual([await world.nameOf(acme)]);
});

test('a sample verifies so many tenants', async () => {
  const world = await createBackupWorld();
  await world.takeSnapshot();
  const { code, output } = await world.snapshot('verify', '--sample', '2');
  expect(code, output).toBe(0);
  expect(output.split('\n').filter((line) => line.includes('  verified '))).toHaveLength(2);
  expect(output).toMatch(/ {2}2 of \d+ tenants verified, 0 failed$/m);
});

test('an index without its ledger, or that is none of the platform, fails, and the other tenants are verified', async () => {
  const world = await createBackupWorld();
  const [acme, corp, other] = world.tenants;
  const { incarnation } = await world.refOf(acme);
  await world.send('DELETE', `/${await world.nameOf(acme)}`);
  await world.send('PUT', `/${await world.nameOf(acme, 1)}`, { mappings: { _meta: { incarnation } } });
  await world.send('DELETE', `/${await world.nameOf(corp)}`);
  await world.send('PUT', `/${await world.nameOf(corp, 1)}`, {});
  const name = await world.takeSnapshot();
  const { code, output } = await world.snapshot('verify', '--snapshot', name);
  expect(code).toBe(1);
  expect(output).toContain(`${acme}  failed: ${await world.nameOf(acme, 1)} is not complete: it has no ledger`);
  expect(output).toContain(`${corp}  failed: ${await world.nameOf(corp, 1)} is none of the platform`);
  expect(output).toContain(`${other}  verified ${await world.nameOf(other)}: `);
  expect(output).toMatch(/, 2 failed$/m);
  expect(await findScratch(world)).toEqual([]);
});

test('what a re-indexing was filling is passed over, as restoring does', async () => {
  const world = await createBackupWorld();
  const [acme] = world.tenants;
  const { incarnation } = await world.refOf(acme);
  await world.send('PUT', `/${await world.nameOf(acme, 1)}`, {
    aliases: { [toTargetAlias({ tenantId: acme, incarnation })]: {} },
    mappings: { _meta: { schema: 1, incarnation, embedder: null } },
  });
  await world.takeSnapshot();
  const { code, output } = await world.snapshot('verify');
  expect(code, output).toBe(0);
  expect(output).toContain(`${acme}  verified ${await world.nameOf(acme)}: `);
});

test('an interrupted run deletes what it restored, and the next run what a killed one left', async () => {
  const world = await createBackupWorld();
  await world.takeSnapshot();
  const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      ['functions/operator/snapshot.ts', 'verify', '--repository', world.repository],
      { env: { PATH: process.env['PATH'], ...world.env } },
      (error, text) => resolve({ code: error?.code, stdout: text }),
    );
    child.stdout?.once('data', () => child.kill('SIGTERM'));
  });
  expect(code).toBe(1);
  expect(stdout).not.toContain('tenants verified');
  expect(await findScratch(world)).toEqual([]);

  await world.send('PUT', '/genai_verify_gone_1', {});
  const next = await world.snapshot('verify');
  expect(next, next.output).toMatchObject({
    code: 0,
    output: expect.stringContaining('genai_verify_gone_1  left over, deleted'),
  });
  expect(await findScratch(world)).toEqual([]);
});

test('no snapshot, an old one, and what is no call are told', async () => {
  const world = await createBackupWorld();
  const { snapshot } = world;
  expect(await snapshot('verify')).toMatchObject({ code: 1, output: expect.stringContaining('missing') });
  const name = await world.takeSnapshot();
  const old = await snapshot('verify', '--max-age', '0m', '--sample', '1');
  expect(old).toMatchObject({ code: 1, output: expect.stringContaining(`failed: ${name} is too old`) });
  expect(old.output, 'it is verified all the same').toContain('1 of ');
  expect(await snapshot('verify', '--snapshot', name, '--sample', '1')).toMatchObject({ code: 0 });
  expect(await snapshot('verify', '--snapshot', 'genai-none')).toMatchObject({ code: 1 });
  await world.send('DELETE', `/_snapshot/${world.repository}/${name}`);
  expect(await snapshot('verify')).toMatchObject({
    code: 1,
    output: expect.stringContaining('holds no complete snapshot'),
  });
  for (const args of [['--max-age', '1y'], ['--sample', '0'], ['--all'], ['more']]) {
    expect(await snapshot('verify', ...args)).toMatchObject({ code: 2, output: expect.stringContaining('Usage') });
  }
});
