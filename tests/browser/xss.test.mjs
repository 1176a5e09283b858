// Thousands of hostile texts through every door, then every page in a real Chromium: nothing may come alive.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { alien, canary, touch } from './lib/canary.mjs';
import { launch, together } from './lib/chromium.mjs';
import { LANGUAGES, packed, write } from './lib/hostile.mjs';
import { folder, run, serve, tell } from './lib/stoa.mjs';
import { vectors } from './lib/vectors.mjs';
import { Visitor } from './lib/visitor.mjs';

const ADMIN = { name: 'Ines', email: 'ines@example.org', password: 'nine owls read slowly' };
const TABS = 3;
const SAMPLE = 60;

let browser;
let site;
let admin;
let sent;
let texts;

before(async () => {
	browser = await launch();
});

after(async () => {
	await browser?.close();
	await site?.stop();
});

async function tabs(count, options) {
	return Promise.all(Array.from({ length: count }, async () => {
		const context = await browser.newContext(options);
		await admin.lend(context);
		return canary(await context.newPage(), site.base);
	}));
}

/** Opens pages, touches what people wrote, and returns every sign of life. */
async function openAll(paths, options, width = TABS) {
	const open = await tabs(width, options);
	const alive = [];
	await together(paths, width, async (path, worker) => {
		const page = open[worker];
		page.hits.length = 0;
		page.expected = '';
		const answer = await page.goto(site.base + path, { waitUntil: 'load' });
		if (answer.status() >= 500) alive.push(`${path}: ${answer.status()}`);
		page.expected = page.url();
		const found = await page.evaluate(alien_);
		await page.evaluate(touch_);
		await page.evaluate(settle_);
		for (const hit of [...page.hits, ...found]) alive.push(`${path}: ${hit}`);
		page.expected = '';
	});
	await Promise.all(open.map((page) => page.context().close()));
	return alive;
}

const alien_ = `/* own program */ (${alien})(document)`;
const touch_ = `/* own program */ (${touch})()`;
const settle_ = '/* own program */ new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))';

/** Has Chromium's parser read pages without opening them: what is foreign in them, and how many elements stand around the texts. */
async function readAll(paths) {
	const open = await tabs(TABS, { bypassCSP: true });
	await Promise.all(open.map((page) => page.goto(`${site.base}/healthz`)));
	const found = [];
	const counts = new Map();
	const lots = [];
	for (let i = 0; i < paths.length; i += 100) lots.push(paths.slice(i, i + 100));
	await together(lots, TABS, async (lot, worker) => {
		const results = await open[worker].evaluate(`/* own program */ (async (paths) => {
			${alien}
			const out = [];
			for (const path of paths) {
				const answer = await fetch(path);
				const doc = new DOMParser().parseFromString(await answer.text(), 'text/html');
					const around = doc.querySelectorAll('body *').length - doc.querySelectorAll('.prose *').length;
				out.push({ path, status: answer.status, found: alien(doc), around });
			}
			return out;
		})(${JSON.stringify(lot)})`);
		for (const result of results) {
			if (result.status >= 500) found.push(`${result.path}: ${result.status}`);
			found.push(...result.found.map((what) => `${result.path}: ${what}`));
			counts.set(result.path, result);
		}
	});
	await Promise.all(open.map((page) => page.context().close()));
	return { found, counts };
}

const sample = (list, count = SAMPLE) => list.filter((_, i) => i % Math.max(1, Math.floor(list.length / count)) === 0);
const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const asks = (text) => `/search?q=${encodeURIComponent(text.toWellFormed?.() ?? text)}`;
const quiet = (alive) => assert.equal(alive.length, 0, `${alive.length} signs of life:\n${alive.slice(0, 30).join('\n')}`);

test('the canary sings when something runs', async () => {
	const page = await canary(await browser.newPage(), 'http://127.0.0.1:1');
	await page.goto('data:text/html,' + encodeURIComponent('<h1>x</h1><img src="data:," onerror="alert(1)"><svg onload="__xss(1)"></svg><a href="javascript:alert(2)">a</a><p class="prose"><b onclick="confirm(1)">b</b></p><iframe></iframe>'));
	await page.waitForTimeout(200);
	const found = await page.evaluate(alien_);
	await page.evaluate(touch_);
	await page.waitForTimeout(50);
	for (const sign of ['alert(1)', '__xss', 'confirm(1)']) assert.ok(page.hits.some((hit) => hit.includes(sign)), `${sign} in ${page.hits}`);
	for (const sign of ['element', 'handler', 'address']) assert.ok(found.some((what) => what.startsWith(sign)), `${sign} in ${found}`);
	await page.close();
});

test('hostile texts come in as an import', async (t) => {
	const { own, corpus } = vectors();
	if (corpus.length === 0) t.diagnostic('skipped: no shared corpus; our own vectors only');
	texts = [...own, ...corpus];
	assert.ok(own.length >= 60);
	const data = folder();
	const set = await tell(`${ADMIN.password}\n`, 'setup', '--site-name', 'Hostile', '--admin', ADMIN.name, '--email', ADMIN.email, '--password-stdin', '--data', data);
	assert.equal(set.code, 0, set.err);
	const source = join(data, 'source');
	sent = write(source, texts);
	const said = await tell('', 'import', 'jsonl', source, '--data', data);
	assert.equal(said.code, 0, said.err.slice(-3000));
	t.diagnostic(`${texts.length} texts: ${sent.posts} posts, ${sent.titles} titles, ${sent.tags} tags, ${sent.names.length} names, ${sent.categoryNames} category names, ${sent.descriptions} descriptions, ${sent.bios} biographies`);
	for (const line of said.out.split('One by one')[0].split('\n').filter((line) => line.trim())) t.diagnostic(line);
	site = await serve('--data', data);
	admin = await new Visitor(site.base).logIn(ADMIN.name, ADMIN.password);
});

/** The addresses of all topics and of the lists that name them; a list has at most a hundred pages, so each language has its own. */
async function topics() {
	const all = [];
	const lists = [];
	for (const lang of LANGUAGES) {
		for (let page = 1; ; page++) {
			const path = `/latest?lang=${lang}&page=${page}`;
			const { html } = await admin.open(path);
			const rows = [...html.matchAll(/<h2 class="topic-row__title">[\s\S]*?<a href="(\/t\/[^"#?]+)"/g)].map((m) => m[1]);
			if (rows.length === 0) break;
			all.push(...rows);
			lists.push(path);
		}
	}
	return { all, lists };
}

test('nothing comes alive, whatever page is opened', async (t) => {
	const { all, lists } = await topics();
	const of = (word) => all.filter((path) => path.startsWith(`/t/${word}-from-`));
	const written = of('posts');
	const named = of('names');
	const tagged = of('tags');
	const plain = all.find((path) => path.startsWith('/t/plain-words/'));
	const titled = all.filter((path) => ![...written, ...named, ...tagged, plain].includes(path));
	t.diagnostic(`${all.length} of ${sent.topics} topics are there; ${titled.length} of ${sent.titles} titles; ${lists.length} list pages`);
	assert.ok(titled.length > sent.titles * 0.9, 'most titles came in');
	assert.ok(written.length * 29 >= sent.bodies, 'every page of posts is there');

	const tagPage = await admin.open('/tags');
	const tags = [...new Set([...tagPage.html.matchAll(/href="(\/tag\/[^"]+)"/g)].map((m) => m[1]))];
	const categories = numbers(1, Math.max(sent.categoryNames, sent.descriptions)).map((id) => `/c/category-${id}/${id}`);
	const people = numbers(1, sent.people).map((id) => `/u/person_${id}`);
	const names = sent.names.map((name) => `/u/${encodeURIComponent(name)}`);
	t.diagnostic(`${tags.length} tags on the page of tags`);

	const opened = [
		...written, ...sample(named, 20), ...lists, ...sample(titled), ...sample(tagged, 30), plain, '/categories', ...categories.slice(0, sent.descriptions), '/tags',
		...sample(tags, 20), ...sample(people), ...sample(names, 30), ...sample(texts).map(asks), ...['alert', 'script', 'onerror', 'javascript', 'img', 'svg'].map(asks),
		'/new-topic', '/search', '/admin/people', '/admin/categories', ...sample(written, 5).map((path) => `${path}/print`), ...sample(titled, 10).map((path) => `${path}/reply?quote=1`),
	];
	let began = Date.now();
	quiet(await openAll(opened, { bypassCSP: true }));
	t.diagnostic(`without CSP: ${opened.length} pages opened and touched, 0 executions (${Date.now() - began} ms)`);
	began = Date.now();
	const again = [...written, ...sample(lists, 10), ...sample(titled, 10), ...sample(people, 10), ...sample(categories, 10), '/categories', '/tags'];
	quiet(await openAll(again, {}));
	t.diagnostic(`with CSP: ${again.length} pages, 0 executions, 0 violations (${Date.now() - began} ms)`);
	began = Date.now();
	const read = [...titled, ...sample(people, 900), ...sample(names, 300), ...sample(texts.filter((text) => text.length <= 400), 400).map(asks)];
	const { found, counts } = await readAll([plain, ...read]);
	quiet(found);
	const expected = counts.get(plain).around;
	const odd = titled.filter((path) => counts.get(path).around !== expected);
	assert.deepEqual(odd.slice(0, 10), [], `${odd.length} titles change the page around them`);
	const taken = sample(names, 300).filter((path) => counts.get(path).status === 200).length;
	t.diagnostic(`${read.length} more pages read by Chromium's parser, nothing foreign; ${taken} of ${sample(names, 300).length} hostile names were taken as they are, the others changed or refused (${Date.now() - began} ms)`);
});

test('nothing comes alive that is sent by forms', async (t) => {
	const began = Date.now();
	const alive = [];
	const post = async (path, fields, show) => {
		const answer = await admin.send(path, path, fields);
		assert.ok(answer.status < 500, `${path}: ${answer.status}`);
		if (answer.status === 303) alive.push(...await openAll(show, { bypassCSP: true }, 1));
		return answer.status;
	};
	let taken = 0;
	const abouts = packed(texts, 45_000);
	for (const raw of abouts) taken += await post('/admin/pages/about', { raw }, ['/about', '/admin/pages/about']) === 303;
	assert.equal(taken, abouts.length, 'every text of a page is taken');
	const some = sample(texts.filter((text) => text.length <= 100), 8);
	let shown = 0;
	for (const text of some) shown += await post('/settings', { display_name: text, bio: text }, [`/u/${ADMIN.name}`, '/settings']) === 303;
	let sites = 0;
	for (const text of some) sites += await post('/admin/settings', { name: text, tagline: text }, ['/', '/admin/settings', '/search']) === 303;
	assert.ok(shown > 0 && sites > 0);
	quiet(alive);
	t.diagnostic(`${abouts.length} pages of all texts, ${shown} profiles, ${sites} site names and taglines: 0 executions (${Date.now() - began} ms)`);
});
