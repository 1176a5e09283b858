// The parts of the scripts that are plain functions: `npm test`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const src = join(dirname(fileURLToPath(import.meta.url)), '../src');

async function load(file) {
	const { outputFiles } = await build({ entryPoints: [join(src, file)], bundle: true, format: 'esm', write: false });
	return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

globalThis.document = { body: { dataset: {} } };
const { edit, newline } = await load('markdown.ts');
const { relative } = await load('time.ts');
const { letter } = await load('keys.ts');
const { quoteMarkup } = await load('quote.ts');

/** Applies an edit to a text in which `|` marks both ends of the selection; gives back the same notation. */
function run(change, marked) {
	const start = marked.indexOf('|');
	const rest = marked.slice(0, start) + marked.slice(start + 1);
	const second = rest.indexOf('|');
	const end = second < 0 ? start : second;
	const value = second < 0 ? rest : rest.slice(0, second) + rest.slice(second + 1);
	const made = change(value, start, end);
	if (!made) return undefined;
	const text = value.slice(0, made.from) + made.text + value.slice(made.to);
	return made.start === made.end
		? `${text.slice(0, made.start)}|${text.slice(made.start)}`
		: `${text.slice(0, made.start)}|${text.slice(made.start, made.end)}|${text.slice(made.end)}`;
}

const cases = [
	['bold', 'a |word| b', 'a **|word|** b'],
	['bold', 'a **|word|** b', 'a |word| b'],
	['bold', '|word |b', '**|word|** b'],
	['bold', 'a |', 'a **|**'],
	['italic', '|word|', '*|word|*'],
	['italic', '*|word|*', '|word|'],
	['italic', '**|word|**', '***|word|***'],
	['strike', '|old|', '~~|old|~~'],
	['code', '|x = 1|', '`|x = 1|`'],
	['code', '|a\nb|', '```|\na\nb\n```\n'],
	['link', '|Stoa|', '[Stoa](|https://|)'],
	['link', '|https://example.org/|', '[|](https://example.org/)'],
	['image', '|A cat|', '![A cat](|https://|)'],
	['quote', 'one\n|two\nthree|', 'one\n|> two\n> three|'],
	['quote', '|> two\n> three|', '|two\nthree|'],
	['list', '|a\nb|\n', '|- a\n- b|\n'],
	['list', '|- a\n* b|', '|a\nb|'],
	['numbers', '|a\nb|', '|1. a\n2. b|'],
	['heading', 'Title|', '## Title|'],
	['mention', 'hi |', 'hi @|'],
];

for (const [kind, before, after] of cases) {
	test(`${kind}: ${JSON.stringify(before)}`, () => {
		assert.equal(run((value, start, end) => edit(kind, value, start, end), before), after);
	});
}

test('a table begins after an empty line, with the caret in its first cell', () => {
	const made = edit('table', 'x', 1, 1);
	assert.equal(made.text, '\n\n|  |  |\n| --- | --- |\n|  |  |\n');
	assert.equal(made.start, 'x\n\n| '.length);
});

test('an unknown button does nothing', () => {
	assert.equal(edit('shout', 'a', 0, 1), undefined);
});

for (const [before, after] of [
	['- a|', '- a\n- |'],
	['* a|', '* a\n* |'],
	['  - a|', '  - a\n  - |'],
	['- [x] a|', '- [x] a\n- [ ] |'],
	['9. a|', '9. a\n10. |'],
	['> a|', '> a\n> |'],
	['- |', '|'],
	['x\n- |', 'x\n|'],
]) {
	test(`Enter in a list: ${JSON.stringify(before)}`, () => {
		assert.equal(run((value, at) => newline(value, at), before), after);
	});
}

test('Enter in plain text stays the browser\'s', () => {
	assert.equal(newline('plain text', 5), undefined);
});

test('moments up to a week are relative', () => {
	const en = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
	assert.equal(relative(-20, en), 'now');
	assert.equal(relative(-90, en), '1 minute ago');
	assert.equal(relative(-7200, en), '2 hours ago');
	assert.equal(relative(-86400, en), 'yesterday');
	assert.equal(relative(3 * 86400, en), 'in 3 days');
});

test('keys are found on layouts of other scripts', () => {
	assert.equal(letter({ key: 'j', code: 'KeyJ', shiftKey: false }), 'j');
	assert.equal(letter({ key: 'о', code: 'KeyJ', shiftKey: false }), 'j');
	assert.equal(letter({ key: 'Г', code: 'KeyU', shiftKey: true }), 'U');
	assert.equal(letter({ key: 'ت', code: 'KeyJ', shiftKey: false }), 'j');
	assert.equal(letter({ key: 'n', code: 'KeyB', shiftKey: false }), 'n', 'a Dvorak keyboard means what it prints');
	assert.equal(letter({ key: 'ArrowDown', code: 'ArrowDown', shiftKey: false }), 'ArrowDown');
});

test('a quotation names its post and cannot be closed from inside', () => {
	assert.equal(quoteMarkup('Ada', '3', '9', ' Hello '), '[quote="Ada, post:3, topic:9"]\nHello\n[/quote]\n\n');
	const text = quoteMarkup('A"]\nda', '3', '9', 'x [/quote] y');
	assert.equal(text.match(/\[\/quote\]/g).length, 1);
	assert.match(text, /^\[quote="Ada, post:3, topic:9"\]/);
});
