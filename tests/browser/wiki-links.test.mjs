// Links to wikis in posts: what is shown in their place, on a screen, a phone, in the dark, from right to left, with and
// without scripts. Readers ask this site alone: pictures are its own copies.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { arm, axe, invalid, overflow } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { folder, serve, tell } from './lib/stoa.mjs';
import { Visitor } from './lib/visitor.mjs';
import { startWiki } from './lib/wiki.mjs';

const ADMIN = { name: 'Ines', password: 'nine owls read slowly' };
/** Links of the topic below that a card stands for. */
const CARDS = 8;
const LONG = 'Proceedings_of_the_Third_International_Conference_on_the_History,_Cultivation_and_Preparation_of_Tea';

let browser;
let site;
let tea;
let items;
let topic;

before(async () => {
	[tea, items] = await Promise.all([startWiki(), startWiki({ env: { DOUBLE_WIKI_ID: 'wikidatawiki', DOUBLE_TITLE: 'Wikidata' } })]);
	const data = folder();
	await tell(`${ADMIN.password}\n`, 'setup', '--data', data, '--site-name', 'Teahouse', '--admin', ADMIN.name, '--email', 'ines@example.org', '--password-stdin');
	writeFileSync(join(data, 'stoa.toml'), `fetch-from = ["${tea.base.replace('http://', '')}", "${items.base.replace('http://', '')}"]\n`);
	site = await serve('--data', data);
	browser = await launch();
	const admin = await new Visitor(site.base).logIn(ADMIN.name, ADMIN.password);
	for (const { base } of [tea, items]) {
		const answer = await admin.send('/admin/wikis/new', '/admin/wikis/new', { address: base });
		assert.equal(answer.status, 200, await answer.text());
	}
	topic = await write(admin);
});

after(async () => {
	await browser?.close();
	await site?.stop();
	tea?.stop();
	items?.stop();
});

/** A topic with every kind of link; its path, once all that is known of them is there. */
async function write(admin) {
	const page = (title) => `${tea.base}/wiki/${title}`;
	const index = (query) => `${tea.base}/w/index.php?title=Green_tea&${query}`;
	const alone = [
		page('Green_tea'), '[[wiki:Mint]]', page(LONG), page('شاي بالنعناع').replaceAll(' ', '_'), index('diff=12'), index('diff=cur&oldid=10'),
		page('File:Cup.jpg'), `${items.base}/wiki/Q42`, page('Nothing_at_all'), 'https://phabricator.wikimedia.org/T12',
	];
	const within = `Within a line: [[wiki:green tea]], [[wiki:Cha|a word of mine]], [[wiki:No such page]], ${index('oldid=10')}, ${items.base}/wiki/Q42, ${index('diff=next&oldid=10')} and ${page(LONG)}.`;
	const { html } = await admin.open('/new-topic');
	const category = /<option value="(\d+)"/.exec(html)[1];
	const raw = `Every kind of link, each by itself:\n\n${alone.join('\n\n')}\n\n${within}\n\n> ${page('Mint')}\n`;
	const answer = await admin.send('/new-topic', '/new-topic', { title: 'What wikis say', category, raw });
	assert.equal(answer.status, 303, await answer.clone().text());
	const path = answer.headers.get('location').replace(/[#?].*/, '');
	for (let tries = 0; tries < 200; tries++) {
		const { html: shown } = await admin.open(path);
		if (shown.split('class="link-card"').length === CARDS + 1 && shown.includes('wiki-new')) return path;
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error('not all cards came');
}

async function open(options = {}, query = '') {
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	const page = await watch(await context.newPage(), site.base);
	await page.goto(site.base + topic + query);
	// Pictures that are not in view yet are asked for as well.
	await page.evaluate(() => { for (const picture of document.images) picture.loading = 'eager'; });
	await page.waitForLoadState('networkidle');
	if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `cards-${Object.keys(options).join('-') || 'wide'}${query.replace(/\W/g, '-')}.png`), fullPage: true });
	return page;
}

/** What holds however the page is read. */
async function isGood(page) {
	assert.deepEqual(page.faults, [], 'nothing asks another host, nothing fails');
	assert.deepEqual(await overflow(page), []);
	assert.equal(await page.locator('.post__body .link-card').count(), CARDS);
	for (const picture of await page.locator('.link-card__picture').all()) {
		assert.match(await picture.getAttribute('src'), /^\/uploads\//);
		assert.ok(await picture.evaluate((image) => image.complete && image.naturalWidth > 0), 'a picture is there');
	}
	// Words have room beside pictures, and none of them sticks out of its card.
	const narrow = await page.locator('.link-card').evaluateAll((cards) => cards.filter((card) => {
		const [box, words] = [card, card.querySelector('.link-card__words')].map((e) => e.getBoundingClientRect());
		return words.width < 120 || words.right > box.right || words.left < box.left || words.bottom > box.bottom;
	}).length);
	assert.equal(narrow, 0, 'cards with too little room');
}

test('every kind of link says what it leads to', async () => {
	const page = await open();
	await isGood(page);
	const card = (text) => page.locator('.link-card', { hasText: text });
	assert.match(await card('"drink"').innerText(), /Tea Wiki\s+Green tea\s+a "drink" <b>of<\/b> leaves/);
	assert.match(await card('120 bytes more').innerText(), /Change to “Green tea”[\s\S]*Ada[\s\S]*<script>alert\(2\)<\/script>/);
	assert.match(await card('10 bytes less').innerText(), /Change to “Green tea”[\s\S]*Summary: less/);
	assert.match(await card('A cup').innerText(), /File:Cup\.jpg[\s\S]*By Ada L\. · Licence: CC BY-SA 4\.0/);
	assert.match(await card('English writer').innerText(), /Wikidata\s+Douglas Adams/);
	const missing = page.locator('.post__body a.wiki-new');
	assert.deepEqual((await missing.allInnerTexts()).map((text) => /page does not exist/.test(text)), [true, true]);
	assert.match(await missing.first().innerText(), /^Nothing at all/);
	assert.equal(await page.getByRole('link', { name: 'Phabricator task T12' }).count(), 1);
	assert.equal(await page.getByRole('link', { name: 'a word of mine' }).count(), 1);
	assert.equal(await page.getByRole('link', { name: 'Revision of “Green tea”' }).count(), 1);
	assert.equal(await page.getByRole('link', { name: 'Douglas Adams (Q42)' }).count(), 2, 'a card and a link in a line');
	// By keyboard: one stop a card, and the name of the link is the page's.
	await card('"drink"').getByRole('link').focus();
	assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Green tea');
	await arm(page);
	assert.deepEqual(await axe(page), []);
	assert.deepEqual(invalid(await (await page.context().request.get(page.url())).text()), []);
	await page.context().close();
});

for (const [name, options, query] of [
	['a phone', { viewport: { width: 360, height: 740 } }, ''],
	['the dark', { colorScheme: 'dark' }, ''],
	['Arabic', { locale: 'ar' }, '?uselang=ar'],
	['Arabic on a phone in the dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }, '?uselang=ar'],
]) {
	test(`the cards are read on ${name}`, async () => {
		const page = await open(options, query);
		await isGood(page);
		if (query) {
			const item = page.locator('.link-card', { hasText: 'دوغلاس آدمز' });
			assert.match(await item.innerText(), /كاتب إنجليزي/);
			assert.match(await page.locator('.link-card', { hasText: '"drink"' }).innerText(), /بلغتك: شاي أخضر/);
		}
		// A card goes the way its title is written, whatever way the page goes.
		for (const [text, isRtl] of [['"drink"', false], ['مشروب ساخن', true]]) {
			const [picture, words] = await Promise.all(['picture', 'words'].map((part) => page.locator('.link-card', { hasText: text }).locator(`.link-card__${part}`).boundingBox()));
			assert.equal(picture.x < words.x, isRtl, `the picture of ${text} is at the end of the line`);
		}
		await arm(page);
		assert.deepEqual(await axe(page), []);
		await page.context().close();
	});
}

test('the cards are there without scripts', async () => {
	const page = await open({ javaScriptEnabled: false });
	await isGood(page);
	await page.context().close();
});
