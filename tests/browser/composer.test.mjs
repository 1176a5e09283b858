// Writing: formatted text by buttons alone, both views of one text, suggestions, pasting, quotes, right-to-left, phones.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arm, axe, overflow } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { MEMBER, demo } from './lib/demo.mjs';

let browser;
let world;

before(async () => {
	[browser, world] = await Promise.all([launch(), demo()]);
});

after(async () => {
	await browser?.close();
	await world?.site.stop();
});

/** A logged-in member's page. */
async function writer(options = {}) {
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	context.setDefaultTimeout(10_000);
	const { base } = world.site;
	await context.addCookies([...world.member.jar].map(([name, value]) => ({ name, value, url: base })));
	const page = await watch(await context.newPage(), base);
	page.go = (path) => page.goto(base + path, { waitUntil: 'networkidle' });
	page.rich = page.locator('.composer__rich');
	page.raw = () => page.locator('textarea[name=raw]').inputValue();
	page.press = (name) => page.locator('.composer__toolbar').getByRole('button', { name, exact: true }).click();
	return page;
}

async function fine(page) {
	assert.deepEqual(page.faults, []);
	await page.context().close();
}

async function until(read, wanted) {
	let got;
	for (let turn = 0; turn < 100; turn++) {
		got = await read();
		if (got === wanted) return;
		await new Promise((done) => setTimeout(done, 30));
	}
	assert.equal(got, wanted);
}

async function newTopic(page) {
	await page.go('/new-topic');
	await page.rich.waitFor();
	await page.rich.click();
	if (await page.raw()) await page.keyboard.press('Control+a').then(() => page.keyboard.press('Delete'));
}

/** Puts something on the clipboard and pastes it where the focus is. */
async function paste(page, data) {
	await page.evaluate((types) => {
		const transfer = new DataTransfer();
		for (const [type, text] of Object.entries(types)) transfer.setData(type, text);
		document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
	}, data);
}

test('formatted text is written by buttons alone and posted', async () => {
	const page = await writer();
	await newTopic(page);
	await page.locator('[name=title]').fill('Written without any markup');
	await page.locator('[name=category]').selectOption({ index: 1 });
	await page.rich.click();
	await page.keyboard.type('Plain, ');
	await page.press('Bold');
	await page.keyboard.type('bold');
	await page.press('Bold');
	await page.keyboard.type(' and ');
	await page.press('Italic');
	await page.keyboard.type('slanted');
	await page.press('Italic');
	await page.keyboard.press('Enter');
	await page.press('List');
	await page.keyboard.type('one');
	await page.keyboard.press('Enter');
	await page.keyboard.type('two');
	await page.keyboard.press('Enter');
	await page.keyboard.press('Enter');
	assert.equal(await page.rich.locator('ul').evaluate((list) => getComputedStyle(list).listStyleType), 'disc');
	await page.press('Quote');
	await page.keyboard.type('somebody said');
	await page.keyboard.press('Enter');
	await page.keyboard.press('Enter');
	await page.press('Link');
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Address').fill('example.org');
	await dialog.getByLabel('Words that are shown').fill('a *place*');
	await dialog.getByRole('button', { name: 'Insert' }).click();
	await page.keyboard.press('Enter');
	await page.press('Table');
	await page.keyboard.type('head|er');
	await until(() => page.raw(), [
		'Plain, **bold** and *slanted*', '- one\n- two', '> somebody said', '[a \\*place\\*](https://example.org)',
		'| head\\|er |  |\n| --- | --- |\n|  |  |\n|  |  |',
	].join('\n\n'));
	await page.locator('.composer__context').getByRole('button', { name: 'Delete row' }).click();
	await until(async () => /head/.test(await page.raw()), false);
	await page.keyboard.press('Control+z');
	await page.getByRole('button', { name: 'Delete table' }).click();
	await until(async () => /\|/.test(await page.raw()), false);
	await page.keyboard.press('Control+Enter');
	await page.waitForURL(/\/t\//);
	const post = page.locator('.post__body').first();
	assert.deepEqual(await post.locator('strong, em, li, blockquote, a').allInnerTexts(), ['bold', 'slanted', 'one', 'two', 'somebody said', 'a *place*']);
	await fine(page);
});

test('an edit changes only what was edited', async () => {
	const raw = '*  odd\n*  list\n\n\nA paragraph with <kbd>keys</kbd>.\n\n[poll type=regular]\n* a\n* b\n[/poll]\n\n| a | b |\n|---|:-:|\n| 1 | 2 |';
	const answer = await world.member.send(world.facts.own, `/t/${world.facts.ownId}/replies`, { raw });
	const number = /(\d+)$/.exec(answer.headers.get('location').replace(/.*[#/]p?/, ''))[1];
	const id = new RegExp(`id="p${number}"[\\s\\S]*?href="/p/(\\d+)/edit"`).exec((await world.member.open(world.facts.own)).html)[1];
	const page = await writer();
	await page.go(`/p/${id}/edit`);
	await page.rich.waitFor();
	assert.equal(await page.raw(), raw);
	assert.equal(await page.rich.locator('table td').nth(1).innerText(), '2');
	assert.equal(await page.rich.locator('kbd').innerText(), 'keys');
	await page.rich.getByText('A paragraph').click();
	await page.keyboard.press('End');
	await page.keyboard.type(' More.');
	const changed = raw.replace('\n\n\nA', '\n\nA').replace('</kbd>.', '</kbd>. More.');
	await until(() => page.raw(), changed);
	// The other view shows the same text, the caret in the same block; and back.
	await page.press('Markdown');
	assert.equal(await page.locator('textarea[name=raw]').evaluate((area) => area === document.activeElement && area.value.slice(0, area.selectionStart).endsWith('More.')), true);
	await page.keyboard.type(' **Even** more.');
	await page.reload({ waitUntil: 'networkidle' });
	assert.equal(await page.rich.count(), 0, 'the choice is remembered');
	await page.press('Markdown');
	await page.rich.waitFor();
	await page.press('Markdown');
	await page.press('Markdown');
	assert.equal(await page.evaluate(() => localStorage.getItem('stoaView')), 'rich');
	await fine(page);
});

test('suggestions are chosen by keyboard in both views', async () => {
	const page = await writer();
	await page.go('/new-topic');
	await newTopic(page);
	const list = page.getByRole('listbox');
	const name = world.facts.adminName;
	for (const view of ['rich', 'markdown']) {
		const before = view === 'rich' ? '' : `${await page.raw()} `;
		await page.keyboard.type(view === 'rich' ? `Hi @${name.slice(0, 2)}` : ` Hi @${name.slice(0, 2)}`);
		await list.waitFor();
		const field = view === 'rich' ? page.rich : page.locator('textarea[name=raw]');
		const active = await field.getAttribute('aria-activedescendant');
		assert.equal(await page.locator(`#${active}`).getAttribute('aria-selected'), 'true');
		const wanted = list.getByRole('option').filter({ hasText: name }).first();
		for (let turn = 0; turn < 12 && await wanted.getAttribute('aria-selected') !== 'true'; turn++) await page.keyboard.press('ArrowDown');
		await page.keyboard.press('Enter');
		assert.equal(await list.count(), 0);
		const mention = /^[\p{L}\p{N}.-]+$/u.test(name) ? `@${name}` : `@"${name}"`;
		await until(async () => (await page.raw()).trimEnd(), `${before}Hi ${mention}`.trimEnd());
		await page.keyboard.type(':tad');
		await list.waitFor();
		await page.keyboard.press('Tab');
		await until(async () => (await page.raw()).endsWith('🎉'), true);
		await page.keyboard.type(' :smi');
		await list.waitFor();
		await page.keyboard.press('Escape');
		assert.equal(await list.count(), 0);
		await page.keyboard.type('le');
		await until(async () => (await page.raw()).endsWith(':smile'), true);
		if (view === 'rich') await page.press('Markdown');
	}
	await fine(page);
});

test('pasting keeps its sense', async () => {
	const page = await writer();
	const becomes = async (data, markdown) => {
		await page.keyboard.press('Control+a');
		await page.keyboard.press('Delete');
		await paste(page, data);
		await until(async () => (await page.raw()).trimEnd(), markdown);
	};
	await newTopic(page);
	const word = `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style></head><body><!--StartFragment-->
<p class=MsoNormal><b style='mso-bidi-font-weight:normal'>Bold</b> and <span style='font-style:italic'>slanted</span><o:p></o:p></p>
<p class=MsoListParagraph style='margin-left:36pt;mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·<span>&nbsp;&nbsp; </span></span>one</p>
<p class=MsoListParagraph style='margin-left:72pt;mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>o<span>&nbsp; </span></span>inner</p>
<p class=MsoListParagraph style='margin-left:36pt;mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>two</p><!--EndFragment--></body></html>`;
	const table = '<table><tr><td><p>a|b</p></td><td colspan="2"><b>c</b></td></tr><tr><td>1</td><td>2</td></tr></table>';
	const cases = [
		[{ 'text/html': word, 'text/plain': 'x' }, '**Bold** and *slanted*\n\n- one\n  - inner\n- two'],
		[{ 'text/html': '<meta charset=utf-8><b style="font-weight:normal;" id="docs-internal-guid-1"><p><span style="font-weight:700">Docs</span><span style="font-weight:400"> and </span><a href="https://example.org/x"><span>link</span></a></p></b>', 'text/plain': 'x' }, '**Docs** and [link](https://example.org/x)'],
		[{ 'text/html': table, 'text/plain': 'x' }, '| a\\|b | **c** |\n| --- | --- |\n| 1 | 2 |'],
		[{ 'text/plain': 'a\tb\n1\t2\n' }, '| a | b |\n| --- | --- |\n| 1 | 2 |'],
		[{ 'text/plain': "== Tea ==\n'''Bold''' [[Page|text]] [https://example.org words]" }, '## Tea\n\n**Bold** [[Page|text]] [words](https://example.org)'],
	];
	for (const [data, markdown] of cases) await becomes(data, markdown);
	await becomes({ 'text/html': '<p>Fine<script>alert(1)</script><a href="javascript:alert(1)">x</a><img src="data:image/png;base64,AAAA" onerror="alert(1)"></p>', 'text/plain': 'x' }, 'Finex');
	await page.press('Markdown');
	for (const [data, markdown] of cases) await becomes(data, markdown);
	// A picture goes to the uploads, in either view, and what comes of it stands where the caret was.
	const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
	for (const name of ['cat.png', 'dog.png']) {
		const had = (await page.raw()).split('![').length;
		await page.evaluate(({ name, png }) => {
			const transfer = new DataTransfer();
			transfer.items.add(new File([Uint8Array.from(atob(png), (c) => c.charCodeAt(0))], name, { type: 'image/png' }));
			document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
		}, { name, png });
		await until(async () => /!\[[^\]]*\]\(\S+\)/.test(await page.raw()) && (await page.raw()).split('![').length === had + 1 && !(await page.raw()).includes(']()'), true);
		if (name === 'cat.png') await page.press('Markdown');
	}
	await fine(page);
});

test('quotes of several posts add up, each with its link back', async () => {
	const page = await writer();
	await page.go(world.facts.own);
	assert.equal(await page.rich.count(), 0, 'nothing is loaded for those who only read');
	const quote = async (number) => {
		await page.locator(`#p${number} .post__body p`).first().evaluate((paragraph) => {
			const range = document.createRange();
			range.selectNodeContents(paragraph);
			getSelection().removeAllRanges();
			getSelection().addRange(range);
		});
		await page.locator('.quote-button').click();
	};
	await quote(1);
	await page.rich.waitFor();
	await page.rich.locator('blockquote.quote').waitFor();
	await quote(2);
	await until(() => page.rich.locator('blockquote.quote').count(), 2);
	await page.keyboard.type('My answer');
	const raw = await page.raw();
	assert.match(raw, new RegExp(`\\[quote="${MEMBER.name}, post:1, topic:${world.facts.ownId}"\\]\\n[\\s\\S]+?\\[/quote\\]\\n\\n\\[quote="${MEMBER.name}, post:2, topic:${world.facts.ownId}"\\]\\n[\\s\\S]+?\\[/quote\\]\\n\\nMy answer$`));
	assert.equal(await page.rich.locator('blockquote.quote a').first().getAttribute('href'), `/t/${world.facts.ownId}/1`);
	await page.keyboard.press('Control+Enter');
	await page.waitForURL((url) => url.pathname.startsWith('/t/') && !url.pathname.endsWith('/reply'));
	await page.waitForLoadState('load');
	await page.locator('.post__body', { hasText: 'My answer' }).locator('blockquote.quote').nth(1).waitFor();
	await fine(page);
});

test('the keyboard is not caught, the screen reader hears what it is', async () => {
	const page = await writer();
	await newTopic(page);
	assert.equal(await page.getByRole('textbox', { name: 'Text' }).count() > 0, true);
	assert.equal(await page.rich.getAttribute('aria-multiline'), 'true');
	await page.rich.focus();
	await page.keyboard.press('Tab');
	assert.equal(await page.rich.evaluate((view) => view.contains(document.activeElement)), false);
	await page.rich.focus();
	await page.keyboard.press('Shift+Tab');
	assert.equal(await page.evaluate(() => Boolean(document.activeElement.closest('.composer__toolbar'))), true);
	await page.keyboard.press('Home');
	assert.equal(await page.evaluate(() => document.activeElement.dataset.md), 'bold');
	await page.keyboard.press('ArrowRight');
	assert.equal(await page.evaluate(() => document.activeElement.dataset.md), 'italic');
	// Sending nothing says why, at the place.
	await page.locator('[name=title]').fill('No text');
	await page.locator('[name=category]').selectOption({ index: 1 });
	await page.getByRole('button', { name: /^Post/ }).click();
	await page.locator('.composer__fault').waitFor();
	assert.equal(await page.rich.evaluate((view) => view === document.activeElement), true);
	await page.keyboard.type('**typed** and [[Page]]. ');
	assert.equal(await page.locator('.composer__fault').count(), 0);
	assert.equal(await page.rich.locator('strong').innerText(), 'typed');
	await until(async () => (await page.raw()).trim(), '**typed** and [[Page]].');
	page.faults = page.faults.filter((fault) => !fault.includes('suggest/wiki') && !fault.includes('404'));
	await fine(page);
});

test('a poll and an emoji come from the toolbar', async () => {
	const page = await writer();
	await newTopic(page);
	await page.press('Poll');
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Answers to choose from').fill('Tea\nCoffee');
	await dialog.getByLabel('several answers').check();
	await dialog.getByLabel('Ends on (optional)').fill('2026-12-01T00:00');
	await dialog.getByLabel('Show the results').check();
	await dialog.getByRole('button', { name: 'Insert' }).click();
	await until(async () => /^\[poll type=multiple results=on_close close=2026-1\S+Z\]\n\* Tea\n\* Coffee\n\[\/poll\]$/.test((await page.raw()).trim()), true);
	await page.press('Emoji');
	const search = page.getByRole('combobox', { name: 'Search by English name' });
	await search.fill('coffee');
	await arm(page);
	assert.deepEqual(await axe(page), []);
	await page.keyboard.press('Enter');
	await until(async () => (await page.raw()).includes('☕'), true);
	await fine(page);
});

for (const [name, options, language] of [['light', {}, 'en'], ['dark', { colorScheme: 'dark' }, 'en'], ['right-to-left', {}, 'ar'], ['a phone', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, 'en'], ['a phone, right-to-left', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, 'ar']]) {
	test(`the rich view is sound: ${name}`, async () => {
		const page = await writer(options);
		await page.go(`/p/${world.facts.post}/edit?uselang=${language}`);
		await page.rich.waitFor();
		await page.rich.click();
		await page.locator('textarea[name=raw]').evaluate((area) => {
			area.value = '# Title\n\nمرحبا **بالعالم** and `code`, [link](/x) [[Page]]\n\n- [ ] open\n- [x] done\n\n[quote="Ada, post:1, topic:1"]\nwords\n[/quote]\n\n[details="Sum"]\nmore\n[/details]\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```\ncode\n```\n\n[poll]\n* a\n* b\n[/poll]\n\n![far](https://example.org/a.png)';
			area.dispatchEvent(new Event('input', { bubbles: true }));
		});
		await page.rich.locator('table').waitFor();
		await page.keyboard.type(' @');
		await page.getByRole('listbox').waitFor();
		const box = await page.getByRole('listbox').boundingBox();
		assert.ok(box.x >= 0 && box.x + box.width <= page.viewportSize().width, 'the suggestions are in the window');
		await arm(page);
		assert.deepEqual(await axe(page), []);
		assert.deepEqual(await overflow(page), []);
		if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name.replace(/\W+/g, '-')}.png`, fullPage: true });
		await page.keyboard.press('Escape');
		if (options.isMobile) {
			await page.locator('[data-more]').click();
			await page.locator('[data-md=table]').waitFor();
			assert.deepEqual(await axe(page), []);
		}
		await fine(page);
	});
}

test('where the editor does not arrive, the plain form goes on', async () => {
	const page = await writer();
	await page.route(/\/assets\/rich-/, (route) => route.abort());
	await page.go('/new-topic');
	const area = page.locator('textarea[name=raw]');
	await area.fill('word');
	await area.selectText();
	await page.press('Bold');
	assert.equal(await page.raw(), '**word**');
	assert.equal(await page.rich.count(), 0);
	await page.context().close();
});
