// Rich → Markdown → rich loses nothing: over the specifications' examples, imported posts and our own dialect.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { rendered, renderedPost } from './reference.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const data = join(here, '../../../shared/data');

const { outputFiles } = await build({
	stdin: {
		contents: ['parse', 'text', 'schema', 'wikitext', 'tabular'].map((name) => `export * from './${name}';`).join('\n'),
		resolveDir: join(here, '../src/rich'), loader: 'ts',
	},
	bundle: true, format: 'esm', write: false, platform: 'neutral', mainFields: ['module', 'main'],
});
const rich = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
const { read, write, meaning, schema } = rich;

const islands = (doc) => {
	let count = 0;
	doc.descendants((node) => { if (node.type.name === 'island' && node.attrs.kind === 'source') count++; });
	return count;
};

/** Compares without printing a whole text where one letter is wrong. */
function same(got, wanted, what) {
	if (got === wanted) return;
	let at = 0;
	while (got[at] === wanted[at]) at++;
	const near = (text) => text.slice(Math.max(0, at - 120), at + 120);
	assert.fail(`${what}\n  wanted …${near(wanted)}\n  got    …${near(got)}`);
}

/** Reads, writes every block anew, reads again. */
function around(markdown, html) {
	const first = read(markdown);
	same(write(first.doc, first), markdown.replace(/\r\n?/g, '\n'), 'what nobody touched stays letter by letter');
	const anew = write(first.doc, { ...first, kept: new WeakMap(), lead: '' }, true);
	const second = read(anew);
	const what = `${JSON.stringify(markdown.slice(0, 300))} → ${JSON.stringify(anew.slice(0, 300))}`;
	same(JSON.stringify(meaning(second.doc, true)), JSON.stringify(meaning(first.doc, true)), what);
	same(html(anew), html(markdown.replace(/\r\n?/g, '\n')), what);
	return { islands: islands(first.doc), blocks: first.doc.childCount };
}

for (const name of ['commonmark-spec', 'gfm-spec', 'cmark-regression', 'markdown-it-commonmark_extras', 'markdown-it-tables', 'markdown-it-strikethrough', 'markdown-it-xss', 'markdown-it-normalize']) {
	const file = join(data, `markdown/${name}.json`);
	test(`every example of ${name} survives`, { skip: existsSync(file) ? false : `${name}.json is not here` }, (t) => {
		const examples = JSON.parse(readFileSync(file, 'utf8'));
		let kept = 0;
		for (const { markdown } of examples) kept += around(markdown, rendered).islands;
		t.diagnostic(`${examples.length} examples, ${kept} blocks of them kept as source`);
		assert.ok(examples.length > 5 && kept <= examples.length / 10);
	});
}

const crawl = join(data, 'discourse/urho3d/raw-A.jsonl.gz');
test('imported posts survive', { skip: existsSync(crawl) ? false : 'no imported posts are here' }, (t) => {
	let [count, blocks, kept] = [0, 0, 0];
	for (const line of gunzipSync(readFileSync(crawl)).toString().split('\n').filter(Boolean)) {
		for (const part of (JSON.parse(line).raw_pages ?? '').split('\n\n-------------------------\n\n')) {
			const post = part.replace(/^[^\n]*\n\n/, '');
			if (!post.trim()) continue;
			const found = around(post, renderedPost);
			count++;
			blocks += found.blocks;
			kept += found.islands;
		}
	}
	t.diagnostic(`${count} posts of ${blocks} blocks, ${kept} kept as source`);
	assert.ok(count > 1000 && kept < count / 100);
});

const OWN = [
	'Plain *words* and **bold** ones, `code`, ~~gone~~, <https://example.org>, https://example.org/a_b_c and snake_case.\n',
	'a\nb\\\nc  \nd\n\n\n\n***\n\nSetext\n======\n\n## ATX ##\n',
	'* a\n* b\n    * c\n\n1) one\n2) two\n\n- [ ] open\n- [x] done\n',
	'[quote="Ada, post:3, topic:9"]\nWords *of* hers.\n\n- a\n[/quote]\n\nAn answer.\n\n[quote="Bo, post:4, topic:9"]\n[quote="Ada, post:3, topic:9"]\ninner\n[/quote]\nouter\n[/quote]\n',
	'[details="A \'summary\'"]\nFolded.\n\n```js\n[/details]\n```\n[/details]\n',
	'[poll type=regular results=on_close close=2026-12-01T00:00:00Z]\n* a\n* b\n[/poll]\n',
	'[event start="2026-12-01 18:00" timezone="Europe/Berlin"]\n[/event]\n',
	'See [[Help:Contents]], [[w:de:Tee|tea]], @ada, @"Ada Lovelace", #commons and :tada:.\n',
	'Words[^1] and more[^note].\n\n[^1]: The first.\n\n    Its second paragraph.\n\n[^note]: *Another*.\n',
	'A [link][x] and [x].\n\n[x]: https://example.org "Title"\n',
	'| a | b |\n|:--|--:|\n| 1 \\| 2 | `c \\| d` |\n| line<br>break | |\n',
	'<kbd>Ctrl</kbd>+<kbd>C</kbd>, H<sub>2</sub>O, <abbr title="x">abbr</abbr>\n\n<div align="center">\n  <b>Block</b>\n</div>\n',
	'Look:\n[quote="Ada"]one line[/quote]\n\n[quote="Bo, post:1, topic:2"][quote="Ada"]inner[/quote]\nouter\n\nends[/quote] \n\nAfter.\n',
	'So:\n[code]\nif (a * b) {\n\n    return *c;\n}\n[/code]\nand `[/quote]`, [code]x[/code].\n',
	'[b]old[/b] and [spoiler]secret[/spoiler] and [url=https://example.org]x[/url]\n',
	'**强调。**后面, これは**強調（注）**です, مرحبا **بالعالم**\n\n> שלום\n> עולם\n',
	'![alt|690x388](upload://abc.png) [![badge](/a.png)](https://example.org)\n',
	'\n\n  leading\n\n\ttab code\n\n\n',
	'> [!note]\n> not ours\n\n1. a\n\n   b\n10. c\n',
	'',
	'\n',
];

test('our own dialect survives', () => {
	for (const markdown of OWN) assert.equal(around(markdown, renderedPost).islands, 0, markdown);
	assert.equal(around('before [code]x\n\n    *y*\nz[/code] after\n', renderedPost).islands, 1, 'code that begins in a line makes one island of what it touches');
});

test('the dialect is shown as what it is', () => {
	const kinds = (markdown) => read(markdown).doc.content.content.map((node) => node.attrs.kind ?? node.type.name);
	assert.deepEqual(OWN.slice(3, 7).map(kinds), [['quote', 'paragraph', 'quote'], ['details'], ['poll'], ['event']]);
	assert.deepEqual(kinds(OWN[8]), ['paragraph', 'footnote', 'footnote']);
	assert.deepEqual(kinds(OWN[9]), ['paragraph', 'definition']);
	assert.deepEqual(kinds(OWN[11]), ['paragraph', 'html']);
	assert.deepEqual(kinds(OWN[12]), ['paragraph', 'quote', 'quote', 'paragraph']);
	assert.deepEqual(kinds(OWN[13]), ['paragraph', 'code', 'paragraph']);
});

/** The Markdown after `change` was made to the block number `at`. */
function edited(markdown, at, change) {
	const first = read(markdown);
	return write(first.doc.copy(first.doc.content.replaceChild(at, change(first.doc.child(at)))), first);
}

test('an edit rewrites its own block only', () => {
	const text = '*  odd\n*  list\n\n\n\nTouched\n\n- other\n\n\n***\n';
	const more = (node) => node.copy(node.content.append(read('x').doc.firstChild.content));
	assert.equal(edited(text, 1, more), '*  odd\n*  list\n\nTouchedx\n\n- other\n\n\n***\n');
});

test('words that look like markup stay words', () => {
	const paragraph = (text) => schema.nodes.doc.create(null, schema.nodes.paragraph.create(null, schema.text(text)));
	for (const text of ['*not em*', '1. no list', '# no heading', '[x](y)', '<b>', '&amp;', '`tick`', '> no', '- no', '+', '---', '===', '~~~', 'a\\*b', '[quote]', '[[x]]', '![a](b)',
		'__init__', 'x | y', '[^1]', 'http://a.b/*c*', '5 * 3 * 2', 'snake_case_word', '\\', 'C:\\*.*', '[ ] box', '~~x~~', '$1', '|a|b|', '[a]: b', '```js', '<!-- x -->', 'a@b.c', '1) x', '12345. x']) {
		const doc = paragraph(text);
		const back = read(write(doc, null)).doc;
		assert.deepEqual(meaning(back), meaning(doc), `${text} → ${write(doc, null)}`);
	}
	assert.equal(write(paragraph('5 * 3 * 2 = snake_case, https://x.y/a_b_c @ada #tag :tada:'), null), '5 * 3 * 2 = snake_case, https://x.y/a_b_c @ada #tag :tada:');
});

test('what only a rich view can say becomes the nearest Markdown', () => {
	const { nodes, marks, text } = { nodes: schema.nodes, marks: schema.marks, text: (words, ...list) => schema.text(words, list) };
	const doc = (...blocks) => schema.nodes.doc.create(null, blocks);
	const p = (...content) => nodes.paragraph.create(null, content);
	const md = (...blocks) => write(doc(...blocks), null);
	assert.equal(md(p(text('a')), p(), p(), p(text('b'))), 'a\n\nb');
	assert.equal(md(p(text('a '), text(' bold ', marks.strong.create()), text('b'))), 'a  **bold** b');
	assert.equal(md(p(text('x'), text('"q"', marks.strong.create()), text('y'))), 'x<strong>"q"</strong>y');
	assert.equal(md(p(text('a'), nodes.hard_break.create(), nodes.hard_break.create(), text('b'), nodes.hard_break.create())), 'a\n\\\nb');
	const list = (word) => nodes.bullet_list.create(null, nodes.list_item.create(null, p(text(word))));
	assert.equal(md(list('a'), list('b')), '- a\n\n* b');
	assert.equal(md(p()), '');
	assert.equal(md(nodes.code_block.create(null, text('```'))), '````\n```\n````');
});

test('nothing in the view runs or asks another host', () => {
	const { leads, own } = rich;
	for (const no of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\nscript:alert(1)', '\u0001javascript:x', 'data:text/html,x', 'vbscript:x', 'file:///etc', ' javascript:x', '\\\\evil']) assert.ok(!leads(no), no);
	for (const yes of ['https://example.org/a:b', '/t/x/1', '#p3', 'mailto:a@example.org', '']) assert.ok(leads(yes), yes);
	for (const no of ['https://example.org/a.png', '//example.org/a.png', '/\\example.org/a.png', 'upload://abc.png', 'javascript:1', 'data:image/png;base64,AA']) assert.ok(!own(no), no);
	assert.ok(own('/uploads/a.webp'));
	const [, attrs] = schema.marks.link.spec.toDOM(schema.marks.link.create({ href: 'javascript:alert(1)' }));
	assert.equal(attrs.href, undefined);
});

test('wikitext keeps its sense', () => {
	const { isWikitext, fromWikitext } = rich;
	assert.equal(fromWikitext("== Tea ==\n'''Bold''' and ''italic'', [[Page|text]], [https://x.y z].\n* a\n** b\n# one\n: aside"),
		'## Tea\n\n**Bold** and *italic*, [[Page|text]], [z](https://x.y).\n\n- a\n  - b\n1. one\n\n> aside');
	assert.equal(fromWikitext("'''''both''''' [https://x.y] <nowiki>[[no]]</nowiki>"), '***both*** <https://x.y> `[[no]]`');
	for (const yes of ["''it''", '[https://x.y words]', '== H ==\ntext']) assert.ok(isWikitext(yes), yes);
	for (const no of ["it's and that's", '**bold** == x ==', 'a [b](c)', '[[Page]]', "```\n''x''\n```", 'x == y', "don't ''"]) assert.ok(!isWikitext(no), no);
});

test('text with tabs is a table, other text is not', () => {
	const { cells, tableMarkdown } = rich;
	assert.equal(tableMarkdown(cells('a\tb|c\r\n1\t\n')), '| a | b\\|c |\n| --- | --- |\n| 1 |  |');
	for (const no of ['a\tb', 'a\nb', '\tcode\n\t\tmore', 'a\tb\nc']) assert.equal(cells(no), null, no);
});
