// Files into a text: by button, paste and drop with their progress, and by the plain form without scripts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arm, axe } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { adminOf } from './lib/demo.mjs';
import { serve } from './lib/stoa.mjs';

const WHO = { name: 'Wilma Files', email: 'wilma@example.org', password: 'nine owls read slowly' };

let browser;
let site;

before(async () => {
	browser = await launch();
	site = await serve('--demo');
	assert.ok(adminOf(site).name);
});

after(async () => {
	await browser?.close();
	await site?.stop();
});

async function person(options = {}) {
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	context.setDefaultTimeout(15_000);
	// The plain view of the text; the rich one has its own tests.
	await context.addInitScript(() => localStorage.setItem('stoaView', 'markdown'));
	const page = await watch(await context.newPage(), site.base);
	page.go = (path) => page.goto(site.base + path);
	return page;
}

async function signUp(page, name) {
	await page.go('/signup');
	for (const [field, value] of Object.entries({ ...WHO, name, email: `${name.replace(/\W/g, '')}@example.org` })) {
		await page.locator(`form[action="/signup"] [name="${field}"]`).fill(value);
	}
	await page.locator('form[action="/signup"] button[type=submit]').click();
	await page.waitForLoadState('load');
	assert.equal(new URL(page.url()).pathname, '/welcome');
}

/** A picture made by the browser's own canvas: base64 of its bytes. */
async function picture(page, { width = 900, height = 600, colour = '#357' } = {}) {
	return page.evaluate(({ width, height, colour }) => {
		const canvas = document.createElement('canvas');
		canvas.width = width;
		canvas.height = height;
		const pen = canvas.getContext('2d');
		pen.fillStyle = colour;
		pen.fillRect(0, 0, width, height);
		pen.fillStyle = '#fff';
		for (let at = 0; at < 60; at++) pen.fillRect((at * 97) % width, (at * 61) % height, 40, 20);
		return canvas.toDataURL('image/jpeg', 0.9).split(',')[1];
	}, { width, height, colour });
}

/** A paste or a drop of files, as the browser would tell it. */
async function hand(page, kind, selector, files) {
	await page.locator(selector).first().evaluate((target, { kind, files }) => {
		const data = new DataTransfer();
		for (const { name, type, base64 } of files) {
			data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type }));
		}
		const options = { bubbles: true, cancelable: true };
		if (kind === 'paste') target.dispatchEvent(new ClipboardEvent('paste', { ...options, clipboardData: data }));
		else {
			target.dispatchEvent(new DragEvent('dragover', { ...options, dataTransfer: data }));
			target.dispatchEvent(new DragEvent('drop', { ...options, dataTransfer: data }));
		}
	}, { kind, files });
}

const raw = (page) => page.locator('form.composer textarea[name="raw"]').inputValue();

async function until(check, what) {
	const end = Date.now() + 15_000;
	while (!(await check())) {
		assert.ok(Date.now() < end, what);
		await new Promise((done) => setTimeout(done, 50));
	}
}

test('pictures and files come into a text with scripts', async (t) => {
	const page = await person();
	await signUp(page, 'Wilma Scripts');
	await page.go('/new-topic');
	const category = await page.locator('#category option:not([value=""])').last().getAttribute('value');
	const base64 = await picture(page);

	await t.test('by the button, with words about the picture', async () => {
		await page.locator('#title').fill('Pictures of the river');
		await page.locator('#category').selectOption(category);
		await page.locator('#raw').fill('Before.\n');
		const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('.composer__toolbar button[data-upload]').click()]);
		assert.ok(chooser.isMultiple());
		await chooser.setFiles([{ name: 'river.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') }]);
		await page.locator('.composer__upload-alt input').fill('the river [at] dawn');
		await until(async () => /^Before\.\n!\[[^\]]*\]\(\/uploads\/[0-9a-f]{64}\.jpg\)/.test((await raw(page)).replace(/\\\[at\\\]/, 'at')), 'the picture is in the text');
		await page.locator('.composer__upload-alt input').blur();
		await until(async () => (await raw(page)).includes('![the river \\[at\\] dawn](/uploads/'), `the words are in the text: ${await raw(page)}`);
		assert.ok(!(await raw(page)).includes('…'), 'no sign of sending is left');
		await arm(page);
		assert.deepEqual(await axe(page), []);
		await page.locator('.composer__upload button').click();
		assert.equal(await page.locator('.composer__upload').count(), 0);
	});

	await t.test('by paste and by drop, several at once', async () => {
		await hand(page, 'paste', '#raw', [{ name: 'image.png', type: 'image/jpeg', base64: await picture(page, { width: 300, height: 200, colour: '#733' }) }]);
		await hand(page, 'drop', '#raw', [
			{ name: 'one.jpg', type: 'image/jpeg', base64: await picture(page, { colour: '#373' }) },
			{ name: 'two.jpg', type: 'image/jpeg', base64: await picture(page, { colour: '#773' }) },
			{ name: 'notes.txt', type: 'text/plain', base64: Buffer.from('some notes').toString('base64') },
		]);
		await until(async () => ((await raw(page)).match(/!\[\]\(\/uploads\//g) ?? []).length === 3, 'three more pictures');
		await until(async () => (await raw(page)).includes('[notes.txt](/uploads/'), 'the file is a link');
		assert.ok(!(await raw(page)).includes('…'));
		assert.equal((await raw(page)).match(/\.jpg\)/g).length, 4);
	});

	await t.test('with progress and Cancel', async () => {
		const before = await raw(page);
		let held;
		const came = new Promise((done) => { held = done; });
		let release;
		const go = new Promise((done) => { release = done; });
		await page.route('**/uploads', async (route) => {
			held();
			await go;
			await route.continue().catch(() => undefined);
		});
		await hand(page, 'drop', '#raw', [{ name: 'slow.jpg', type: 'image/jpeg', base64 }]);
		await came;
		assert.match(await raw(page), /!\[Sending[^\]]* …\]\(\)/, 'the text shows where it will be');
		assert.equal(await page.locator('.composer__upload progress').count(), 1);
		// What is written meanwhile stays, and so does the caret.
		await page.locator('#raw').press('Control+Home');
		await page.keyboard.type('First words. ');
		await page.locator('form.composer .composer__actions button').first().click();
		assert.equal(new URL(page.url()).pathname, '/new-topic', 'nothing is published before the file is there');
		await page.getByRole('button', { name: 'Cancel: slow.jpg' }).click();
		release();
		assert.ok(!(await raw(page)).includes('slow.jpg'), await raw(page));
		assert.ok((await raw(page)).startsWith('First words. '));
		assert.equal(await raw(page), `First words. ${before}`);
		await page.unroute('**/uploads');
		page.faults = page.faults.filter((fault) => !fault.includes('/uploads'));
	});

	await t.test('what is refused says why and leaves the text alone', async () => {
		const before = await raw(page);
		await hand(page, 'drop', '#raw', [{ name: 'run.exe', type: 'application/x-msdownload', base64: Buffer.from('MZ and so on').toString('base64') }]);
		const note = page.locator('.composer__upload [role=alert]');
		await note.waitFor();
		assert.match(await note.innerText(), /kinds of files: .*pdf/);
		assert.equal(await raw(page), before);
		await page.getByRole('button', { name: 'Close: run.exe' }).click();
		const large = Buffer.alloc((10 << 20) + 1, 65).toString('base64');
		await hand(page, 'drop', '#raw', [{ name: 'large.jpg', type: 'image/jpeg', base64: large }]);
		await note.waitFor();
		assert.match(await note.innerText(), /too large/);
		page.faults = page.faults.filter((fault) => !/422: .*\/uploads|status of 422/.test(fault));
	});

	await t.test('another view of the text can take the picture', async () => {
		await page.evaluate(() => {
			window.heard = [];
			document.querySelector('#raw').addEventListener('stoa:insert', (event) => {
				window.heard.push(event.detail);
				event.preventDefault();
			});
		});
		const before = await raw(page);
		await hand(page, 'paste', '#raw', [{ name: 'rich.jpg', type: 'image/jpeg', base64: await picture(page, { width: 200, height: 200 }) }]);
		await page.waitForFunction(() => window.heard.length === 2);
		const [first, second] = await page.evaluate(() => window.heard);
		assert.equal(second.replaces, first.markdown);
		assert.match(second.markdown, /^!\[\]\(\/uploads\//);
		assert.equal(await raw(page), before);
	});

	await t.test('it is published and seen by everybody', async () => {
		// The draft is what a new page begins with.
		await page.locator('#raw').press('Control+Home');
		await page.keyboard.type('All of it. ');
		await page.locator('.composer__saved[data-state="saved"]').waitFor();
		await page.reload();
		await page.locator('form.composer .composer__actions button').first().click();
		await page.waitForURL(/\/t\//);
		const stranger = await person({ viewport: { width: 360, height: 740 } });
		await stranger.go(new URL(page.url()).pathname);
		const images = stranger.locator('.post__body picture img');
		assert.ok(await images.count() >= 4);
		for (const image of await images.all()) {
			await image.scrollIntoViewIfNeeded();
			await until(() => image.evaluate((i) => i.complete && i.naturalWidth > 0), 'the picture is drawn');
			assert.match(await image.evaluate((i) => i.currentSrc), /\.(webp|avif)$/, 'the smaller format is taken');
		}
		assert.ok(await stranger.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the phone');
		await arm(stranger);
		assert.deepEqual(await axe(stranger), []);
		assert.deepEqual(stranger.faults, []);
		await stranger.context().close();
	});
	assert.deepEqual(page.faults, []);
	await page.context().close();
});

test('the plain form does the same without scripts', async () => {
	const page = await person({ javaScriptEnabled: false });
	await signUp(page, 'Wilma Plain');
	await page.go('/new-topic');
	const category = await page.locator('#category option:not([value=""])').last().getAttribute('value');
	const maker = await person();
	await maker.go('/');
	const base64 = await picture(maker);
	await maker.context().close();
	await page.locator('#title').fill('Pictures of the hill');
	await page.locator('#category').selectOption(category);
	await page.locator('#raw').fill('Before.');
	await page.locator('.composer__file summary').click();
	assert.match(await page.locator('#file-help').innerText(), /up to 10 MB/);
	await page.locator('#alt').fill('a hill');
	await page.locator('#file').setInputFiles([{ name: 'hill.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') }]);
	await page.locator('button[name=add_file]').click();
	await page.waitForLoadState('load');
	assert.match(await raw(page), /^Before\.\n\n!\[a hill\]\(\/uploads\//);
	assert.equal(await page.locator('#title').inputValue(), 'Pictures of the hill');
	assert.equal(await page.locator('.composer__preview img').getAttribute('alt'), 'a hill');
	await page.locator('.composer__actions button').first().click();
	await page.waitForURL(/\/t\//);
	assert.equal(await page.locator('.post__body img').getAttribute('alt'), 'a hill');
	assert.deepEqual(page.faults, []);
	await page.context().close();
});
