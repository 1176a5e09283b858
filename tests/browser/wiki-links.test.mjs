// Links to wikis and cards for other sites in a real browser: on a desktop and a phone, dark, from right to left, without
// scripts. The wiki is a double on this machine, and so is the other site.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { arm, axe, invalid, overflow } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { BINARY, ROOT, folder, serve, tell } from './lib/stoa.mjs';

const ADMIN = { name: 'Ines', password: 'nine owls read slowly' };
const DOUBLE = join(dirname(BINARY), 'mediawiki-double');

let browser;
let site;
let wiki;
let base;
let topic;
/** Another site, whose pages have what `framed` says in a frame. */
let other;
let framed;

before(async () => {
	if (!existsSync(DOUBLE)) execFileSync('cargo', ['build', '--locked', '-p', 'mediawiki-double'], { cwd: ROOT, stdio: 'inherit' });
	wiki = spawn(DOUBLE, ['client-1', 'secret-1', 'http://127.0.0.1/callback'], { stdio: ['ignore', 'pipe', 'inherit'] });
	process.once('exit', () => wiki.kill('SIGKILL'));
	base = await new Promise((ready, failed) => {
		wiki.on('error', failed);
		wiki.stdout.on('data', (data) => {
			const address = /^listening on (http:\/\/\S+)$/m.exec(data)?.[1];
			if (address) ready(address);
		});
	});
	const data = folder();
	await tell(`${ADMIN.password}\n`, 'setup', '--data', data, '--site-name', 'Teahouse', '--admin', ADMIN.name, '--email', 'ines@example.org', '--password-stdin');
	writeFileSync(join(data, 'stoa.toml'), `fetch-from = ["${base.replace('http://', '')}"]\n`);
	site = await serve('--data', data);
	browser = await launch();
	other = createServer((_, response) => {
		response.setHeader('content-type', 'text/html; charset=utf-8');
		response.end(`<!doctype html><title>Elsewhere</title><iframe src="${framed}" width="600" height="320" title="x"></iframe>`);
	});
	await new Promise((ready) => { other.listen(0, '127.0.0.1', ready); });
});

after(async () => {
	await browser?.close();
	await site?.stop();
	wiki?.kill();
	other?.close();
});

async function person(options = {}) {
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	context.setDefaultTimeout(15_000);
	const page = await context.newPage();
	page.go = (path) => page.goto(site.base + path);
	return page;
}

/** What every page of the site has to hold. */
async function isGood(page, what, html) {
	assert.deepEqual(invalid(html ?? await (await page.context().request.get(page.url())).text()), [], `${what}: HTML`);
	if (await page.evaluate(() => true).catch(() => false)) {
		await arm(page);
		assert.deepEqual(await axe(page), [], `${what}: axe`);
	}
	assert.deepEqual(await overflow(page), [], `${what}: too wide`);
}

async function look(page, name) {
	if (process.env.STOA_SHOTS) await page.screenshot({ path: join(process.env.STOA_SHOTS, `${name}.png`), fullPage: true });
}

test('links to a wiki become cards and words', async () => {
	const page = await person();
	await watch(page, site.base);
	await page.go('/login');
	await page.fill('#name', ADMIN.name);
	await page.fill('#password', ADMIN.password);
	await page.locator('main form button[type=submit]').click();
	await page.go('/admin/wikis/new');
	await page.fill('#address', base);
	await page.getByRole('button', { name: 'Connect' }).click();
	await page.getByText('The wiki is connected.').waitFor();
	const text = [
		'What do you think of this page?', `${base}/wiki/Gyokuro`, `It says more than ${base}/wiki/Mint and [[wiki:Cha]], and somebody has to write [[wiki:Oolong]].`,
		`${base}/wiki/File:Cup.jpg`, `${base}/w/index.php?title=Green_tea&diff=12&oldid=10`, `${base}/wiki/Special:Diff/13`,
		'The task for it is https://phabricator.wikimedia.org/T123456.',
	].join('\n\n');
	const plain = await person({ storageState: await page.context().storageState(), javaScriptEnabled: false });
	await plain.go('/new-topic');
	await plain.fill('[name=title]', 'Green tea on the wiki');
	await plain.fill('[name=raw]', text);
	await plain.locator('main form button[type=submit]').last().click();
	await plain.waitForURL('**/t/**');
	topic = new URL(plain.url()).pathname;
	const cards = plain.locator('.link-card');
	const until = Date.now() + 30_000;
	while (await cards.count() < 4 && Date.now() < until) await plain.reload();
	assert.equal(await cards.count(), 4, site.err);
	await page.go(topic);
	await page.locator('a.wiki-new').getByText('Oolong').waitFor();
	await page.getByText('Phabricator task T123456').waitFor();
	await isGood(page, 'a topic with links to a wiki');
	await look(page, 'links-desktop');
	assert.deepEqual(page.faults, []);
	await page.context().close();
	await plain.context().close();
});

for (const [name, options, path] of [
	['links-phone', { viewport: { width: 360, height: 740 } }, ''],
	['links-dark', { colorScheme: 'dark' }, ''],
	['links-arabic', { viewport: { width: 360, height: 740 } }, '?uselang=ar'],
	['links-plain', { javaScriptEnabled: false }, '?uselang=fr'],
]) {
	test(`they are good to read: ${name}`, async () => {
		const page = await person(options);
		await page.go(topic + path);
		assert.equal(await page.locator('.link-card').count(), 4);
		assert.ok(await page.locator('.link-card__picture').first().evaluate((img) => img.getAttribute('src').startsWith('/uploads/')));
		if (options.javaScriptEnabled !== false) await isGood(page, name);
		await look(page, name);
		await page.context().close();
	});
}

test('another site shows a discussion in a frame, and nothing else of the site', async () => {
	const number = topic.split('/').pop();
	for (const [name, options] of [
		['card', {}], ['card-dark', { colorScheme: 'dark' }], ['card-arabic', { viewport: { width: 360, height: 740 }, locale: 'ar' }],
	]) {
		const page = await person(options);
		framed = `${site.base}/embed/t/${number}`;
		await page.goto(`http://127.0.0.1:${other.address().port}/`);
		await page.frameLocator('iframe').getByRole('heading', { level: 1 }).getByText('Green tea on the wiki').waitFor();
		await look(page, `${name}-framed`);
		assert.deepEqual(await page.context().cookies(), [], 'no cookie is set');
		await page.goto(framed);
		await isGood(page, name);
		await look(page, name);
		await page.context().close();
	}
	const page = await person();
	framed = site.base + topic;
	await page.goto(`http://127.0.0.1:${other.address().port}/`);
	assert.equal(await page.frameLocator('iframe').getByText('Green tea on the wiki').count(), 0);
	await page.context().close();
});
