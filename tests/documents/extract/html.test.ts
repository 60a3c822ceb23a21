import { expect, test } from 'vitest';
import { extract } from '#lib/documents/extract/extract.ts';
import { extractBlocks } from './extracted-blocks.ts';

test('what is not read on a page is not in its text', async () => {
  const page = `<head><title>T</title><style>.a{}</style></head><body>seen<script>run()</script><noscript>x</noscript>
    <template>y</template><select><option>z</select><p hidden>secret <b>deep</b><input hidden></p><!-- remark --> too</body>`;
  expect(await extractBlocks('html', page)).toEqual(['seen too']);
});

test('the page title is the title, and no part of the text', async () => {
  const page = '<title>\n The &amp; title </title><h1>Heading</h1><svg><title>icon</title></svg><p>Text</p>';
  const { title, text } = await extract('html', page);
  expect(title).toBe('The & title');
  expect(text).toBe('Heading\n\nText');
});

test('the first heading is the title of a page without one', async () => {
  const page = '<svg><title>icon</title></svg><h2>Before</h2><h1>The <i>heading</i></h1><p>Text</p>';
  expect((await extract('html', page)).title).toBe('The heading');
});

test('a head whose end tag is left out does not swallow the page', async () => {
  expect(await extractBlocks('html', '<html><head><title>T</title><body><p>Text')).toEqual(['Text']);
});

test('headings keep their levels', async () => {
  const page = '<h1>One</h1><p>a</p><h3>Two <em>and more</em></h3><p>b</p>';
  expect(await extractBlocks('html', page)).toEqual(['h1 One', 'a', 'h3 Two and more', 'b']);
});

test('a table is read row by row, its cells apart, an empty one too', async () => {
  const page = `<table><thead><tr><th>Item</th><th>Size</th><th>Price</th></tr></thead>
    <tr><td><p>Pen</p></td><td></td><td>3<br>euros</td></tr></table>`;
  expect(await extractBlocks('html', page)).toEqual(['Item | Size | Price', 'Pen | | 3 euros']);
});

test('lines and indents of preformatted text are kept', async () => {
  const page = '<p>a\n  b</p><pre>\n  if x:\n\n    y<br>  z\n</pre><pre><div>one</div><div>two</div></pre>';
  expect(await extractBlocks('html', page)).toEqual(['a b', '  if x:\n\n    y\n  z', 'one\ntwo']);
});

test('entities are characters; what is no character becomes the replacement character', async () => {
  expect(await extractBlocks('html', '<p>&lt;b&gt; &euro; &#x1F600; &#0; &#xD800;</p>')).toEqual([
    '<b> € 😀 \ufffd \ufffd',
  ]);
});

test('a page nested without end is refused', async () => {
  await expect(extract('html', `${'<div>'.repeat(5_000)}text`)).rejects.toMatchObject({
    code: 'unprocessable_document',
  });
});

test('a page without text is refused', async () => {
  await expect(extract('html', '<html><script>x</script></html>')).rejects.toMatchObject({
    code: 'unprocessable_document',
    detail: 'The document holds no text',
  });
});
