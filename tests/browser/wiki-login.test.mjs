// Logging in with an account of a wiki, in a real browser with a double of the wiki: from the administration's one field
// to a linked account, with and without scripts, on a phone and from right to left.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { arm, axe, invalid, overflow } from './lib/audit.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { folder, serve, tell } from './lib/stoa.mjs';
import { startWiki } from './lib/wiki.mjs';

const ADMIN = { name: 'Ines', password: 'nine owls read slowly' };
/** Who has an account on the double: see crates/mediawiki-double/src/main.rs. */
const ADA = 'Ada (WMDE)';
const AMINA = 'أمينة';
const BLOCKED = 'Bo';
const HIDDEN = 'Somebody hidden';

let browser;
let site;
let wiki;
let base;

before(async () => {
	const data = folder();
	// The site has to know its port before the wiki is told where to lead back to.
	const port = 20_000 + Math.floor(Math.random() * 20_000);
	wiki = await startWiki({ callback: `http://127.0.0.1:${port}/login/wiki/wiki/callback` });
	base = wiki.base;
	await tell(`${ADMIN.password}\n`, 'setup', '--data', data, '--site-name', 'Teahouse', '--admin', ADMIN.name, '--email', 'ines@example.org', '--password-stdin');
	writeFileSync(join(data, 'stoa.toml'), `fetch-from = ["${base.replace('http://', '')}"]\n`);
	site = await serve('--data', data, '--listen', `127.0.0.1:${port}`);
	browser = await launch();
});
after(async () => {
	await browser?.close();
	await site?.stop();
	wiki?.stop();
});

async function person(options = {}) {
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	context.setDefaultTimeout(15_000);
	const page = await context.newPage();
	page.go = (path) => page.goto(site.base + path);
	return page;
}

const at = (page) => new URL(page.url()).pathname;

/** What every page of the site has to hold. */
async function isGood(page, what) {
	const answer = await page.context().request.get(page.url());
	if (answer.ok()) assert.deepEqual(invalid(await answer.text()), [], `${what}: HTML`);
	await arm(page);
	assert.deepEqual(await axe(page), [], `${what}: axe`);
	assert.deepEqual(await overflow(page), [], `${what}: too wide`);
}

/** From a page with the button to the wiki, as somebody, and back. */
async function come(page, name, path = '/login') {
	await page.go(path);
	await page.locator('main a[href^="/login/wiki/wiki"]').click();
	await page.waitForURL(`${base}/**`);
	await page.getByRole('button', { name, exact: true }).click();
	await page.waitForLoadState('load');
	const allow = page.getByRole('button', { name: 'Allow' });
	if (await allow.count()) await allow.click();
	await page.waitForURL(`${site.base}/**`);
}

test('an administrator connects the wiki in one page', async () => {
	const page = await person();
	await watch(page, site.base);
	await page.go('/login');
	await page.fill('#name', ADMIN.name);
	await page.fill('#password', ADMIN.password);
	await page.locator('main form button[type=submit]').click();
	await page.go('/admin/wikis');
	await isGood(page, 'no wiki yet');
	await page.getByRole('link', { name: 'Connect a wiki' }).click();
	await page.fill('#address', 'nonsense://');
	await page.getByRole('button', { name: 'Connect' }).click();
	await page.getByRole('alert').waitFor();
	assert.equal(await page.inputValue('#address'), 'nonsense://');
	await page.fill('#address', `${base}/wiki/Green_tea`);
	await page.getByRole('button', { name: 'Connect' }).click();
	await page.getByText('The wiki is connected.').waitFor();
	assert.match(await page.inputValue('#snippet'), /\$wgStoaSigningKey = '[A-Za-z0-9+/]{43}='/);
	assert.equal(await page.inputValue('#callback'), `${site.base}/login/wiki/wiki/callback`);
	await page.go('/admin/wikis/wiki');
	assert.doesNotMatch(await page.inputValue('#snippet'), /\$wgStoaSigningKey = /);
	await page.fill('#client', 'client-1');
	await page.fill('#secret', 'secret-1');
	await page.locator('#login').check({ force: true });
	await page.locator('form[action="/admin/wikis/wiki/login"] button').click();
	await page.getByRole('button', { name: 'Test the connection' }).click();
	await page.getByText('The wiki knows the site for log-in.').waitFor();
	await isGood(page, 'the page of a wiki');
	await page.go('/admin/wikis');
	await isGood(page, 'the list of wikis');
	await page.go('/admin/wikis/wiki/remove');
	await isGood(page, 'removing a wiki');
	assert.deepEqual(page.faults.filter((fault) => !/422/.test(fault)), []);
	await page.context().close();
});

test('somebody comes from the wiki, is asked for a name once, and is in at once the next time', async () => {
	const page = await person();
	await page.go('/login');
	await page.getByRole('link', { name: 'Log in with your Tea Wiki account' }).waitFor();
	await isGood(page, 'the page to log in');
	await page.go('/signup');
	await isGood(page, 'the page to sign up');
	await come(page, ADA);
	assert.equal(at(page), '/join/wiki');
	await isGood(page, 'a new account');
	assert.equal(await page.inputValue('#name'), ADA);
	assert.equal(await page.inputValue('#email'), 'ada@wiki.example');
	await page.getByRole('main').getByRole('button', { name: 'Sign up' }).click();
	await page.waitForURL('**/welcome*');
	await page.go('/settings/wikis');
	await isGood(page, 'linked accounts');
	await page.getByText('5,200').waitFor();
	await page.getByRole('button', { name: /Unlink/ }).click();
	await page.getByRole('alert').waitFor();
	await page.context().close();
	const again = await person();
	await come(again, ADA, '/login?back=/latest');
	assert.equal(at(again), '/latest');
	await again.context().close();
});

test('without scripts, on a phone, in Arabic and in the dark it is the same way', async () => {
	const page = await person({ javaScriptEnabled: false, viewport: { width: 360, height: 740 }, locale: 'ar', colorScheme: 'dark' });
	await come(page, AMINA, '/signup?uselang=ar');
	assert.equal(at(page), '/join/wiki');
	assert.equal(await page.locator('html').getAttribute('dir'), 'rtl');
	assert.equal(await page.inputValue('#name'), AMINA);
	await page.locator('form[action="/join/wiki"] button').click();
	assert.equal(at(page), '/welcome');
	await page.context().close();
});

test('who says no, who is hidden and who is blocked is told', async () => {
	const page = await person();
	await page.go('/login');
	await page.getByRole('link', { name: 'Log in with your Tea Wiki account' }).click();
	await page.getByRole('button', { name: BLOCKED, exact: true }).click();
	await page.getByRole('button', { name: 'Cancel' }).click();
	await page.getByText('You said no on Tea Wiki').waitFor();
	await isGood(page, 'who said no');
	await page.getByRole('link', { name: 'Try again' }).click();
	await page.getByRole('button', { name: 'Allow' }).click();
	await page.getByText('Your account is blocked on Tea Wiki.').waitFor();
	await isGood(page, 'who is blocked');
	await page.context().close();
	const hidden = await person();
	await come(hidden, HIDDEN);
	await hidden.getByText('your account there is hidden').waitFor();
	await hidden.context().close();
});

test('a member links an account and can take the link away', async () => {
	await tell('eleven storks walk home\n', 'user', 'create', 'Cleo', '--data', site.data, '--password-stdin');
	const page = await person({ viewport: { width: 360, height: 740 } });
	await page.go('/login');
	await page.fill('#name', 'Cleo');
	await page.fill('#password', 'eleven storks walk home');
	await page.locator('main form button[type=submit]').click();
	await come(page, BLOCKED, '/settings/wikis');
	await page.getByText('On Tea Wiki you are').waitFor();
	await isGood(page, 'the question');
	await page.getByRole('button', { name: 'Link them' }).click();
	await page.getByText('The accounts are linked.').waitFor();
	await isGood(page, 'linked accounts on a phone');
	await page.getByRole('button', { name: /Unlink/ }).click();
	await page.getByText('The link is gone.').waitFor();
	await page.context().close();
});
