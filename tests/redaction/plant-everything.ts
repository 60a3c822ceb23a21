import type { CanaryWorld } from './canary-world.ts';
import { plantCredentials } from './plant-credentials.ts';
import { plantDocuments } from './plant-documents.ts';
import { plantPrompts } from './plant-prompts.ts';
import { plantTenants } from './plant-tenants.ts';
import { plantWrongRequests } from './plant-wrong-requests.ts';

/** What is given back as it came, and the words by which cached answers are told apart. */
const keptBeside = ['tenant name', 'name of a key', 'group of a key', 'model of a tenant', 'knowledge'];

export const lastRequestId = 'the-last-request';

/** Plants a canary in every input there is, and waits for the log of it. Gives the names of those that may be stored. */
export async function plantEverything(world: CanaryWorld): Promise<{ kept: ReadonlySet<string> }> {
  await plantDocuments(world);
  const ofDocuments = Object.keys(world.planted).filter((name) => !/^token |^x-|-agent$|^cookie$|^referer$/.test(name));
  await plantPrompts(world);
  await plantCredentials(world);
  await plantWrongRequests(world);
  await plantTenants(world);
  await world.ask('GET /v1/documents', {
    token: await world.createToken(),
    headers: { 'x-request-id': lastRequestId },
  });
  const { server } = world;
  for (let waited = 0; !server.output().includes(lastRequestId) && waited < 10_000; waited += 50)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return { kept: new Set([...ofDocuments, ...keptBeside]) };
}
