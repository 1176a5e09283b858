// A poll: asked by one, answered by two, in place with scripts and page by page without them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arm, axe } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { serve } from './lib/stoa.mjs';

const TEXT = '[poll type=multiple max=2 results=on_vote]\n# Which tea?\n* green\n* black\n* شاي بالنعناع\n[/poll]\n\nTell me!\n\n[poll name=two]\n* yes\n* no\n[/poll]';

let browser;
let site;
let place;

before(async () => {
	browser = await launch();
	site = await serve('--demo');
});

after(async () => {
	await browser?.close();
	await site?.stop();
});

async function person(options = {}) {
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	context.setDefaultTimeout(15_000);
	const page = await watch(await context.newPage(), site.base);
	page.go = (path) => page.goto(site.base + path);
	return page;
}

async function signUp(page, name) {
	await page.go('/signup');
	const fields = { name, email: `${name.replace(/\W/g, '')}@example.org`, password: 'nine owls read slowly' };
	for (const [field, value] of Object.entries(fields)) await page.locator(`form[action="/signup"] [name="${field}"]`).fill(value);
	await page.locator('form[action="/signup"] button[type=submit]').click();
	await page.waitForLoadState('load');
	assert.equal(new URL(page.url()).pathname, '/welcome');
}

test('somebody asks, and sees the question before it is sent', async () => {
	const page = await person({ javaScriptEnabled: false });
	await signUp(page, 'Petra Asks');
	await page.go('/new-topic');
	const form = page.locator('form[action="/new-topic"]');
	await form.locator('[name="title"]').fill('Tea for the meeting');
	await form.locator('[name="category"]').selectOption({ index: 1 });
	await form.locator('[name="raw"]').fill(TEXT);
	await form.locator('[name="preview"]').click();
	await page.waitForLoadState('load');
	assert.equal(await page.locator('.composer__preview .poll li').count(), 5);
	await page.locator('form[action="/new-topic"] .composer__actions button:not([name])').click();
	await page.waitForLoadState('load');
	place = new URL(page.url()).pathname;
	assert.match(place, /^\/t\/tea-for-the-meeting\//);
	assert.equal(await page.locator('.poll input[type=checkbox]').count(), 3);
});

test('a vote is cast, changed and taken back without leaving the page', async () => {
	const page = await person();
	await signUp(page, 'Vera Votes');
	await page.go(place);
	const poll = page.locator('.post .poll').first();
	assert.match(await poll.innerText(), /Nobody has voted yet/);
	await arm(page);
	assert.deepEqual(await axe(page), []);
	await page.evaluate(() => { globalThis.stayed = true; });
	// By keyboard alone.
	await poll.getByLabel('black').focus();
	await page.keyboard.press('Space');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await poll.locator('.poll__row--own').waitFor();
	assert.match(await poll.locator('.poll__row--own').innerText(), /black[\s\S]*Your vote[\s\S]*1 vote, 100%/);
	assert.equal(await page.evaluate(() => globalThis.stayed), true, 'the page was not loaded again');
	assert.equal(await page.evaluate(() => document.activeElement?.className), 'poll__about', 'the focus is at what has changed');
	await arm(page);
	assert.deepEqual(await axe(page), []);
	await poll.locator('summary').click();
	await poll.getByLabel('green').check();
	await poll.locator('button', { hasText: 'Save the change' }).click();
	await poll.locator('.poll__row--own').nth(1).waitFor();
	// One too many: the server says why.
	await poll.locator('summary').click();
	await poll.locator('button', { hasText: 'Take your vote back' }).click();
	await poll.locator('button', { hasText: /^\s*Vote\s*$/ }).waitFor();
	assert.match(await poll.innerText(), /Nobody has voted yet/);
	assert.equal(await page.evaluate(() => globalThis.stayed), true);
	for (const label of ['green', 'black', 'شاي بالنعناع']) await poll.getByLabel(label).check();
	await poll.locator('button', { hasText: /^\s*Vote\s*$/ }).click();
	await page.waitForURL(/\/polls\//);
	assert.match(await page.locator('main').innerText(), /at least 1 and at most 2/);
});

test('the same works without scripts, on a phone, from right to left', async () => {
	const page = await person({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
	await signUp(page, 'Nora Plain');
	await page.go(`${place}?uselang=ar`);
	const poll = page.locator('.post .poll').first();
	await poll.getByLabel('شاي بالنعناع').check();
	await poll.locator('button').first().click();
	await page.waitForLoadState('load');
	assert.equal(new URL(page.url()).pathname, place);
	assert.match(await page.locator('.poll__row--own').innerText(), /شاي بالنعناع/);
	await page.go(`${place}?uselang=ar`);
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth).catch(() => 0);
	assert.ok(wide <= 0, `${wide} px too wide`);
	// Whoever is not logged in is asked in, and sees no results that are for voters.
	const stranger = await person();
	await stranger.go(place);
	const words = await stranger.locator('.post .poll').first().innerText();
	assert.match(words, /Log in to vote/);
	assert.doesNotMatch(words, /100%/);
	await arm(stranger);
	assert.deepEqual(await axe(stranger), []);
});
