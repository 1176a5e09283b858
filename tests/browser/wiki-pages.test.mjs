// Wiki pages that a topic is about: titles are suggested while a line is written, by keyboard, mouse and touch, from left and
// from right; without scripts the field is a plain one.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { arm, axe, overflow } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { folder, serve, tell } from './lib/stoa.mjs';
import { Visitor } from './lib/visitor.mjs';
import { startWiki } from './lib/wiki.mjs';

const ADMIN = { name: 'Ines', password: 'nine owls read slowly' };

let browser;
let site;
let admin;
let wikis;
/** What the second wiki is called here. */
let second;

before(async () => {
	wikis = await Promise.all([startWiki(), startWiki({ env: { DOUBLE_WIKI_ID: 'herbs', DOUBLE_TITLE: 'Herb Wiki' } })]);
	const data = folder();
	await tell(`${ADMIN.password}\n`, 'setup', '--data', data, '--site-name', 'Teahouse', '--admin', ADMIN.name, '--email', 'ines@example.org', '--password-stdin');
	writeFileSync(join(data, 'stoa.toml'), `fetch-from = [${wikis.map(({ base }) => `"${base.replace('http://', '')}"`)}]\n`);
	site = await serve('--data', data);
	browser = await launch();
	admin = await new Visitor(site.base).logIn(ADMIN.name, ADMIN.password);
});

after(async () => {
	await browser?.close();
	await site?.stop();
	wikis?.forEach((wiki) => wiki.stop());
});

async function person(options = {}) {
	const context = await admin.lend(await browser.newContext({ reducedMotion: 'reduce', ...options }));
	context.setDefaultTimeout(15_000);
	const page = await watch(await context.newPage(), site.base);
	page.go = (path) => page.goto(site.base + path);
	page.field = page.locator('textarea[name="pages"]');
	page.list = page.getByRole('listbox');
	page.options = page.list.getByRole('option');
	page.shot = (name) => (process.env.SHOTS ? page.screenshot({ path: join(process.env.SHOTS, `pages-${name}.png`) }) : undefined);
	return page;
}

/** The field with suggestions for these letters in a line of their own. */
async function write(page, letters, count) {
	await page.field.pressSequentially(letters);
	await page.list.waitFor();
	await page.waitForFunction((n) => document.querySelectorAll('[role="listbox"] > *').length === n, count);
}

test('nothing is loaded where no wiki is joined', async () => {
	const page = await person();
	await page.go('/new-topic');
	assert.equal(await page.field.count(), 0);
	assert.equal(await page.locator('script[src*="pages"]').count(), 0);
	for (const { base } of wikis) {
		const answer = await admin.send('/admin/wikis/new', '/admin/wikis/new', { address: base });
		assert.equal(answer.status, 200);
		second = /\/admin\/wikis\/([a-z0-9-]+)\/login/.exec(await answer.text())[1];
	}
	await page.go('/latest');
	assert.equal(await page.locator('script[src*="pages"]').count(), 0, 'nor on pages without the field');
	await page.context().close();
});

test('titles are chosen by keyboard, one a line', async () => {
	const page = await person();
	await page.go('/new-topic');
	await page.fill('[name="title"]', 'Pots and leaves');
	await page.locator('[name="category"]').selectOption({ index: 1 });
	const { field } = page;
	await write(page, 'gr', 2);
	assert.deepEqual(await page.options.allInnerTexts().then((all) => all.map((text) => text.replace(/\s+/g, ' '))), ['Green tea Tea Wiki', 'Green tea Herb Wiki']);
	assert.equal(await field.getAttribute('aria-autocomplete'), 'list');
	assert.equal(await field.getAttribute('aria-controls'), await page.list.getAttribute('id'));
	assert.equal(await field.getAttribute('aria-activedescendant'), null, 'nothing is chosen by itself');
	await page.getByRole('status').filter({ hasText: 'Suggestions: 2.' }).waitFor();
	await page.shot('desktop');
	await arm(page);
	assert.deepEqual(await axe(page), []);
	await page.keyboard.press('ArrowDown');
	const active = await field.getAttribute('aria-activedescendant');
	assert.equal(await page.locator(`[id="${active}"]`).getAttribute('aria-selected'), 'true');
	await page.keyboard.press('Enter');
	await page.list.waitFor({ state: 'detached' });
	assert.equal(await field.inputValue(), 'Green tea');
	assert.equal(await field.getAttribute('aria-activedescendant'), null);
	// The other wiki's pages carry its name; up from the top goes to the last one.
	await page.keyboard.press('Enter');
	await write(page, 'mi', 2);
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('Enter');
	assert.equal(await field.inputValue(), `Green tea\n${second}:Mint`);
	// Whoever moves to nothing gets a new line, and what was typed stays.
	await page.keyboard.press('Enter');
	await write(page, 'ch', 2);
	await page.keyboard.press('Escape');
	await page.list.waitFor({ state: 'detached' });
	await page.keyboard.press('Backspace');
	await write(page, 'h', 2);
	await page.keyboard.press('Enter');
	await page.list.waitFor({ state: 'detached' });
	assert.equal(await field.inputValue(), `Green tea\n${second}:Mint\nch\n`);
	// The browser's own undo knows what was chosen.
	await page.keyboard.press('Backspace');
	for (let n = 0; n < 3; n++) await page.keyboard.press('Backspace');
	// A line in the middle is changed without the others.
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('Home');
	await page.keyboard.press('Shift+End');
	await write(page, 'chA', 2);
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	assert.equal(await field.inputValue(), `Cha\n${second}:Mint`);
	await page.fill('[name="raw"]', 'What do you drink from?').catch(() => page.locator('.composer__rich').fill('What do you drink from?'));
	await page.locator('form[action="/new-topic"] .composer__actions button:not([name])').click();
	await page.waitForURL('**/t/pots-and-leaves/*');
	await page.getByRole('link', { name: 'Cha' }).waitFor();
	await page.getByRole('link', { name: 'Mint' }).waitFor();
	assert.deepEqual(page.faults, []);
	await page.context().close();
});

test('an address needs no help, and what nobody wrote has none', async () => {
	const page = await person();
	await page.go('/new-topic');
	const asked = [];
	page.on('request', (request) => { if (request.url().includes('/suggest/pages')) asked.push(new URL(request.url()).searchParams.get('q')); });
	await page.field.pressSequentially(`${wikis[0].base}/wiki/Green_tea`);
	await page.keyboard.press('Enter');
	await page.field.pressSequentially('zz');
	await page.waitForResponse(/suggest\/pages/);
	assert.equal(await page.list.count(), 0);
	assert.ok(asked.every((q) => !q.includes('//')), asked.join());
	await page.context().close();
});

test('by mouse on a topic that is there, and by touch on a phone from right to left in the dark', async () => {
	const own = await person();
	await own.go('/latest');
	const path = await own.locator('.topic-row__title a').first().getAttribute('href');
	const id = /\/(\d+)$/.exec(path)[1];
	await own.go(`/t/${id}/wikis`);
	await own.field.fill('');
	await write(own, 'gr', 2);
	await own.options.nth(1).click();
	assert.equal(await own.field.inputValue(), `${second}:Green tea`);
	assert.equal(await own.evaluate(() => document.activeElement.name), 'pages', 'one writes on');
	assert.deepEqual(own.faults, []);
	await own.context().close();

	const phone = await person({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, colorScheme: 'dark' });
	for (const [name, where] of [['topic', `/t/${id}/wikis?uselang=ar`], ['new', '/new-topic?uselang=ar']]) {
		await phone.go(where);
		await phone.field.fill('');
		await phone.field.tap();
		await write(phone, 'شا', 2);
		await phone.shot(`arabic-${name}`);
		assert.deepEqual(await overflow(phone), []);
		const [list, field] = await Promise.all([phone.list.boundingBox(), phone.field.boundingBox()]);
		assert.ok(list.x >= 0 && list.x + list.width <= 360 && list.y >= field.y + field.height, JSON.stringify({ list, field }));
		for (const option of await phone.options.all()) assert.ok((await option.boundingBox()).height >= 44, 'as large as a finger');
		const [title, wiki] = await Promise.all(['label', 'more'].map((part) => phone.options.first().locator(`.suggest__${part}`).boundingBox()));
		assert.ok(wiki.x < list.x + 20 && title.x > wiki.x + wiki.width, 'the wiki stands at the end of the line');
		await arm(phone);
		assert.deepEqual(await axe(phone), []);
		await phone.options.first().tap();
		assert.equal(await phone.field.inputValue(), 'شاي بالنعناع');
	}
	await write(phone, '\nProc', 2);
	await phone.shot('arabic-long');
	const [lines, below] = await Promise.all(['label', 'more'].map((part) => phone.options.first().locator(`.suggest__${part}`).boundingBox()));
	assert.ok(below.y >= lines.y + lines.height - 1 && below.height < 30, 'a long title has its lines for itself');
	assert.deepEqual(await overflow(phone), []);
	assert.deepEqual(phone.faults, []);
	await phone.context().close();
});

test('without scripts the field is as it was', async () => {
	const page = await person({ javaScriptEnabled: false });
	await page.go('/new-topic');
	await page.fill('[name="title"]', 'A plain one');
	await page.locator('[name="category"]').selectOption({ index: 1 });
	await page.fill('[name="raw"]', 'About mint.');
	await page.field.fill('mint');
	await page.locator('form[action="/new-topic"] .composer__actions button:not([name])').click();
	await page.waitForURL('**/t/a-plain-one/*');
	await page.getByRole('link', { name: 'Mint' }).waitFor();
	await page.context().close();
});
