// What a stranger's first page costs: an anonymous topic page with an empty cache.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './lib/chromium.mjs';
import { serve } from './lib/stoa.mjs';
import { Visitor } from './lib/visitor.mjs';

const ALL_BYTES = 70 * 1024;
const SCRIPT_BYTES = 25 * 1024;
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 };

let browser;
let site;

before(async () => {
	[browser, site] = await Promise.all([launch(), serve('--demo')]);
});

after(async () => {
	await browser?.close();
	await site?.stop();
});

/** Every answer on the way to a finished page: `{ url, type, bytes }`, bytes as they came over the wire. */
async function weigh(path, options) {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	const wire = await context.newCDPSession(page);
	const answers = new Map();
	wire.on('Network.responseReceived', ({ requestId, type, response }) => answers.set(requestId, { url: response.url, type, bytes: 0, encoding: response.headers['content-encoding'] ?? '' }));
	wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
		if (answers.has(requestId)) answers.get(requestId).bytes = encodedDataLength;
	});
	await wire.send('Network.enable');
	await wire.send('Network.setCacheDisabled', { cacheDisabled: true });
	await page.goto(site.base + path, { waitUntil: 'networkidle' });
	await context.close();
	// The browser's own little pictures (the calendar of a date field) come from itself.
	return [...answers.values()].filter((answer) => !answer.url.startsWith('data:'));
}

/** Topics without pictures: pictures are the writer's weight, and are loaded when they come into view. */
async function topics() {
	const visitor = new Visitor(site.base);
	const { html } = await visitor.open('/latest');
	const paths = [...new Set([...html.matchAll(/<h2 class="topic-row__title">[\s\S]*?<a href="(\/t\/[^"#?]+)"/g)].map((m) => m[1]))];
	const pages = await Promise.all(paths.map(async (path) => ({ path, html: (await visitor.open(path)).html })));
	return pages.filter((page) => !page.html.includes('"/uploads/')).sort((a, b) => b.html.length - a.html.length);
}

for (const [name, options] of [['a screen', {}], ['a phone', PHONE]]) {
	test(`an anonymous topic page on ${name} weighs little`, async (t) => {
		const [heaviest, ...others] = await topics();
		for (const { path } of [heaviest, others[Math.floor(others.length / 2)]]) {
			const answers = await weigh(path, options);
			const all = answers.reduce((sum, answer) => sum + answer.bytes, 0);
			const script = answers.filter((answer) => answer.type === 'Script').reduce((sum, answer) => sum + answer.bytes, 0);
			const list = answers.map((answer) => `${answer.bytes} ${answer.encoding} ${decodeURI(new URL(answer.url).pathname)}`).join(', ');
			t.diagnostic(`${decodeURI(path)}: ${(all / 1024).toFixed(1)} KB in ${answers.length} answers, script ${(script / 1024).toFixed(1)} KB (${list})`);
			assert.ok(all > 5_000 && script > 500, 'the page came with its style and script');
			assert.ok(all <= ALL_BYTES, `${all} bytes`);
			assert.ok(script <= SCRIPT_BYTES, `${script} bytes of script`);
			for (const answer of answers) assert.ok(answer.url.startsWith(`${site.base}/`), `asks ${answer.url}`);
		}
	});
}
