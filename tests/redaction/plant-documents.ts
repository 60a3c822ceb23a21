import { createPdf } from '#tests/documents/pdf-files.ts';
import { createDocx, heading, paragraph } from '#tests/documents/docx-files.ts';
import type { CanaryWorld } from './canary-world.ts';

const toFile = (bytes: Uint8Array, name: string, type: string): FormData => {
  const form = new FormData();
  form.append('file', new Blob([Uint8Array.from(bytes)], { type }), name);
  return form;
};

/** Documents of every media type, whole and damaged, with a canary in each of their fields and in their content. */
export async function plantDocuments({ plant, ask, createToken }: CanaryWorld): Promise<void> {
  const token = await createToken({ role: 'tenant_admin' });
  const text = (name: string) => `The ${plant(name)} opens at noon.`;
  const documents = [
    { id: 'plain', title: plant('title'), text: text('text/plain') },
    { id: 'markdown', media_type: 'text/markdown', text: `# ${plant('heading')}\n\n${text('text/markdown')}` },
    { id: 'html', media_type: 'text/html', text: `<h1>${plant('html title')}</h1><p>${text('text/html')}</p>` },
    { id: 'csv', media_type: 'text/csv', text: `name,value\n${plant('text/csv')},1\n` },
    { id: 'json', media_type: 'application/json', text: `{"a":"${plant('application/json')}"}` },
    { id: 'ndjson', media_type: 'application/x-ndjson', text: `{"a":"${plant('application/x-ndjson')}"}\n` },
    { id: 'broken-json', media_type: 'application/json', text: `{"a": ${plant('broken json')}` },
    { id: 'broken-ndjson', media_type: 'application/x-ndjson', text: `{"a":1}\n${plant('broken ndjson')}` },
    { id: 'broken-csv', media_type: 'text/csv', text: `a,b\n"${plant('broken csv')}` },
    { id: 'typed', media_type: `text/${plant('media type')}`, text: 'Text.' },
    { id: 'metadata', text: 'Text of it.', metadata: { reference: plant('metadata'), list: [plant('metadata list')] } },
    { id: 'groups', text: 'Text for few.', groups: [plant('group')] },
    { id: `no id: ${plant('refused id')}?`, text: 'Text.' },
    { id: 'bad-base64', content: `*${plant('bad base64')}*` },
    { id: 'bad-title', title: [plant('bad title')], text: 'Text.' },
    { id: 'bad-metadata', metadata: plant('bad metadata'), text: 'Text.' },
  ];
  await ask('POST /v1/documents', { token, json: { documents } });
  await ask('POST /v1/documents', { token, json: { documents }, headers: { accept: 'text/event-stream' } });
  await ask('PUT /v1/documents/put', { token, json: { title: plant('put title'), text: text('put') } });
  await ask('PUT /v1/documents/broken', { token, json: { media_type: 'application/json', text: plant('put broken') } });

  const pdf = await createPdf([[text('application/pdf')]], { title: plant('pdf title') });
  const docx = await createDocx(heading(plant('docx heading')), paragraph(text('docx')));
  const brokenPdf = Buffer.from(`%PDF-1.4\n1 0 obj\n<< /Type /${plant('broken pdf')} >>\n${plant('pdf body')}\n%%EOF`);
  const brokenDocx = Buffer.concat([docx.subarray(0, 400), Buffer.from(plant('broken docx')), docx.subarray(400)]);
  const files = [
    [pdf, `${plant('pdf file name')}.pdf`, 'application/pdf'],
    [docx, `${plant('docx file name')}.docx`, ''],
    [brokenPdf, `${plant('broken pdf file name')}.pdf`, 'application/pdf'],
    [brokenDocx, `${plant('broken docx file name')}.docx`, ''],
    [Buffer.from([0xff, ...Buffer.from(plant('not utf-8'))]), `${plant('text file name')}.txt`, 'text/plain'],
    [Buffer.from(plant('unknown type')), `a.${plant('extension')}`, `application/${plant('file type')}`],
  ] as const;
  for (const [bytes, name, type] of files) await ask('POST /v1/documents', { token, body: toFile(bytes, name, type) });

  const lines = `{"text":"${plant('line')}"}\n{"text": ${plant('broken line')}\n`;
  await ask('POST /v1/documents', { token, body: lines, headers: { 'content-type': 'application/x-ndjson' } });
  await ask('POST /v1/documents', {
    token,
    body: `--${plant('boundary')}\r\n${plant('broken form')}`,
    headers: { 'content-type': 'multipart/form-data; boundary=other' },
  });
  for (const path of ['plain', 'plain/text', plant('missing document')])
    await ask(`GET /v1/documents/${path}`, { token });
  await ask(`GET /v1/documents?cursor=${plant('cursor')}&limit=${plant('limit')}`, { token });
  await ask('DELETE /v1/documents/ndjson', { token, headers: { 'idempotency-key': plant('key of a removal') } });
}
