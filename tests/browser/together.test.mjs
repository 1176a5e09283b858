// Writing together: a wiki post, two who edit at once, an answer that unfolds, a topic that goes on elsewhere, a card for a link.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { arm, axe, invalid, overflow } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { ROOT, folder, serve } from './lib/stoa.mjs';

const LIST = 'milk\nbread\n\nsalt\nflour\n\ntea';
const PICTURE = readFileSync(join(ROOT, 'crates/stoa/demo/pictures/bridge.png'));

let browser;
let site;
let world;
let place;
let post;
const asked = [];
let shots = 10;

before(async () => {
	browser = await launch();
	world = createServer((request, answer) => {
		asked.push(request.url);
		if (request.url === '/cup.png') {
			answer.setHeader('content-type', 'image/png');
			answer.end(PICTURE);
			return;
		}
		answer.setHeader('content-type', 'text/html; charset=utf-8');
		answer.end('<html lang=en><title>How to make tea</title><meta property=og:site_name content="The Tea House"><meta name=description content="Leaves first, water second; then one waits for four minutes and talks about something else."><meta property=og:image content=/cup.png>');
	});
	await new Promise((ready) => world.listen(0, '127.0.0.1', ready));
	const data = folder();
	writeFileSync(join(data, 'stoa.toml'), `fetch-from = ["127.0.0.1:${world.address().port}"]\n`);
	site = await serve('--demo', '--data', data);
});

after(async () => {
	await browser?.close();
	await site?.stop();
	world?.close();
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
}

async function send(page, selector) {
	await Promise.all([page.waitForEvent('load'), page.locator(selector).click()]);
}

async function sound(page) {
	const answer = await page.context().request.get(page.url());
	assert.deepEqual(invalid(await answer.text()), []);
	await arm(page);
	assert.deepEqual([...await axe(page), ...await overflow(page), ...page.faults], []);
	if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${shots++}.png`), fullPage: true });
}

const plain = { javaScriptEnabled: false };
let ada;
let bo;

test('a post is opened to everybody, without scripts', async () => {
	ada = await person(plain);
	bo = await person(plain);
	await signUp(ada, 'Ada Asks');
	await signUp(bo, 'Bo Answers');
	await ada.go('/new-topic');
	await ada.locator('[name="title"]').fill('Shopping');
	await ada.locator('[name="category"]').selectOption({ index: 1 });
	await ada.locator('form[action="/new-topic"] [name="raw"]').fill(LIST);
	await send(ada, 'form[action="/new-topic"] .composer__actions button:not([name])');
	place = new URL(ada.url()).pathname;
	await ada.locator('#p1 details.menu summary').click();
	const button = ada.locator('#p1 button[formaction$="/wiki"]');
	post = /\/p\/(\d+)\//.exec(await button.getAttribute('formaction'))[1];
	await send(ada, '#p1 button[formaction$="/wiki"]');
	assert.match(await ada.locator('#p1 .post__wiki').innerText(), /Anyone here can edit this\./);
	await bo.go(place);
	await send(bo, `#p1 .post__actions > a[href="/p/${post}/edit"]`);
	assert.match(await bo.locator('h1').innerText(), /wiki post/);
});

test('two edit the same line: both texts are there, and one goes on', async () => {
	await ada.go(`/p/${post}/edit`);
	await ada.locator('textarea[name="raw"]').fill(LIST.replace('tea', 'green tea'));
	await send(ada, '.composer__actions button:not([name])');
	await bo.locator('textarea[name="raw"]').fill(LIST.replace('tea', 'black tea'));
	const answered = bo.waitForResponse((answer) => answer.request().method() === 'POST');
	await send(bo, '.composer__actions button:not([name])');
	const answer = await answered;
	assert.equal(answer.status(), 422);
	assert.deepEqual(invalid(await answer.text()), []);
	assert.equal(await bo.locator('textarea[name="raw"]').inputValue(), LIST.replace('tea', 'black tea'));
	assert.match(await bo.locator('section[aria-labelledby="theirs"]').innerText(), /green tea/);
	for (const [n, width] of [1280, 360].entries()) {
		await bo.setViewportSize({ width, height: 800 });
		assert.deepEqual(await overflow(bo), []);
		if (process.env.SHOTS) await bo.screenshot({ path: join(process.env.SHOTS, `${n}.png`), fullPage: true });
	}
	await send(bo, '.composer__actions button:not([name])');
	assert.match(await bo.locator('#p1 .post__wiki').innerText(), /Last edited by Bo Answers/);
	await bo.go(`/p/${post}/history`);
	assert.equal(await bo.locator('form[action$="/restore"]').count(), 2);
});

test('every page of it is sound, small, dark and right-to-left', async () => {
	for (const path of [place, `/p/${post}/edit`, `/p/${post}/history`, `/new-topic?from=${post}`]) {
		for (const [width, colorScheme, language] of [[1280, 'light', ''], [360, 'dark', ''], [360, 'light', 'ar']]) {
			const page = await person({ viewport: { width, height: 800 }, colorScheme, storageState: await bo.context().storageState() });
			await page.go(path + (language && `${path.includes('?') ? '&' : '?'}uselang=${language}`));
			await sound(page);
			await page.context().close();
		}
	}
});

test('an answer shows what it answers, in place', async () => {
	await bo.go(`${place}/reply?to=1`);
	await bo.locator('textarea[name="raw"]').fill('I have salt.');
	await send(bo, '.composer__actions button:not([name])');
	const link = bo.locator('#p2 .post__reply-to');
	assert.match(await link.getAttribute('href'), /#p1$/, 'without scripts it leads there');
	const page = await person({ storageState: await bo.context().storageState() });
	await page.go(place);
	const opener = page.locator('#p2 .post__reply-to');
	assert.equal(await opener.getAttribute('aria-expanded'), 'false');
	await opener.focus();
	await page.keyboard.press('Enter');
	await page.locator('#p2 .post__parent').waitFor();
	assert.match(await page.locator('#p2 .post__parent').innerText(), /Ada Asks[\s\S]*black tea/);
	assert.equal(await opener.getAttribute('aria-expanded'), 'true');
	await sound(page);
	await opener.click();
	await page.locator('#p2 .post__parent').waitFor({ state: 'detached' });
	// From a page of the topic that is not this one: it is asked for.
	await page.evaluate(() => document.getElementById('p1').remove());
	await opener.click();
	await page.locator('#p2 .post__parent').waitFor();
	assert.match(await page.locator('#p2 .post__parent').innerText(), /black tea/);
	assert.equal(new URL(page.url()).pathname, place);
	assert.deepEqual(page.faults, []);
	await page.context().close();
});

test('a reply begins a topic of its own, and both say so', async () => {
	await bo.go(place);
	await bo.locator('#p1 details.menu summary').click();
	await send(bo, `#p1 a[href="/new-topic?from=${post}"]`);
	await bo.locator('[name="title"]').fill('About tea');
	await send(bo, 'form[action="/new-topic"] .composer__actions button:not([name])');
	assert.match(await bo.locator('.topic__from').innerText(), /Continued from Shopping · Post 1/);
	const there = new URL(bo.url()).pathname;
	const stranger = await person(plain);
	await stranger.go(place);
	assert.equal(await stranger.locator('#p1 .post__continued a').getAttribute('href'), there);
	for (const path of [place, there]) {
		const page = await person();
		await page.go(path);
		await sound(page);
	}
});

test('an address gets a card; the reader asks nobody but this site', async () => {
	const address = `http://127.0.0.1:${world.address().port}/tea`;
	await bo.go(place);
	await bo.locator('form#reply textarea').fill(`Look:\n\n${address}`);
	await send(bo, 'form#reply .composer__actions button:not([name])');
	const stranger = await person({ viewport: { width: 360, height: 800 } });
	await stranger.go(place);
	for (let tries = 0; await stranger.locator('.link-card').count() === 0 && tries < 200; tries++) await stranger.reload();
	const card = stranger.locator('.link-card');
	assert.match(await card.innerText(), /The Tea House\s+How to make tea\s+Leaves first/);
	assert.equal(await card.locator('a').getAttribute('href'), address);
	assert.ok(await card.locator('img').evaluate((img) => img.decode().then(() => img.naturalWidth > 0)));
	await sound(stranger);
	assert.deepEqual(asked.sort(), ['/cup.png', '/tea'], 'each was asked once, by the server');
});
