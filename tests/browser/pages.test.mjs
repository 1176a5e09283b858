// Every page there is, as a stranger, a member and an administrator see it: axe, valid HTML, no overflow, no foreign host.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { arm, axe, invalid, overflow, skeleton } from './lib/audit.mjs';
import { launch, together, watch } from './lib/chromium.mjs';
import { addresses, refusals } from './lib/addresses.mjs';
import { demo } from './lib/demo.mjs';
import { ROOT, routes, serve } from './lib/stoa.mjs';
import { Visitor } from './lib/visitor.mjs';

const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };
const NARROW = { width: 320, height: 640 };
const TABS = 3;
/** What can differ between light and dark. */
const COLOUR = ['color-contrast', 'link-in-text-block'];

let browser;
let town;

before(async () => {
	[browser, town] = await Promise.all([launch(), demo()]);
});

after(async () => {
	await browser?.close();
	await town?.site.stop();
});

/** A right-to-left language that Stoa speaks. */
function rightToLeft() {
	const codes = readdirSync(join(ROOT, 'locales')).map((file) => file.replace(/\.json$/, ''));
	return ['ar', 'he', 'fa', 'ur'].find((code) => codes.includes(code));
}

test('every GET route has an example, and every example its route', () => {
	const there = new Set(routes().filter((r) => r.method === 'GET').map((r) => r.path));
	const known = new Set(Object.keys(addresses(town.facts)));
	assert.deepEqual([...there].filter((path) => !known.has(path)), [], 'routes without an example address in lib/addresses.mjs');
	assert.deepEqual([...known].filter((path) => !there.has(path)), [], 'examples of routes that are gone');
});

/** The distinct pages that somebody gets to see, as they came: `{ route, path, html, status, hops }`. */
async function pagesOf(visitor) {
	const pages = new Map();
	for (const [route, paths] of Object.entries(addresses(town.facts))) {
		for (const path of paths) {
			const page = await visitor.open(path);
			assert.ok(page.status < 500, `${path}: ${page.status}`);
			if (page.type.startsWith('text/html') && !pages.has(page.path)) pages.set(page.path, { route, ...page });
		}
	}
	return [...pages.values()];
}

/** What a page is built of: each element with its classes and the names of its attributes. */
function parts(html) {
	return new Set([...html.matchAll(/<([a-z][\w-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*\/?>/g)].map(([, tag, attributes]) => {
		const names = [...attributes.matchAll(/\s([\w:-]+)/g)].map((match) => match[1]).filter((name) => !/^(id|href|src|value)$/.test(name));
		const classes = /\sclass="([^"]*)"/.exec(attributes)?.[1] ?? '';
		return `${tag}.${classes}[${[...new Set(names)].sort()}]`;
	}));
}

/** Pages to look at: for each role its own home, list and topic, each route once, and whatever has a part that no page had before. */
function chosen(all) {
	const parted = new Set();
	const routed = new Set();
	return all.map((pages) => {
		const own = new Set(['/', '/latest', '/t/{slug}/{id}']);
		return pages.filter(({ route, html, status, hops }) => {
			const fresh = [...parts(html)].filter((part) => !parted.has(part));
			// Being sent to the log-in, or told that nothing is there, is not another kind of page for each route.
			const isNew = status === 200 && hops === 0 && !routed.has(route);
			if (fresh.length === 0 && !isNew && !own.has(route)) return false;
			own.delete(route);
			if (status === 200 && hops === 0) routed.add(route);
			fresh.forEach((part) => parted.add(part));
			return true;
		}).map(({ path }) => path);
	});
}

/** Until the new colours stand: even with reduced motion they take a frame. */
function painted(page) {
	return page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))).then(() => new Promise((done) => {
		requestAnimationFrame(() => requestAnimationFrame(done));
	})));
}

/** Looks at one page in light and dark, wide and narrow; all that is wrong with it. */
async function look(page, base, path, dir) {
	page.faults.length = 0;
	await page.setViewportSize(WIDE);
	await page.emulateMedia({ colorScheme: 'light' });
	await page.goto(base + path, { waitUntil: 'load' });
	await arm(page);
	const found = [...await skeleton(page, dir)];
	const note = async (how, problems) => found.push(...(await problems).map((problem) => `${how}: ${problem}`));
	if (dir === 'ltr') await note('wide, light', axe(page));
	await note('wide', overflow(page));
	await page.emulateMedia({ colorScheme: 'dark' });
	await painted(page);
	// Colours do not depend on the direction, nor the roles of elements on the colours.
	if (dir === 'ltr') await note('wide, dark', axe(page, COLOUR));
	await page.setViewportSize(PHONE);
	// What scrolls in a text is known once the page was laid out anew.
	await painted(page);
	await note('phone, dark', axe(page));
	await note('phone', overflow(page));
	await page.setViewportSize(NARROW);
	await note('narrow', overflow(page));
	return [...found, ...page.faults];
}

/** All pages, a few tabs at a time. */
async function lookAtAll(base, visitor, paths, dir) {
	const tabs = await Promise.all(Array.from({ length: TABS }, async () => {
		const context = await browser.newContext({ reducedMotion: 'reduce' });
		await visitor.lend(context);
		return watch(await context.newPage(), base);
	}));
	const wrong = [];
	await together(paths, TABS, async (path, worker) => {
		const problems = await look(tabs[worker], base, path, dir);
		if (problems.length) wrong.push(`${path}\n    ${[...new Set(problems)].join('\n    ')}`);
	});
	await Promise.all(tabs.map((tab) => tab.context().close()));
	return wrong.sort();
}

function none(wrong, of) {
	assert.equal(wrong.length, 0, `${wrong.length} of ${of} pages have problems:\n${wrong.join('\n')}`);
}

const withLanguage = (path, code) => {
	const url = new URL(path, 'http://x');
	url.searchParams.set('uselang', code);
	return url.pathname + url.search;
};

const ROLES = ['stranger', 'member', 'admin'];
const seen = {};
const looked = {};

for (const role of ROLES) {
	test(`pages of a ${role}: HTML is valid`, async (t) => {
		seen[role] = await pagesOf(town[role]);
		const wrong = seen[role].map(({ path, html }) => [path, invalid(html)]).filter(([, problems]) => problems.length)
			.map(([path, problems]) => `${path}\n    ${[...new Set(problems)].slice(0, 12).join('\n    ')}`);
		t.diagnostic(`${seen[role].length} pages`);
		none(wrong, seen[role].length);
	});
}

test('which pages to look at', (t) => {
	const choice = chosen(ROLES.map((role) => seen[role]));
	ROLES.forEach((role, i) => { looked[role] = choice[i]; });
	t.diagnostic(ROLES.map((role) => `${role}: ${looked[role].length}`).join(', '));
	assert.ok(choice.every((paths) => paths.length >= 3));
});

for (const role of ROLES) {
	test(`pages of a ${role}: nothing wrong in light and dark, wide and narrow`, async () => {
		none(await lookAtAll(town.site.base, town[role], looked[role], 'ltr'), looked[role].length);
	});

	test(`pages of a ${role}: nothing wrong from right to left`, async () => {
		const paths = looked[role].map((path) => withLanguage(path, rightToLeft()));
		none(await lookAtAll(town.site.base, town[role], paths, 'rtl'), paths.length);
	});
}

test('tables that may be wider than a phone are reached by keyboard at any width', async () => {
	const context = await town.admin.lend(await browser.newContext({ reducedMotion: 'reduce', viewport: WIDE }));
	const page = await context.newPage();
	await page.goto(`${town.site.base}/admin/people`, { waitUntil: 'load' });
	const table = page.locator('.table-scroll');
	// Not when it is too narrow at last: then there is a moment in which it cannot be reached.
	for (const size of [WIDE, PHONE, WIDE]) {
		await page.setViewportSize(size);
		await painted(page);
		assert.equal(await table.getAttribute('tabindex'), '0');
	}
	await context.close();
});

test('refused forms are pages too', async () => {
	const wrong = [];
	for (const { role, path, action, fields, status } of refusals(town.facts)) {
		const answer = await town[role].send(path, action, fields);
		const html = await answer.text();
		if (answer.status !== status) wrong.push(`${action}: ${answer.status}, not ${status}`);
		wrong.push(...invalid(html).map((problem) => `${action}: ${problem}`));
	}
	assert.deepEqual(wrong, []);
});

test('every text of the community is valid HTML', async () => {
	const wrong = [];
	for (const path of town.facts.topics) {
		const { html } = await town.stranger.open(path);
		const problems = invalid(html);
		if (problems.length) wrong.push(`${path}\n    ${[...new Set(problems)].slice(0, 5).join('\n    ')}`);
	}
	none(wrong, town.facts.topics.length);
});

test('the pages of a site that is not set up yet', async () => {
	const site = await serve();
	try {
		const key = new URL(/http:\S+\/setup\?key=\S+/.exec(site.err)[0]);
		const visitor = new Visitor(site.base);
		const paths = ['/', '/setup?key=wrong', key.pathname + key.search];
		const wrong = [];
		for (const path of paths) wrong.push(...invalid((await visitor.open(path)).html));
		assert.deepEqual(wrong, []);
		none(await lookAtAll(site.base, visitor, paths, 'ltr'), paths.length);
	} finally {
		await site.stop();
	}
});
