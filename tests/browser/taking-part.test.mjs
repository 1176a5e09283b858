// Taking part: first steps, topics like a new one, keys, writing without a connection, and what others do meanwhile.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arm, axe, invalid, overflow } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { serve } from './lib/stoa.mjs';

const INES = { name: 'Ines', email: 'ines@example.org', password: 'nine owls read slowly' };
const BO = { name: 'Bo', email: 'bo@example.org', password: 'eleven storks walk home' };
const ADA = { name: 'Ada', email: 'ada@example.org', password: 'seven small boats' };
/** A stream is opened a second after the page; a draft is saved two seconds after typing stops. */
const OPENED_MS = 1800;

let browser;
let site;
let ines;
let bo;
let ada;
let topic;
let id;

async function person(options = {}) {
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	context.setDefaultTimeout(15_000);
	const page = await watch(await context.newPage(), site.base);
	page.go = (path) => page.goto(site.base + path);
	return page;
}

const at = (page) => new URL(page.url()).pathname;

async function send(page, action, fields) {
	const form = page.locator(`form[method=post][action="${action}"]`).first();
	for (const [name, value] of Object.entries(fields)) {
		const field = form.locator(`[name="${name}"]`).first();
		if (await field.evaluate((f) => f.localName === 'select')) await field.selectOption(value);
		else if (await field.evaluate((f) => f.type === 'radio')) await form.locator(`[name="${name}"][value="${value}"]`).check({ force: true });
		else await field.fill(value);
	}
	await form.locator('button[type=submit]:not([name=preview])').first().click();
	await page.waitForLoadState('load');
}

/** Writes in the composer of the page, whichever view is open. */
async function write(page, text) {
	await page.locator('#raw').evaluate((area, value) => {
		area.value = value;
		area.dispatchEvent(new Event('input', { bubbles: true }));
	}, text);
}

const written = (page) => page.locator('#raw').inputValue();

async function until(check, what) {
	const end = Date.now() + 8000;
	while (!(await check())) {
		assert.ok(Date.now() < end, what);
		await new Promise((done) => setTimeout(done, 30));
	}
}

/** The page as it is looked at: for axe, for its width, and for eyes. */
async function look(page, name) {
	await arm(page);
	assert.deepEqual(await axe(page), [], name);
	assert.deepEqual(await overflow(page), [], name);
	if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}

async function newTopic(page, title, raw) {
	await page.go('/new-topic');
	const category = await page.locator('#category option:not([value=""])').last().getAttribute('value');
	await page.locator('[name=title]').fill(title);
	await page.locator('#category').selectOption(category);
	await write(page, raw);
	await page.locator('form.composer button[type=submit]:not([name])').first().click();
	await page.waitForURL(/\/t\//);
	return at(page);
}

before(async () => {
	[browser, site] = await Promise.all([launch(), serve()]);
	[ines, bo, ada] = await Promise.all([person(), person({ viewport: { width: 360, height: 740 } }), person({ colorScheme: 'dark' })]);
	await ines.go('/');
	const key = new URL(/http:\S+\/setup\?key=\S+/.exec(site.err)[0]);
	await ines.go(key.pathname + key.search);
	await send(ines, '/setup', { site_name: 'Riverside', ...INES });
	topic = await newTopic(ines, 'Who walks along the river?', 'On Sunday at ten.');
	id = topic.split('/').at(-1);
});

after(async () => {
	await browser?.close();
	await site?.stop();
});

test('first steps are offered after signing up', async (t) => {
	await ines.go('/admin/settings');
	await send(ines, '/admin/settings', { 'welcome-topic': site.base + topic });
	await t.test('strangers read what this is, until they close it', async () => {
		const stranger = await person({ viewport: { width: 360, height: 740 } });
		const answer = await stranger.go('/');
		assert.deepEqual(invalid(await answer.text()), []);
		assert.ok(await stranger.getByText('What is this place?').isVisible());
		await look(stranger, 'hint-phone');
		await stranger.go('/?uselang=ar');
		await look(stranger, 'hint-ar');
		await stranger.go('/?uselang=en');
		await stranger.getByRole('link', { name: 'Close: What is this place?' }).click();
		await stranger.waitForURL(`${site.base}/`);
		assert.equal(await stranger.getByText('What is this place?').count(), 0);
		assert.deepEqual(stranger.faults, []);
		await stranger.context().close();
	});
	await t.test('who signs up may follow, say hello, find', async () => {
		for (const [page, who] of [[bo, BO], [ada, ADA]]) {
			await page.go('/signup');
			await send(page, '/signup', who);
			assert.equal(at(page), '/welcome');
			await look(page, `welcome-${who.name}`);
		}
		const answer = await bo.go('/welcome');
		assert.deepEqual(invalid(await answer.text()), []);
		await bo.locator('select[name=follow]').last().selectOption({ label: 'Watching' });
		await bo.getByRole('button', { name: 'Save' }).click();
		await bo.getByText('Saved.').waitFor();
		assert.match(await bo.locator('select[name=follow]').last().inputValue(), /-watching$/);
		await bo.go('/welcome?uselang=ar');
		await look(bo, 'welcome-ar');
		await bo.go('/welcome');
		await bo.getByRole('link', { name: 'Write a few words' }).click();
		assert.equal(at(bo), `${topic}/reply`);
		assert.match(await bo.locator('.first-post').innerText(), /not posted here before/);
		await look(bo, 'first-post-phone');
		await ada.go('/new-topic');
		await look(ada, 'first-post-dark');
	});
	await t.test('without scripts as well', async () => {
		const plain = await person({ javaScriptEnabled: false });
		await plain.go('/signup');
		await send(plain, '/signup', { name: 'Pia', email: 'pia@example.org', password: 'six slow trains' });
		assert.equal(at(plain), '/welcome');
		await plain.locator('select[name=follow]').last().selectOption({ label: 'Muted' });
		await plain.getByRole('button', { name: 'Save' }).click();
		await plain.waitForLoadState('load');
		assert.match(await plain.locator('select[name=follow]').last().inputValue(), /-muted$/);
		if (process.env.SHOTS) await plain.screenshot({ path: `${process.env.SHOTS}/welcome-plain.png`, fullPage: true });
		await plain.context().close();
	});
	for (const page of [ines, bo, ada]) assert.deepEqual(page.faults, []);
});

test('topics like a new one are shown below its title', async () => {
	await ada.go('/new-topic');
	await ada.locator('[name=title]').fill('A walk beside the river');
	// The index follows a moment later.
	await until(async () => {
		await ada.locator('[name=title]').dispatchEvent('input');
		await ada.waitForTimeout(900);
		return await ada.locator('.similar a').count() > 0;
	}, 'the other topic is found');
	assert.equal(await ada.locator('.similar h2').innerText(), 'A topic that may be about the same');
	assert.equal(await ada.locator('.similar a').getAttribute('href'), topic);
	await look(ada, 'similar-dark');
	await ada.locator('[name=title]').fill('Zebras');
	await until(async () => await ada.locator('.similar a').count() === 0, 'nothing is like it');
	const plain = await person({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
	await plain.context().addCookies(await bo.context().cookies());
	await plain.go('/new-topic');
	await plain.locator('[name=title]').fill('A walk beside the river');
	await plain.locator('#raw').fill('Who comes along?');
	await plain.locator('button[name=preview]').click();
	await plain.waitForLoadState('load');
	assert.equal(await plain.locator('.similar a').innerText(), 'Who walks along the river?');
	if (process.env.SHOTS) await plain.screenshot({ path: `${process.env.SHOTS}/similar-plain.png`, fullPage: true });
	await plain.context().close();
	// Thrown away, it is gone from the site and from the device.
	await ada.locator('.composer__saved').getByText('saved on this site').waitFor();
	await ada.locator('[name=title]').fill('Zebras and');
	await ada.go('/drafts');
	await ada.locator('form[action="/drafts/discard"] button').click();
	await ada.getByText('The draft is thrown away.').waitFor();
	assert.deepEqual(await ada.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('stoaDraft'))), []);
	assert.deepEqual(ada.faults, []);
});

test('keys move, follow, mark, and can be switched off', async (t) => {
	const keys = async (...all) => { for (const key of all) await ines.keyboard.press(key); };
	await t.test('each does what its page says', async () => {
		const answer = await ines.go('/keys');
		assert.deepEqual(invalid(await answer.text()), []);
		await look(ines, 'keys-page');
		await keys('g', 'l');
		await ines.waitForURL(/\/latest$/);
		await keys('j');
		assert.ok(await ines.locator('.topic-row.is-here a').first().evaluate((a) => a === document.activeElement), 'the focus goes along');
		await look(ines, 'keys-row');
		await keys('g', 'n');
		await ines.waitForURL(/\/notifications$/);
		await keys('g', 'u');
		await ines.waitForURL(/\/unread$/);
		await keys('g', 'h');
		await ines.waitForURL(`${site.base}/`);
		await keys('c');
		await ines.waitForURL(/\/new-topic$/);
		await ines.go(topic);
		await keys('j');
		assert.equal(await ines.evaluate(() => document.activeElement.id), 'p1', 'a screen reader reads the post');
		for (const [key, level] of [['t', 'Tracking'], ['m', 'Muted'], ['w', 'Watching']]) {
			await keys('m', key);
			await ines.locator('.menu--follow > summary', { hasText: level }).waitFor();
		}
		await keys('g', 'z', 'x');
		assert.equal(at(ines), topic, 'a chord that means nothing does nothing');
		await keys('Shift+U');
		await ines.waitForURL(/\/unread$/);
		await ines.locator('.topic-row', { hasText: 'Who walks' }).waitFor();
		await keys('?');
		assert.ok(await ines.locator('dialog#keys').isVisible());
		await look(ines, 'keys-sheet');
		await keys('Escape');
	});
	await t.test('not while an input method composes, and not in fields', async () => {
		await ines.go(topic);
		const press = (more) => ines.evaluate((init) => {
			document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', code: 'KeyJ', bubbles: true, ...init }));
			return document.querySelectorAll('.is-here').length;
		}, more);
		assert.equal(await press({ isComposing: true }), 0);
		assert.equal(await press({ keyCode: 229 }), 0);
		await ines.locator('#site-q').focus();
		await keys('j');
		assert.equal(await ines.locator('#site-q').inputValue(), 'j');
		assert.equal(await ines.locator('.is-here').count(), 0);
		await ines.evaluate(() => document.activeElement.blur());
		assert.equal(await press({}), 1);
	});
	await t.test('switched off, no single key acts', async () => {
		await ines.go('/appearance?back=/latest');
		await ines.locator('input[name=keys][value=off]').check({ force: true });
		await until(() => ines.evaluate(() => document.documentElement.classList.contains('keys-off')), 'it shows at once');
		await ines.getByRole('button', { name: 'Save' }).click();
		await ines.waitForURL(/\/latest$/);
		await keys('j', 'o', '?', 'c', 'g', 'h', '/');
		assert.equal(at(ines), '/latest');
		assert.equal(await ines.locator('.is-here, dialog[open]').count(), 0);
		await ines.go('/appearance');
		await ines.locator('input[name=keys][value=on]').check({ force: true });
		await ines.getByRole('button', { name: 'Save' }).click();
		await ines.waitForLoadState('load');
	});
	assert.deepEqual(ines.faults, []);
});

test('what is written without a connection stays', async (t) => {
	const note = (page) => page.locator('.composer__saved');
	const context = ada.context();
	/** What a page sends while it goes away (`keepalive`) gets past Playwright's offline. */
	const leave = async (page) => {
		await page.evaluate(() => { window.fetch = () => Promise.reject(new TypeError('no connection')); });
	};
	/** Requests fail on purpose here. */
	const forgive = (page) => { page.faults = page.faults.filter((fault) => !/ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|Failed to fetch|409/.test(fault)); };
	await t.test('kept on the device, said in words, back after a reload, then on the site', async () => {
		await ada.go(topic);
		await write(ada, 'I come along, with cake.');
		await note(ada).getByText('saved on this site').waitFor();
		await context.setOffline(true);
		await write(ada, 'I come along, with cake and tea.');
		await note(ada).getByText('kept on this device').waitFor();
		await look(ada, 'offline-dark');
		await ada.locator('#reply button[type=submit]:not([name])').first().click();
		await note(ada).getByText('Not sent').waitFor();
		assert.equal(await written(ada), 'I come along, with cake and tea.', 'a send that failed keeps the text');
		assert.equal(at(ada), topic);
		// A reload without a connection shows nothing; the next one with it brings the text back.
		await leave(ada);
		await ada.reload().catch(() => undefined);
		await ada.waitForURL(/^chrome-error:/);
		await context.setOffline(false);
		await ada.go(topic);
		await until(async () => await written(ada) === 'I come along, with cake and tea.', 'the text is back');
		await note(ada).getByText('saved on this site').waitFor();
		assert.deepEqual(await ada.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('stoaDraft'))), [], 'the site has it now');
	});
	await t.test('it goes to the site by itself when the connection is back', async () => {
		await context.setOffline(true);
		await write(ada, 'With cake, tea and a blanket.');
		await note(ada).getByText('kept on this device').waitFor();
		await context.setOffline(false);
		await note(ada).getByText('saved on this site').waitFor();
	});
	await t.test('a text from elsewhere is not written over', async () => {
		const phone = await watch(await context.newPage(), site.base);
		await phone.goto(site.base + topic);
		await context.setOffline(true);
		await write(ada, 'Written on the train.');
		await note(ada).getByText('kept on this device').waitFor();
		await leave(ada);
		await ada.goto('about:blank');
		await context.setOffline(false);
		await write(phone, 'Written at home.');
		await note(phone).getByText('saved on this site').waitFor();
		await phone.close();
		await ada.go(topic);
		await ada.locator('.composer__other').waitFor();
		assert.equal(await written(ada), 'Written at home.');
		assert.match(await ada.locator('.composer__other').innerText(), /Written on the train\./);
		await look(ada, 'conflict-dark');
		await ada.getByRole('button', { name: 'Use this text' }).click();
		assert.equal(await written(ada), 'Written on the train.');
		await note(ada).getByText('saved on this site').waitFor();
		await ada.go(topic);
		assert.equal(await written(ada), 'Written on the train.');
		assert.equal(await ada.locator('.composer__other').count(), 0);
	});
	await t.test('nobody else on the device sees it', async () => {
		await context.setOffline(true);
		await write(ada, 'A secret of mine.');
		await note(ada).getByText('kept on this device').waitFor();
		await leave(ada);
		await ada.goto('about:blank');
		await context.setOffline(false);
		const mine = await context.cookies();
		await context.clearCookies();
		await context.addCookies(await bo.context().cookies());
		await ada.go(topic);
		await ada.waitForTimeout(300);
		assert.equal(await written(ada), '');
		assert.equal(await ada.getByText('A secret of mine.').count(), 0);
		await context.clearCookies();
		await context.addCookies(mine);
		await ada.go(topic);
		await until(async () => await written(ada) === 'A secret of mine.', 'it is there for whom it belongs to');
	});
	await t.test('a site that does not answer gets it later', async () => {
		await note(ada).getByText('saved on this site').waitFor();
		await context.route('**/drafts', (route) => route.abort('connectionrefused'));
		await write(ada, 'Is anybody there?');
		await note(ada).getByText('kept on this device').waitFor();
		await ada.locator('#reply button[type=submit]:not([name])').first().click();
		await note(ada).getByText('Not sent').waitFor();
		assert.equal(await written(ada), 'Is anybody there?');
		await context.unroute('**/drafts');
		await ada.locator('#reply button[type=submit]:not([name])').first().click();
		await ada.locator('.post__body', { hasText: 'Is anybody there?' }).waitFor();
		assert.equal(await written(ada), '');
		await write(ada, 'Somebody is.');
	});
	await t.test('what was sent does not come back', async () => {
		await note(ada).getByText('saved on this site').waitFor();
		await write(ada, 'I come along.');
		await note(ada).getByText('saved on this site').waitFor();
		await ada.locator('#reply button[type=submit]:not([name])').first().click();
		await ada.locator('.post__body', { hasText: 'I come along.' }).waitFor();
		assert.equal(await written(ada), '');
		await ada.go(topic);
		assert.equal(await written(ada), '');
		assert.deepEqual(await ada.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('stoaDraft'))), []);
	});
	forgive(ada);
	assert.deepEqual(ada.faults, []);
});

test('an open page hears of what was changed, liked and muted', async (t) => {
	const stranger = await person({ viewport: { width: 360, height: 740 } });
	await t.test('an edited post says so, and shows its new text where it stands', async () => {
		await Promise.all([bo.go(topic), stranger.go(topic)]);
		await bo.waitForTimeout(OPENED_MS);
		const post = await ines.goto(`${site.base}${topic}`).then(() => ines.locator('#p1 a[href$="/edit"]').first().getAttribute('href'));
		await ines.go(post);
		await write(ines, 'On Sunday at **eleven**.');
		await ines.getByRole('button', { name: 'Save' }).click();
		await ines.waitForURL(/\/t\//);
		for (const page of [bo, stranger]) {
			const button = page.locator('#p1 .post__fresh');
			await button.waitFor();
			assert.equal(await button.innerText(), 'This post was edited. Show');
			assert.match(await page.locator('#p1 .post__body').innerText(), /at ten/, 'nothing changes by itself');
			await look(page, page === bo ? 'edited-phone' : 'edited-stranger');
			const before = await page.evaluate(() => scrollY);
			await button.click();
			await page.locator('#p1 .post__body', { hasText: 'eleven' }).waitFor();
			assert.equal(await page.evaluate(() => scrollY), before);
			assert.equal(await page.evaluate(() => document.activeElement.id), 'p1');
			assert.equal(await button.count(), 0);
		}
	});
	await t.test('likes are counted on pages of strangers', async () => {
		const link = stranger.locator('#p1 [data-like]');
		assert.ok(await link.isHidden(), 'nobody yet');
		await bo.locator('#p1 .like__button').click();
		await link.waitFor();
		assert.equal(await link.locator('span').first().innerText(), '1');
		assert.equal(await link.locator('.sr-only').textContent(), '1 like: see whose');
		await bo.locator('#p1 .like__button').click();
		await link.waitFor({ state: 'hidden' });
	});
	await t.test('a list does not count what its reader has muted', async () => {
		const other = await newTopic(ines, 'Which boat is the slowest?', 'Mine.');
		await bo.go(topic);
		await bo.locator('.menu--follow > summary').click();
		await bo.locator('.menu--follow button', { hasText: 'Muted' }).click();
		await bo.waitForLoadState('load');
		await Promise.all([bo.go('/latest'), stranger.go('/latest')]);
		await bo.waitForTimeout(OPENED_MS);
		const say = async (where, text) => {
			await ines.go(where);
			await write(ines, text);
			await ines.locator('#reply button[type=submit]:not([name])').first().click();
			await ines.getByText(text).first().waitFor();
		};
		await say(topic, 'Bring umbrellas.');
		await stranger.getByRole('button', { name: '1 topic has something new — show' }).waitFor();
		assert.equal(await bo.locator('.live button').count(), 0);
		await say(other, 'Or yours.');
		await bo.getByRole('button', { name: '1 topic has something new — show' }).waitFor();
	});
	for (const page of [ines, bo, stranger]) assert.deepEqual(page.faults, []);
	await stranger.context().close();
});

test('who is writing is shown to those who show it', async () => {
	const switchOn = async (page) => {
		await page.go('/settings/following');
		await page.locator('#shows_writing').check({ force: true });
		await look(page, `writing-setting-${page === ada ? 'dark' : 'phone'}`);
		await page.locator('form[action="/settings/following"] button[type=submit]').click();
		await page.getByText('Saved.').waitFor();
	};
	await switchOn(ada);
	await Promise.all([ada.go(topic), bo.go(topic)]);
	await ada.waitForTimeout(OPENED_MS);
	await write(bo, 'I think');
	await ada.waitForTimeout(700);
	assert.equal(await ada.locator('.writing').textContent(), '', 'bo does not show it');
	await switchOn(bo);
	await bo.go(topic);
	await bo.waitForTimeout(OPENED_MS);
	await write(bo, 'I think so');
	await ada.locator('.writing', { hasText: 'Bo is writing…' }).waitFor();
	await ada.waitForFunction(() => [...document.querySelectorAll('[role=status]')].some((part) => /Bo is writing/.test(part.textContent.replace(/[\u2066-\u2069]/g, ''))));
	await look(ada, 'writing-dark');
	assert.equal(await bo.locator('.writing').textContent(), '', 'not to oneself');
	await write(ada, 'So do I');
	await bo.locator('.writing', { hasText: 'Ada is writing…' }).waitFor();
	await look(bo, 'writing-phone');
	await bo.locator('#reply button[type=submit]:not([name])').first().click();
	await bo.locator('.post__body', { hasText: 'I think so' }).waitFor();
	await until(async () => await ada.locator('.writing').textContent() === '', 'the reply has come');
	await write(ada, '');
	await ada.waitForTimeout(2500);
	for (const page of [bo, ada]) assert.deepEqual(page.faults, []);
});
