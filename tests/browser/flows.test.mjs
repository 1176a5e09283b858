// The stories that people live on the site, told twice: with scripts and without.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arm, axe } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { serve } from './lib/stoa.mjs';

const INES = { name: 'Ines', email: 'ines@example.org', password: 'nine owls read slowly' };
const BO = { name: 'Bo Ķ', email: 'bo@example.org', password: 'eleven storks walk home' };
const FOUND_MS = 2000;

let browser;

before(async () => {
	browser = await launch();
});

after(async () => {
	await browser?.close();
});

async function person(site, options = {}) {
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	context.setDefaultTimeout(10_000);
	const page = await watch(await context.newPage(), site.base);
	page.go = (path) => page.goto(site.base + path);
	return page;
}

const path = (page) => new URL(page.url()).pathname;
const main = (page) => page.locator('#main');

/** Fills the form at `action` and presses its first button, or the one that `button` selects. */
async function submit(page, action, fields, button = 'button[type=submit]:not([name=preview])') {
	const form = page.locator(`form[method=post][action="${action}"]`).first();
	for (const [name, value] of Object.entries(fields)) {
		const field = form.locator(`[name="${name}"]`).first();
		if (await field.evaluate((f) => f.localName === 'select')) await field.selectOption(value);
		else if (await field.evaluate((f) => f.type === 'radio')) await form.locator(`[name="${name}"][value="${value}"]`).check();
		else await field.fill(value);
	}
	await form.locator(button).first().click();
	await page.waitForLoadState('load');
}

/** Waits until `check()` holds; pages without scripts do not change by themselves, so this is for those with. */
async function until(check, what) {
	const end = Date.now() + 5000;
	while (!(await check())) {
		assert.ok(Date.now() < end, what);
		await new Promise((done) => setTimeout(done, 30));
	}
}

async function setUp(site, page) {
	await page.go('/');
	assert.equal(path(page), '/setup', 'every page leads to the one that says what to do');
	const key = new URL(/http:\S+\/setup\?key=\S+/.exec(site.err)[0]);
	await page.go(key.pathname + key.search);
	await submit(page, '/setup', { site_name: 'Riverside', ...INES });
	assert.match(await page.locator('.site-header').innerText(), /Riverside/);
	assert.ok(await page.locator('.site-header summary').count(), 'the administrator is logged in');
}

async function signUp(page, who) {
	await page.go('/signup');
	await submit(page, '/signup', who);
	assert.equal(path(page), '/welcome');
	assert.match(await page.locator('.site-header summary').first().getAttribute('aria-label'), new RegExp(who.name));
}

async function logOut(page) {
	const form = page.locator('form[action="/logout"]');
	await page.locator('.site-header details.menu summary').last().click();
	await form.locator('button').click();
	await page.waitForLoadState('load');
	assert.equal(await page.locator('.site-header a[href^="/login"]').count(), 1);
}

/** Starts a topic; its path. */
async function newTopic(page, { title, raw }) {
	await page.go('/new-topic');
	const category = await page.locator('#category option:not([value=""])').last().getAttribute('value');
	await submit(page, '/new-topic', { title, category, raw });
	assert.equal(await page.locator('h1').innerText(), title);
	return path(page);
}

for (const scripts of [true, false]) {
	const how = scripts ? 'with scripts' : 'without scripts';

	test(`a community begins, ${how}`, async (t) => {
		const site = await serve();
		const options = { javaScriptEnabled: scripts };
		const ines = await person(site, options);
		const bo = await person(site, options);
		let topic;
		try {
			await t.test('the administrator sets the site up', () => setUp(site, ines));

			await t.test('somebody signs up, logs out and logs in again', async () => {
				await signUp(bo, BO);
				await logOut(bo);
				await bo.go('/login');
				await submit(bo, '/login', { name: BO.name, password: 'wrong' });
				assert.ok(await bo.locator('.error-summary, [role=alert]').count(), 'a wrong password is refused');
				await submit(bo, '/login', { name: BO.name, password: BO.password });
				assert.ok(await bo.locator('form[action="/logout"]').count());
			});

			await t.test('a topic is previewed and posted', async () => {
				await bo.go('/new-topic');
				const category = await bo.locator('#category option:not([value=""])').last().getAttribute('value');
				await submit(bo, '/new-topic', { title: 'Who walks along the river?', category, tags: 'walks', raw: 'On **Sunday** at ten.' }, 'button[name=preview]');
				await bo.locator('.composer__preview strong').waitFor();
				assert.equal(await bo.locator('.composer__preview strong').innerText(), 'Sunday');
				assert.equal(await bo.locator('#title').inputValue(), 'Who walks along the river?', 'the title is kept');
				assert.equal(await bo.locator('#category').inputValue(), category, 'the category is kept');
				await submit(bo, '/new-topic', {});
				topic = path(bo);
				assert.match(topic, /^\/t\/who-walks-along-the-river\/\d+$/);
				assert.equal(await bo.locator('.post__body strong').innerText(), 'Sunday');
			});
			const id = topic.split('/').pop();

			await t.test('a reply answers a post, another quotes one', async () => {
				await ines.go(topic);
				await ines.locator('#p1 [data-act=reply]').click();
				if (scripts) await until(() => ines.evaluate(() => Boolean(document.activeElement?.matches('#raw, .composer__rich'))), 'the reply box has the focus');
				await submit(ines, `/t/${id}/replies`, { raw: 'I do, with two *children*.' });
				assert.equal(await ines.locator('#p2 .post__body em').innerText(), 'children');
				assert.match(await ines.locator('#p2 .post__reply-to').innerText(), /Bo Ķ/);
				await ines.locator('#p1 details.menu summary').click();
				await ines.locator('#p1 a[href*="quote=1"]').click();
				await ines.waitForLoadState('load');
				const text = await ines.locator('textarea[name=raw]').inputValue();
				assert.match(text, /\[quote="Bo Ķ, post:1/);
				await submit(ines, `/t/${id}/replies`, { raw: `${text}\nSunday is good.` });
				assert.match(await ines.locator('#p3 blockquote').innerText(), /Sunday/);
			});

			await t.test('an edit keeps what was there before', async () => {
				await ines.go(topic);
				await ines.locator('#p2 details.menu summary').click();
				await ines.locator('#p2 a[href$="/edit"]').click();
				await ines.waitForLoadState('load');
				const action = path(ines);
				await submit(ines, action, { raw: 'I do, with three *children*.', reason: 'counted again' });
				assert.match(await ines.locator('#p2 .post__body').innerText(), /three children/);
				await ines.locator('#p2 .post__edited').click();
				await ines.waitForLoadState('load');
				assert.equal(await ines.locator('ins').first().innerText(), 'three');
				assert.equal(await ines.locator('del').first().innerText(), 'two');
				assert.match(await main(ines).innerText(), /counted again/);
			});

			await t.test('a like is given and taken back', async () => {
				await ines.go(topic);
				const button = ines.locator('#p1 .like__button');
				for (const state of ['true', 'false']) {
					await button.click();
					await ines.locator(`#p1 .like__button[aria-pressed=${state}]`).waitFor();
					assert.equal((await button.locator('span').first().innerText()).trim(), state === 'true' ? '1' : '');
				}
				await ines.go(topic);
				assert.equal(await button.getAttribute('aria-pressed'), 'false', 'the server knows');
			});

			await t.test('one\'s own reply is deleted', async () => {
				await ines.go(topic);
				await ines.locator('#p3 details.menu summary').click();
				await ines.locator('#p3 a[href$="/delete"]').click();
				await ines.waitForLoadState('load');
				await submit(ines, path(ines), {});
				await bo.go(topic);
				assert.doesNotMatch(await main(bo).innerText(), /Sunday is good/);
			});

			await t.test('search finds a new post within two seconds', async () => {
				await newTopic(bo, { title: 'A heron at the weir', raw: 'It stood there like a quokkabird.' });
				const began = Date.now();
				for (;;) {
					await ines.go('/search?q=quokkabird');
					if (await ines.locator('.search-result').count()) break;
					assert.ok(Date.now() - began < FOUND_MS, 'not found after two seconds');
					await new Promise((done) => setTimeout(done, 100));
				}
				t.diagnostic(`found after ${Date.now() - began} ms`);
				assert.match(await ines.locator('.search-result__title').innerText(), /A heron at the weir/);
			});

			await t.test('language and colours are the reader\'s own', async () => {
				await bo.go('/appearance');
				const codes = await bo.locator('form.appearance [name=language] option').evaluateAll((options) => options.map((o) => o.value));
				const code = codes.find((c) => c && c !== 'en');
				await submit(bo, '/appearance', { theme: 'dark', ...(code && { language: code }) });
				const answer = await bo.go(topic);
				const html = await answer.text();
				assert.match(/<html[^>]*>/.exec(html)[0], /class="[^"]*\bdark\b/, 'the server says dark: no flash');
				if (code) assert.equal(await bo.locator('html').getAttribute('lang'), code);
				const colour = await bo.evaluate(() => getComputedStyle(document.body).backgroundColor).catch(() => 'rgb(16, 20, 24)');
				const [r, g, b] = colour.match(/\d+/g).map(Number);
				assert.ok(r + g + b < 200, `the page is dark: ${colour}`);
			});

			await t.test('a stranger sees the page as it was made for strangers', async () => {
				const stranger = await person(site, options);
				await stranger.go(topic);
				assert.equal(await stranger.locator('h1').innerText(), 'Who walks along the river?');
				assert.equal(await stranger.locator('textarea[name=raw]').count(), 0);
				await stranger.locator('.topic__join a').click();
				await stranger.waitForLoadState('load');
				await submit(stranger, '/login', { name: BO.name, password: BO.password });
				assert.equal(path(stranger), topic, 'back where the reader was');
				await stranger.context().close();
			});

			await t.test('and everybody goes home', async () => {
				await bo.go('/');
				await logOut(bo);
				await bo.go('/settings');
				assert.equal(path(bo), '/login');
			});

			await t.test('nothing went wrong on the way', () => {
				assert.deepEqual([...ines.faults, ...bo.faults], []);
			});
		} finally {
			await ines.context().close();
			await bo.context().close();
			await site.stop();
		}
	});
}

test('scripts shorten the way', async (t) => {
	const site = await serve();
	const page = await person(site);
	try {
		await setUp(site, page);
		const topic = await newTopic(page, { title: 'Keys and drafts', raw: 'The first post.' });
		const id = topic.split('/').pop();

		await t.test('a draft survives a reload', async () => {
			await page.go('/new-topic');
			await page.locator('#title').fill('A long thought');
			await page.locator('#raw').pressSequentially('It is not finished');
			await page.locator('.composer__saved[data-state=saved]').waitFor();
			await page.reload();
			assert.equal(await page.locator('#raw').inputValue(), 'It is not finished');
			assert.equal(await page.locator('#title').inputValue(), 'A long thought');
			const elsewhere = await browser.newContext({ storageState: await page.context().storageState(), javaScriptEnabled: false });
			const other = await elsewhere.newPage();
			await other.goto(`${site.base}/new-topic`);
			assert.equal(await other.locator('#raw').inputValue(), 'It is not finished', 'another browser has it too');
			await elsewhere.close();
		});

		await t.test('a double click sends once', async () => {
			await page.go(topic);
			await page.locator('#raw').fill('Sent with a double click.');
			await page.locator('#reply button[type=submit]:not([name=preview])').dblclick();
			await page.locator('#p2').waitFor();
			await page.go(topic);
			assert.equal(await page.locator('.post__body', { hasText: 'double click' }).count(), 1);
		});

		await t.test('a form that is sent twice posts once', async () => {
			await page.go(topic);
			const fields = await page.locator('#reply').evaluate((form) => [...new FormData(form)].filter(([name]) => name !== 'raw'));
			const form = Object.fromEntries([...fields, ['raw', 'Sent by two hands at once.']]);
			const headers = { origin: site.base };
			const answers = await Promise.all([1, 2, 3].map(() => page.request.post(`${site.base}/t/${id}/replies`, { form, headers, maxRedirects: 0 })));
			assert.deepEqual(answers.map((answer) => answer.status()), [303, 303, 303]);
			assert.equal(new Set(answers.map((answer) => answer.headers().location)).size, 1, 'all lead to the one post');
			await page.go(topic);
			assert.equal(await page.locator('.post__body', { hasText: 'two hands' }).count(), 1);
		});

		await t.test('the focus goes to what is wrong', async () => {
			await page.go('/new-topic');
			await submit(page, '/new-topic', { title: '', raw: 'A text without a title.' });
			await page.locator('.error-summary').waitFor();
			assert.ok(await page.evaluate(() => document.activeElement.matches('.error-summary')), 'the summary has the focus');
			assert.equal(await page.locator('#raw').inputValue(), 'A text without a title.', 'the text is kept');
			await page.locator('.error-summary a').first().click();
			assert.equal(await page.evaluate(() => document.activeElement.id), 'title');
			await arm(page);
			assert.deepEqual(await axe(page), []);
		});

		await t.test('Ctrl+Enter sends', async () => {
			await page.go(topic);
			await page.locator('#raw').fill('Sent from the keyboard.');
			await page.locator('#raw').press('Control+Enter');
			await page.locator('.post__body', { hasText: 'from the keyboard' }).waitFor();
		});

		await t.test('Tab goes to the skip link first, then down the page', async () => {
			await page.go(topic);
			const focus = () => page.evaluate(() => {
				const e = document.activeElement;
				const box = e.getBoundingClientRect();
				const style = getComputedStyle(e);
				return {
					name: `${e.localName}.${e.className}`, skip: e.matches('.skip'), text: e.innerText ?? '', x: box.x, y: box.y + scrollY, wide: box.width > 0 && box.height > 0,
					ring: style.outlineStyle !== 'none' || style.boxShadow !== 'none' || style.borderStyle !== 'none', out: e === document.body,
				};
			});
			await page.keyboard.press('Tab');
			assert.ok((await focus()).skip, 'the skip link comes first');
			await page.keyboard.press('Enter');
			assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
			await page.go(topic);
			const seen = [];
			for (let i = 0; i < 80; i++) {
				await page.keyboard.press('Tab');
				const at = await focus();
				if (at.out) break;
				assert.ok(at.wide && at.ring, `${at.name} shows its focus`);
				seen.push(at);
			}
			const order = await page.evaluate(() => [...document.querySelectorAll('[tabindex]')].filter((e) => e.tabIndex > 0).length);
			assert.equal(order, 0, 'nothing jumps the queue');
			assert.ok(seen.length > 20, `${seen.length} stops`);
			assert.ok(seen.some((at) => at.name.startsWith('textarea') || at.name.includes('composer__rich')), 'the reply box can be reached');
		});

		await t.test('single keys move, open, answer, search and explain', async () => {
			await newTopic(page, { title: 'A second one', raw: 'For the list.' });
			await page.go('/latest');
			const text = () => page.evaluate(() => document.activeElement.innerText ?? '');
			await page.keyboard.press('j');
			const first = await text();
			await page.keyboard.press('j');
			const second = await text();
			assert.notEqual(first, second);
			await page.keyboard.press('k');
			assert.equal(await text(), first);
			await Promise.all([page.waitForURL(/\/t\//), page.keyboard.press('o')]);
			assert.equal(await page.locator('h1').innerText(), first);
			await page.go(topic);
			await page.keyboard.press('j');
			await page.keyboard.press('j');
			await page.keyboard.press('r');
			assert.equal(await page.evaluate(() => Boolean(document.activeElement.closest('#reply .composer__text, #reply .composer__rich'))), true);
			assert.match(await page.locator('.composer__to').innerText(), /Ines/);
			await page.keyboard.type('j is a letter here');
			await until(async () => await page.locator('#raw').inputValue() === 'j is a letter here', 'letters are written');
			await page.locator('[data-reply-clear]').click();
			assert.ok(await page.locator('.composer__to').isHidden());
			await page.go('/latest');
			await page.keyboard.press('/');
			assert.equal(await page.evaluate(() => document.activeElement.name), 'q');
			await page.go('/latest');
			await page.keyboard.press('?');
			assert.ok(await page.locator('dialog#keys').isVisible());
			await arm(page);
			assert.deepEqual(await axe(page), []);
			await page.keyboard.press('Escape');
			assert.ok(await page.locator('dialog#keys').isHidden());
		});

		await t.test('nothing went wrong on the way', () => assert.deepEqual(page.faults, []));
	} finally {
		await page.context().close();
		await site.stop();
	}
});
