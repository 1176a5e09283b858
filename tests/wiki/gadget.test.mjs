// The gadget in Chromium, on wikis that allow scripts and requests to themselves alone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { Forum } from './lib/forum.mjs';
import { joined, start } from './lib/wiki.mjs';

const source = (name) => readFileSync(fileURLToPath(new URL(`../../mediawiki/gadget/${name}`, import.meta.url)), 'utf8');
const HOSTILE = '<img src=x onerror="document.title=\'hacked\'">';
const data = {
	v: 1, site: 'https://community.example.org', updated: '2026-11-26T10:00:00Z',
	pages: {
		'Green tea': [{ id: 7, title: 'Green or black?', replies: 1234, last: '2026-11-26T10:00:00Z' }, { id: 8, title: HOSTILE, replies: 0, last: '2026-11-25T10:00:00Z' }],
		'Talk:Green tea': [{ id: 9, title: 'الشاي', replies: 2, last: '2026-11-24T10:00:00Z' }, { id: 7, title: 'Green or black?', replies: 1234, last: '2026-11-26T10:00:00Z' }],
		'Broken': [{ id: 'javascript:alert(1)', title: 'x' }],
	},
	latest: [],
};

let forum, english, arabic, browser;
before(async () => {
	forum = await new Forum().listen();
	[english, arabic, browser] = await Promise.all([
		start(joined(forum), '--csp', 'https://example.org'),
		start(joined(forum), '--csp', 'https://example.org', '--lang', 'ar'),
		chromium.launch({
			executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
			args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
		}),
	]);
	for (const [wiki, talk] of [[english, 'Talk'], [arabic, 'نقاش']]) {
		const admin = await wiki.person('Admin');
		await wiki.script('createAndPromote', '--force', '--interface-admin', 'Admin', 'test-pass-12345');
		await admin.edit('MediaWiki:Gadgets-definition', '* Stoa[ResourceLoader|default|dependencies=mediawiki.util,mediawiki.api]|Stoa.js|Stoa.css');
		for (const name of ['Gadget-Stoa.js', 'Gadget-Stoa.css']) await admin.edit(`MediaWiki:${name}`, source(name));
		const local = JSON.stringify(data).replace('Talk:', `${talk}:`);
		await admin.edit('Project:Stoa/data.json', local, { contentmodel: 'json' });
		for (const title of ['Green tea', 'Talk:Green tea', 'Other', 'Broken']) await admin.edit(title, 'Words.');
	}
});
after(async () => {
	await browser?.close();
	await Promise.all([english, arabic].map((wiki) => wiki?.stop()));
	await forum?.close();
});

/** A page when its scripts are done, with what it did wrong. */
async function open(wiki, path, options = {}) {
	const page = await browser.newPage(options);
	page.faults = [];
	page.on('pageerror', (error) => page.faults.push(error.message));
	page.on('console', (message) => /Content.Security.Policy|Gadget|Stoa/i.test(message.text()) && page.faults.push(message.text()));
	page.on('request', (request) => request.url().startsWith(wiki.url) || /^(data|blob):/.test(request.url()) || page.faults.push(`asks ${request.url()}`));
	await page.goto(`${wiki.url}/wiki/${path}`);
	await page.waitForFunction(() => window.mw?.loader?.getState('ext.gadget.Stoa') === 'ready');
	return page;
}

test('it is small', () => {
	assert.ok(Buffer.byteLength(source('Gadget-Stoa.js')) <= 3072, `${Buffer.byteLength(source('Gadget-Stoa.js'))} bytes`);
});

test('it lists the discussions of a page and of its talk page, under a policy that allows the wiki alone', async () => {
	for (const path of ['Green_tea', 'Talk:Green_tea']) {
		const page = await open(english, path);
		await page.waitForSelector('#stoa-discussions');
		assert.equal(await page.textContent('#t-stoa-discussions'), 'Discussions (3)');
		assert.equal(await page.textContent('.stoa-gadget-title'), 'Discussions about this page');
		const links = await page.$$eval('.stoa-gadget-list a', (all) => all.map((a) => [a.textContent, a.href]));
		assert.deepEqual(links.map(([text]) => text).sort(), [HOSTILE, 'Green or black?', 'الشاي'].sort());
		assert.ok(links.every(([, href]) => /^https:\/\/community\.example\.org\/t\/-\/[789]$/.test(href)));
		assert.ok((await page.textContent('.stoa-gadget-list')).includes('Replies: 1,234'));
		assert.notEqual(await page.title(), 'hacked');
		assert.deepEqual(page.faults, []);
		await page.close();
	}
});

test('the policy is a real one: the site itself could not have been asked', async () => {
	const page = await open(english, 'Green_tea');
	const outcome = await page.evaluate((url) => fetch(url).then(() => 'answered', (error) => error.name), `${forum.base}/api/v1/discussions/7`);
	assert.equal(outcome, 'TypeError');
	assert.ok(page.faults.some((fault) => /Content.Security.Policy/i.test(fault)), page.faults.join());
	assert.deepEqual(forum.asked, []);
	await page.close();
});

test('other pages, other actions and a missing or broken list show nothing', async () => {
	for (const path of ['Other', 'Broken', 'Special:RecentChanges', 'Green_tea?action=history']) {
		const page = await open(english, path);
		await page.waitForLoadState('networkidle');
		assert.equal(await page.$('#stoa-discussions, #t-stoa-discussions'), null, path);
		assert.deepEqual(page.faults, [], path);
		await page.close();
	}
});

test('it speaks the language of the wiki and of the reader, from right to left too', async () => {
	const page = await open(arabic, 'Green_tea');
	await page.waitForSelector('#stoa-discussions');
	assert.equal(await page.textContent('.stoa-gadget-title'), 'نقاشات عن هذه الصفحة');
	assert.match(await page.textContent('#t-stoa-discussions'), /^النقاشات \((3|٣)\)$/);
	assert.equal(await page.$eval('#stoa-discussions', (box) => getComputedStyle(box).direction), 'rtl');
	assert.deepEqual(page.faults, []);
	await page.close();
	const german = await open(english, 'Green_tea?uselang=de-at');
	await german.waitForSelector('#stoa-discussions');
	assert.equal(await german.textContent('#t-stoa-discussions'), 'Diskussionen (3)');
	await german.close();
	const other = await open(arabic, 'Green_tea?uselang=pl');
	await other.waitForSelector('#stoa-discussions');
	assert.equal(await other.textContent('.stoa-gadget-title'), 'نقاشات عن هذه الصفحة');
	await other.close();
});
