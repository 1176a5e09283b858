// What happens while one looks: two people on one topic, and on the list.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arm, axe } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { serve } from './lib/stoa.mjs';

const INES = { name: 'Ines', email: 'ines@example.org', password: 'nine owls read slowly' };
const BO = { name: 'Bo', email: 'bo@example.org', password: 'eleven storks walk home' };
/** A stream is opened a second after the page; then a reply needs less than another. */
const OPENED_MS = 1800;

let browser;
let site;

before(async () => {
	[browser, site] = await Promise.all([launch(), serve()]);
});

after(async () => {
	await browser?.close();
	await site?.stop();
});

async function person(options = {}) {
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	context.setDefaultTimeout(10_000);
	const page = await watch(await context.newPage(), site.base);
	page.go = (path) => page.goto(site.base + path);
	return page;
}

async function send(page, action, fields) {
	const form = page.locator(`form[method=post][action="${action}"]`).first();
	for (const [name, value] of Object.entries(fields)) {
		const field = form.locator(`[name="${name}"]`).first();
		if (await field.evaluate((f) => f.localName === 'select')) await field.selectOption(value);
		else await field.fill(value);
	}
	await form.locator('button[type=submit]:not([name=preview])').first().click();
	await page.waitForLoadState('load');
}

async function reply(page, id, raw) {
	const form = page.locator(`form[action="/t/${id}/replies"]`);
	await form.locator('textarea').fill(raw);
	await form.locator('button[type=submit]:not([name=preview])').first().click();
	await page.getByText(raw).first().waitFor();
}

test('what others write is offered and shown in place', async (t) => {
	const ines = await person({ viewport: { width: 360, height: 740 } });
	const bo = await person();
	const reader = await person({ colorScheme: 'dark' });
	await ines.go('/');
	const key = new URL(/http:\S+\/setup\?key=\S+/.exec(site.err)[0]);
	await ines.go(key.pathname + key.search);
	await send(ines, '/setup', { site_name: 'Riverside', ...INES });
	await bo.go('/signup');
	await send(bo, '/signup', BO);
	await bo.go('/new-topic');
	const category = await bo.locator('#category option:not([value=""])').last().getAttribute('value');
	await send(bo, '/new-topic', { title: 'Who walks along the river?', category, raw: 'On Sunday at ten.' });
	const topic = new URL(bo.url()).pathname;
	const id = topic.split('/').at(-1);
	const button = (page) => page.locator('.live button');

	await t.test('replies, one and then two more, without a jump', async () => {
		await Promise.all([ines.go(topic), reader.go(topic)]);
		await ines.waitForTimeout(OPENED_MS);
		await reply(bo, id, 'The first to come.');
		for (const page of [ines, reader]) {
			await button(page).waitFor();
			assert.equal(await button(page).innerText(), 'Show 1 new reply');
			assert.equal(await page.locator('#p2').count(), 0, 'nothing is shown before it is asked for');
			await arm(page);
			assert.deepEqual(await axe(page), []);
		}
		await ines.screenshot({ path: `${process.env.SHOTS ?? site.data}/live-phone.png` });
		await reader.screenshot({ path: `${process.env.SHOTS ?? site.data}/live-dark.png` });
		await reply(bo, id, 'The second to come.');
		await ines.getByRole('button', { name: 'Show 2 new replies' }).waitFor();
		const before = await ines.evaluate(() => scrollY);
		await button(ines).click();
		await ines.locator('#p3').waitFor();
		assert.match(await ines.locator('#p2 .post__body').innerText(), /first to come/);
		assert.equal(await ines.evaluate(() => scrollY), before, 'the page stays where it was');
		assert.equal(await ines.evaluate(() => document.activeElement.id), 'p2');
		assert.equal(await button(ines).count(), 0);
		await arm(ines);
		assert.deepEqual(await axe(ines), []);
	});

	await t.test('likes are counted in place, and new articles take part', async () => {
		await bo.waitForTimeout(OPENED_MS);
		await ines.locator('#p2 .like__button').click();
		await ines.locator('#p2 .like__button[aria-pressed=true]').waitFor();
		await bo.waitForFunction(() => document.querySelector('#p2 .like__button > span').textContent === '1');
	});

	await t.test('a list says that something is new', async () => {
		await reader.go('/latest');
		await reader.waitForTimeout(OPENED_MS);
		await reply(bo, id, 'The third to come.');
		await reader.getByRole('button', { name: '1 topic has something new — show' }).click();
		await reader.waitForFunction(() => /3/.test(document.querySelector('.topic-row__replies').textContent));
		assert.equal(await button(reader).count(), 0);
	});

	await t.test('Arabic has words of its own for two', async () => {
		await reader.go(`${topic}?uselang=ar`);
		await reader.waitForTimeout(OPENED_MS);
		await reply(bo, id, 'The fourth to come.');
		await reply(bo, id, 'The fifth to come.');
		await reader.getByRole('button', { name: 'اعرض ردَّين جديدين' }).waitFor();
		await reader.screenshot({ path: `${process.env.SHOTS ?? site.data}/live-ar.png` });
	});

	await t.test('a tab that is left and seen again goes on', async () => {
		await ines.go(topic);
		await ines.waitForTimeout(OPENED_MS);
		await ines.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
		await reply(bo, id, 'The sixth to come.');
		await ines.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
		await button(ines).waitFor();
	});
	for (const page of [ines, bo, reader]) assert.deepEqual(page.faults, []);
});
