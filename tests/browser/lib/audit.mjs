// What every page must hold: no violation that axe knows, no overflow, one heading, valid HTML.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HtmlValidate } from 'html-validate';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The recommended preset. Where we differ, the HTML standard agrees with us: */
const validator = new HtmlValidate({
	extends: ['html-validate:recommended'],
	rules: {
		// https://html.spec.whatwg.org/#void-elements: a trailing slash on an SVG element closes it, and is needed.
		'void-style': 'off',
		// Whitespace before a line break is not content; templates leave some where a condition was false.
		'no-trailing-whitespace': 'off',
		// https://html.spec.whatwg.org/#document.title sets no limit; titles of topics are people's own.
		'long-title': 'off',
		// https://www.w3.org/TR/wai-aria-1.2/#namefromauthor: lists may have names, and two lists in one card need them.
		'aria-label-misuse': ['error', { allowAnyNamable: true }],
		// https://html.spec.whatwg.org/#constructing-the-form-data-set is a list: one select for each group sends one entry each.
		'form-dup-name': 'off',
	},
});

/** Problems of the HTML as the server sent it, one line each. */
export function invalid(html) {
	const report = validator.validateStringSync(html);
	const lines = html.split('\n');
	return report.results.flatMap((result) => result.messages).map((m) => {
		const line = lines[m.line - 1] ?? '';
		return `${m.ruleId}: ${m.message} [${line.slice(Math.max(0, m.column - 40), m.column + 80)}]`;
	});
}

/** Puts axe into the page; by the debugger, so that the page's CSP need not allow it. */
export async function arm(page) {
	await page.evaluate(AXE);
}

/** What axe finds, one line for each rule and place. `rules` limits it to some. */
export async function axe(page, rules) {
	return page.evaluate(async (only) => {
		const options = { resultTypes: ['violations'], elementRef: false };
		if (only) options.runOnly = { type: 'rule', values: only };
		const { violations } = await window.axe.run(document, options);
		return violations.flatMap((v) => v.nodes.slice(0, 3).map((node) => {
			const why = [...node.any, ...node.all, ...node.none][0]?.message ?? v.help;
			return `axe ${v.id}: ${why} [${node.target.join(' ')}] ${node.html.slice(0, 160)}`;
		}));
	}, rules);
}

/** Elements that stick out to the side of a window that is too narrow for them, when the page as a whole can be scrolled sideways. */
export async function overflow(page) {
	return page.evaluate(() => {
		const root = document.scrollingElement;
		const over = root.scrollWidth - root.clientWidth;
		if (over <= 0) return [];
		const wide = [...document.body.querySelectorAll('*')].filter((element) => {
			const box = element.getBoundingClientRect();
			return box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5) && getComputedStyle(element).position !== 'absolute';
		});
		return [`overflows by ${over} px at ${innerWidth} px: ${wide.slice(0, 4).map((e) => `${e.localName}.${e.className}`).join(', ')}`];
	});
}

/** Headings and the page's own words about its direction. */
export async function skeleton(page, dir) {
	return page.evaluate((expected) => {
		const problems = [];
		const count = document.querySelectorAll('h1').length;
		if (count !== 1) problems.push(`${count} h1`);
		if (document.documentElement.dir !== expected) problems.push(`dir is ${document.documentElement.dir}`);
		if (!document.documentElement.lang) problems.push('no language');
		if (!document.title.trim()) problems.push('no title');
		return problems;
	}, dir);
}
