// Two people and what reaches them: following, unread, notifications, muting; with scripts and without, wide and on a phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arm, axe } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { serve } from './lib/stoa.mjs';
import { signUp } from './lib/demo.mjs';

const ADA = { name: 'Ada', email: 'ada@example.org', password: 'nine owls read slowly' };
const BO = { name: 'Bo', email: 'bo@example.org', password: 'eleven storks walk home' };
const SOON_MS = 8000;

let browser;
let site;
let ada;
let bo;

before(async () => {
	browser = await launch();
	site = await serve('--demo');
	ada = await signUp(site, ADA);
	bo = await signUp(site, BO);
});

after(async () => {
	await browser?.close();
	await site?.stop();
});

/** A page on which `visitor` is logged in. */
async function page(visitor, options = {}) {
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	context.setDefaultTimeout(10_000);
	await context.addCookies([...visitor.jar].map(([name, value]) => ({ name, value, url: site.base })));
	const made = await watch(await context.newPage(), site.base);
	made.go = (path) => made.goto(site.base + path);
	return made;
}

/** Starts a topic with `visitor`; its path. */
async function topic(visitor, title) {
	const { html } = await visitor.open('/new-topic');
	const category = /<option value="(\d+)"/.exec(html.split('id="category"')[1])[1];
	const answer = await visitor.send('/new-topic', '/new-topic', { title, raw: `About ${title}.`, category });
	assert.equal(answer.status, 303, `a topic: ${answer.status}`);
	return new URL(answer.headers.get('location'), site.base).pathname;
}

const idOf = (path) => path.split('/').at(-1);

async function reply(visitor, path, raw, more = {}) {
	const answer = await visitor.send(path, `/t/${idOf(path)}/replies`, { raw, ...more });
	assert.equal(answer.status, 303, `a reply: ${answer.status}`);
}

/** Asks until the page has the words. */
async function shows(on, path, words) {
	const end = Date.now() + SOON_MS;
	for (;;) {
		await on.go(path);
		if ((await on.locator('body').innerText()).includes(words)) return;
		assert.ok(Date.now() < end, `${path} never shows “${words}”`);
		await new Promise((done) => setTimeout(done, 100));
	}
}

const WAYS = [
	['with scripts', {}],
	['without scripts', { javaScriptEnabled: false }],
	['on a phone', { viewport: { width: 360, height: 740 }, hasTouch: true }],
];

for (const [how, options] of WAYS) {
	test(`somebody is told and can say how much, ${how}`, async () => {
		const path = await topic(ada, `Harbour ${how}`);
		const on = await page(ada, options);
		await reply(bo, path, `@Ada the ships are in, ${how}.`, { in_reply_to: 1 });
		await shows(on, '/notifications', `Harbour ${how}`);
		assert.match(await on.locator('.notices__text a').first().innerText(), /Bo mentioned you/);
		const link = on.locator('.notices__text a').first();
		await on.locator('.notices__why summary').first().click();
		assert.match(await on.locator('.notices__why').first().innerText(), /speaks to you/);
		await link.click();
		assert.match(on.url(), /#p2$/, 'it leads to the post');
		// The level is chosen at the end of the topic, and says why it is what it is.
		assert.match(await on.locator('.topic__follow').innerText(), /started this topic/);
		await on.locator('.menu--follow summary').click();
		await on.locator('.menu--follow button[value=muted]').click();
		await on.waitForLoadState('load');
		assert.match(await on.locator('.menu--follow summary').innerText(), /Muted/);
		const panel = async () => (await on.locator('.menu--follow .menu__panel').boundingBox()) ?? { x: 0, width: 0 };
		await on.locator('.menu--follow summary').click();
		const box = await panel();
		assert.ok(box.x >= 0 && box.x + box.width <= on.viewportSize().width, `the panel stands inside the window: ${JSON.stringify(box)}`);
		await reply(bo, path, '@Ada again?');
		await new Promise((done) => setTimeout(done, 1500));
		await on.go('/notifications');
		assert.equal(await on.locator('.notices__one--unread').count(), 0, 'a muted topic tells nothing');
		await on.context().close();
	});
}

test('pages of following and notifications are accessible in every look', async () => {
	const path = await topic(ada, 'Lighthouse');
	await reply(bo, path, '@Ada light?');
	const looks = [
		['light', {}, ''], ['dark', { colorScheme: 'dark' }, ''], ['right to left', {}, '?uselang=ar'],
		['phone', { viewport: { width: 360, height: 740 } }, ''],
	];
	for (const [look, options, query] of looks) {
		const on = await page(ada, options);
		await shows(on, '/notifications', 'Bo');
		for (const address of ['/notifications', '/settings/notifications', '/settings/following', '/new', '/unread', path]) {
			await on.go(address + query);
			await arm(on);
			if (address === path) await on.locator('.menu--follow summary').click();
			const found = await axe(on);
			assert.deepEqual(found, [], `${address} (${look})`);
			const wide = await on.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			assert.ok(wide <= 0, `${address} (${look}) scrolls sideways by ${wide}`);
		}
		await on.context().close();
	}
});

test('somebody muted is folded away', async () => {
	const path = await topic(bo, 'Fish');
	const on = await page(ada);
	await on.go('/u/Bo');
	await on.locator('form[action$="/mute"] button').click();
	await on.waitForLoadState('load');
	await on.go(path);
	const body = on.locator('#p1 .post__body');
	assert.equal(await body.isVisible(), false);
	await on.locator('#p1 .post__muted summary').click();
	assert.ok(await body.isVisible(), 'one may look all the same');
	await on.go('/settings/following');
	await on.locator('form[action$="/unmute"] button').click();
	await on.waitForLoadState('load');
	await on.go(path);
	assert.ok(await body.isVisible());
	await on.context().close();
});
