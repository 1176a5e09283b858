// Two people and a moderator, through all of talk: once with everything on, on a phone, from right to left, without scripts.
// Every step is one that works as a plain form, so that each way plays the same story; axe looks at each page on it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { arm, axe, overflow } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { adminOf } from './lib/demo.mjs';
import { ROOT, serve } from './lib/stoa.mjs';
import { Visitor } from './lib/visitor.mjs';

const WAYS = [
	['with scripts', {}],
	['on a phone', { viewport: { width: 360, height: 740 }, hasTouch: true }],
	['from right to left', { lang: 'ar', colorScheme: 'dark' }],
	['without scripts', { javaScriptEnabled: false }],
];
const PASSWORD = 'nine owls read slowly';
const PICTURE = { name: 'bridge.png', mimeType: 'image/png', buffer: readFileSync(join(ROOT, 'crates/stoa/demo/pictures/bridge.png')) };
const SOON_MS = 10_000;

let browser;
let site;
let admin;

before(async () => {
	browser = await launch();
});

// A site for each: more than ten people do not sign up from one network at once.
beforeEach(async () => {
	site = await serve('--demo');
	const { name, password } = adminOf(site);
	admin = await new Visitor(site.base).logIn(name, password);
});

afterEach(async () => {
	await site?.stop();
});

after(async () => {
	await browser?.close();
});

/** A browser of somebody's own. */
async function person({ lang, ...options }) {
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	context.setDefaultTimeout(SOON_MS);
	const cookies = [['stoa-lang', lang]].filter(([, value]) => value);
	// The plain view of a text is the same in every way of playing.
	await context.addInitScript(() => localStorage.setItem('stoaView', 'markdown'));
	if (cookies.length > 0) await context.addCookies(cookies.map(([name, value]) => ({ name, value, url: site.base })));
	const page = await watch(await context.newPage(), site.base);
	page.hasScripts = options.javaScriptEnabled !== false;
	page.go = async (path) => {
		await page.goto(site.base + path);
		await sound(page);
	};
	return page;
}

/** What axe and the page's width say of it. */
async function sound(page) {
	assert.deepEqual(await overflow(page), [], page.url());
	if (!page.hasScripts) return;
	await arm(page);
	assert.deepEqual(await axe(page), [], page.url());
}

/** Presses what sends a form or follows a link, and waits for the page after it, or for the answer that scripts put in. */
async function press(page, target) {
	const button = typeof target === 'string' ? page.locator(target).first() : target;
	const swapped = (answer) => answer.request().method() === 'POST' && /\/(like|unlike|vote)$/.test(answer.url());
	const after = [page.waitForEvent('load'), page.waitForResponse(swapped)];
	for (const one of after) one.catch(() => {});
	await Promise.all([Promise.race(after), button.click()]);
	await page.waitForLoadState('load');
	await sound(page);
}

/** Presses something in the menu behind a post's "More". */
async function more(page, number, target) {
	const menu = page.locator(`#p${number} details.menu`).first();
	await menu.locator('summary').click();
	await press(page, menu.locator(target).first());
}

const text = (page) => page.locator('body').innerText();
const pathOf = (page) => new URL(page.url()).pathname;
const idOf = (path) => path.split('/').at(-1);

/** Loads a page again until it has the words: people are told beside the request that concerns them. */
async function shows(page, path, words) {
	const end = Date.now() + SOON_MS;
	for (;;) {
		await page.goto(site.base + path);
		if ((await text(page)).includes(words)) break;
		assert.ok(Date.now() < end, `${path} never shows “${words}”`);
		await new Promise((done) => setTimeout(done, 150));
	}
	await sound(page);
}

/** Writes, and waits until the site has kept it. */
async function kept(page, write) {
	const answer = page.waitForResponse((one) => one.url().endsWith('/drafts') && one.ok());
	await write();
	await answer;
}

async function signUp(page, name) {
	await page.go('/signup');
	for (const [field, value] of Object.entries({ name, email: `${name.replace(/\W/g, '')}@example.org`, password: PASSWORD })) {
		await page.locator(`form[action="/signup"] [name="${field}"]`).fill(value);
	}
	await press(page, 'form[action="/signup"] button[type=submit]');
}

async function logIn(page, name) {
	await page.go('/login');
	await page.locator('form[action="/login"] [name=name]').fill(name);
	await page.locator('form[action="/login"] [name=password]').fill(PASSWORD);
	await press(page, 'form[action="/login"] button[type=submit]');
}

/** Makes somebody a moderator, which ends their sessions. */
async function promote(name) {
	const { html } = await admin.open(`/admin/people?q=${encodeURIComponent(name)}`);
	const path = /href="(\/admin\/people\/\d+)/.exec(html)[1];
	const done = await admin.send(path, `${path}/role`, { group: '2', act: 'grant' });
	assert.equal(done.status, 303, `promoting ${name}: ${done.status}`);
}

let round = 0;
for (const [how, options] of WAYS) {
	test(`two people and a moderator, ${how}`, { timeout: 240_000 }, async () => {
		round += 1;
		const [ada, bo, ines] = [await person(options), await person(options), await person(options)];
		const names = ['Ada', 'Bo', 'Ines'].map((name) => `${name} ${'ABCD'[round - 1]}`);
		const title = `The harbour festival ${round}`;

		// First steps: a welcome that can be skipped or used, and rules before the first post.
		for (const [n, page] of [ada, bo, ines].entries()) await signUp(page, names[n]);
		await promote(names[2]);
		await logIn(ines, names[2]);
		assert.equal(pathOf(ada), '/welcome');
		await ada.locator('select[name=follow]').first().selectOption({ index: 4 });
		await press(ada, 'form[action="/welcome"] button[type=submit]');
		await bo.go('/unread');
		assert.ok(await bo.locator('.empty').isVisible(), 'an empty list helps');

		// A topic with a poll and a picture.
		await ada.go('/new-topic');
		assert.ok(await ada.locator('a[href="/rules"]').first().isVisible(), 'rules before the first post');
		await ada.locator('[name=title]').fill(title);
		await ada.locator('select[name=category]').selectOption({ index: 1 });
		await ada.locator('textarea[name=raw]').fill('Who **comes** to the harbour?\n\n[poll]\n* by boat\n* on foot\n[/poll]\n');
		await press(ada, ada.locator('form.composer button[type=submit]:not([name])').first());
		const path = pathOf(ada);
		assert.ok((await ada.locator('#p1 .post__body strong').innerText()).includes('comes'));

		// Bo votes, follows closely, keeps the post for later, likes it, and replies with a quote.
		await bo.go(path);
		await bo.locator('#p1 .poll input:not([type=hidden])').first().check();
		await press(bo, '#p1 .poll button[type=submit]');
		assert.ok(await bo.locator('#p1 .poll').first().isVisible());
		await bo.go(path);
		await bo.locator('details.menu--follow summary').click();
		await press(bo, 'details.menu--follow button[value=watching]');
		await more(bo, 1, 'a[href$="/bookmark"]');
		await bo.locator('form[action$="/bookmark"] [name=note]').fill('for the summer');
		await press(bo, 'form[action$="/bookmark"] button[type=submit]');
		await bo.go('/bookmarks');
		assert.ok((await text(bo)).includes('for the summer'));
		await bo.go(path);
		await press(bo, '#p1 button[formaction$="/like"]');
		await bo.locator('#p1 button[formaction$="/unlike"]').waitFor();
		await bo.go(path);
		await more(bo, 1, 'a[href*="reply?quote=1"]');
		const quote = await bo.locator('textarea[name=raw]').inputValue();
		assert.match(quote, /\[quote=/);
		await bo.locator('textarea[name=raw]').fill(`${quote}\n\nI come by boat, @${names[0].replace(' ', '_')}.`);
		await press(bo, 'form.composer button[type=submit]:not([name])');
		assert.ok(await bo.locator('#p2 .quote, #p2 blockquote').first().isVisible());

		// A picture by the plain button.
		await bo.go(`${path}/reply`);
		await bo.locator('textarea[name=raw]').fill('The old bridge:');
		const file = bo.locator('form.composer input[type=file]').first();
		if (!bo.hasScripts) {
			await bo.locator('form.composer details:has(input[type=file]) summary').first().click();
			await file.setInputFiles(PICTURE);
			await bo.locator('form.composer [name=alt]').first().fill('a bridge');
			await press(bo, 'form.composer button[name=add_file]');
			await press(bo, 'form.composer button[type=submit]:not([name])');
			assert.equal(await bo.locator('#p3 img[alt="a bridge"]').count(), 1);
		} else await press(bo, 'form.composer button[type=submit]:not([name])');

		// Ada is told why, and can stop it.
		await shows(ada, '/notifications', title);
		assert.ok((await text(ada)).includes(names[1]));
		await press(ada, '.notices__text a');
		assert.equal(pathOf(ada), path);

		// A draft waits where it was begun.
		await ada.go(`${path}/reply`);
		if (ada.hasScripts) {
			await kept(ada, () => ada.locator('textarea[name=raw]').fill('A thought that waits.'));
			await ada.go(path);
			assert.equal(await ada.locator('#reply textarea').inputValue(), 'A thought that waits.');
			await kept(ada, () => ada.locator('#reply textarea').fill(''));
		}

		// The first post becomes one that everybody edits; two who edit at once lose nothing.
		await ada.go(path);
		await more(ada, 1, 'button[formaction$="/wiki"]');
		await bo.go(path);
		const edit = await bo.locator('#p1 a[href$="/edit"]').first().getAttribute('href');
		assert.ok(edit, 'a wiki post is edited by everybody');
		await bo.go(edit);
		await ines.go(edit);
		const before = await bo.locator('textarea[name=raw]').inputValue();
		await bo.locator('textarea[name=raw]').fill(before.replace('Who **comes**', 'Who **comes along**'));
		await press(bo, 'form.composer button[type=submit]:not([name])');
		await ines.locator('textarea[name=raw]').fill(before.replace('Who **comes**', 'Who **comes sailing**'));
		await press(ines, 'form.composer button[type=submit]:not([name])');
		assert.ok(await ines.locator('#theirs').isVisible(), 'both texts are shown');
		assert.ok((await ines.locator('textarea[name=raw]').inputValue()).includes('comes sailing'));
		await press(ines, 'form.composer button[type=submit]:not([name])');
		await ines.go(path);
		assert.ok((await ines.locator('#p1').innerText()).includes('comes sailing'));
		await ines.go(edit.replace('/edit', '/history'));
		assert.ok((await text(ines)).includes(names[1]));

		// A reply goes on as a topic of its own, with links both ways.
		await bo.go(path);
		await more(bo, 2, 'a[href^="/new-topic?from="]');
		await bo.locator('[name=title]').fill(`Boats ${round}`);
		await bo.locator('select[name=category]').selectOption({ index: 1 });
		await press(bo, 'form.composer button[type=submit]:not([name])');
		const boats = pathOf(bo);
		assert.ok(await bo.locator(`a[href^="${path}"]`).first().isVisible());
		await ada.go(path);
		assert.ok(await ada.locator(`#p2 a[href^="${boats}"]`).first().isVisible());

		// Ada reads on later, from here.
		await more(ada, 2, 'button[formaction$="/unread-from"]');
		await shows(ada, '/unread', title);
		await press(ada, 'form[action="/unread/mark-read"] button');
		await press(ada, 'form[action="/unread/undo"] button');
		assert.ok((await text(ada)).includes(title));

		// In private: a stranger's first message says what to look out for; the moderator comes when asked.
		await bo.go(`/u/${names[0].replace(' ', '_')}`);
		await press(bo, 'a[href^="/messages/new"]');
		await bo.locator('[name=title]').fill(`A secret ${round}`);
		await bo.locator('textarea[name=raw]').fill('Do you know where the lanterns are?');
		await press(bo, 'form.composer button[type=submit]:not([name])');
		const secret = pathOf(bo);
		await shows(ada, '/notifications', `A secret ${round}`);
		await ada.go('/messages');
		await press(ada, `a[href^="${secret}"]`);
		assert.ok(await ada.locator('.contact-line').isVisible());
		assert.equal((await ines.goto(site.base + secret)).status(), 404);
		await press(ada, '.contact-line button[formaction$="/call-moderators"]');
		await shows(ines, '/notifications', `A secret ${round}`);
		await ines.go(secret);
		assert.ok((await text(ines)).includes('lanterns'));
		await bo.go(`/t/${idOf(secret)}/people`);
		await press(bo, 'button[formaction$="/leave"]');
		assert.equal((await bo.goto(site.base + secret)).status(), 404);

		// Bo has had enough of Ada; nothing of hers reaches him.
		await bo.go(`/u/${names[0].replace(' ', '_')}`);
		await press(bo, 'form[action$="/mute"] button');
		await bo.go(path);
		assert.ok(await bo.locator('#p1 details').first().isVisible());

		// Where one hears of what: the grid.
		await ada.go('/settings/notifications');
		await ada.locator('input[value="like-mail"]').check();
		await press(ada, 'form[action="/settings/notifications"] button[type=submit]');
		assert.ok(await ada.locator('input[value="like-mail"]').isChecked());

		// The list of an open page says that there is something new, without a jump.
		if (ada.hasScripts) {
			await ada.go(path);
			await ines.go(`${path}/reply`);
			await ines.locator('textarea[name=raw]').fill('The lanterns are lit.');
			await press(ines, 'form.composer button[type=submit]:not([name])');
			await ada.locator('.live button').click();
			await ada.getByText('The lanterns are lit.').waitFor();
		}
		for (const page of [ada, bo, ines]) {
			assert.deepEqual(page.faults.filter((fault) => !/40[49]|422/.test(fault)), []);
			await page.context().close();
		}
	});
}
