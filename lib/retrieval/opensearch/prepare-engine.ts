import * as v from 'valibot';
import { unlessMissing } from './errors.ts';
import { engineTimeouts, type Manage } from './manage.ts';
import { indexTemplate, pipelines, schemaVersion, templateName } from './schema.ts';

const Templates = v.object({
  index_templates: v.array(v.object({ index_template: v.object({ version: v.optional(v.number(), 0) }) })),
});

async function prepareTemplate(manage: Manage, replicas: number, signal: AbortSignal): Promise<void> {
  const path = `/_index_template/${templateName}`;
  const answer = await unlessMissing(manage({ method: 'GET', path }, signal));
  const version = answer === undefined ? 0 : v.parse(Templates, answer).index_templates[0]?.index_template.version;
  // A newer release may have been here before, and may be rolled back to this one.
  if ((version ?? 0) >= schemaVersion) return;
  const { cluster_manager_timeout } = engineTimeouts;
  await manage({ method: 'PUT', path, query: { cluster_manager_timeout }, body: indexTemplate({ replicas }) }, signal);
}

/** The pipelines and the template that all tenants' indices need. */
export const createPrepareEngine =
  (manage: Manage, { replicas }: { replicas: number }) =>
  async (signal: AbortSignal): Promise<void> => {
    // A pipeline's name holds its version: what is there under it is the same.
    for (const [name, body] of Object.entries(pipelines))
      await manage({ method: 'PUT', path: `/_search/pipeline/${name}`, body }, signal);
    await prepareTemplate(manage, replicas, signal);
  };
