// Joins Codex's tokens and components with our own sheets into one minified style sheet for one direction.
import { transformSync } from 'esbuild';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postcss from 'postcss';

const here = dirname(fileURLToPath(import.meta.url));
const tokenFile = (name) => readFileSync(join(here, `../node_modules/@wikimedia/codex-design-tokens/dist/theme-wikimedia-ui-${name}.css`), 'utf8');
const codexDir = join(here, '../node_modules/@wikimedia/codex');

/** The Codex components that work without scripts and that our pages use. */
const COMPONENTS = ['Button', 'Message', 'Label', 'Field', 'TextInput', 'TextArea', 'Select', 'Checkbox', 'Radio',
	'InfoChip', 'Accordion', 'SearchInput', 'ToggleSwitch', 'ProgressBar'];

/** Our sheets, in cascade order. */
const OWN = ['base', 'layout', 'header', 'controls', 'lists', 'topic', 'poll', 'follow', 'prose', 'links', 'code', 'composer', 'rich', 'pages', 'modes', 'print'];

/** Parts that only Codex's Vue components or its button masks draw; our buttons hold inline icons instead. */
const UNUSED = /-vue\b|cdx-button__icon|cdx-icon\b|__clear-icon|__info\b|cdx-select-vue/;

const NOTICE = `/*! Stoa's styles, AGPL-3.0-or-later. With design tokens and components of Codex 2.7.0,
© Wikimedia Foundation and contributors, GPL-2.0-or-later, changed by Stoa's build. See web/NOTICE. */\n`;

/** The text of one style sheet. `mask` turns the text of an SVG into the name of a served file. */
export function stylesheet({ rtl, mask, flipped }) {
	const components = COMPONENTS.map((name) =>
		readFileSync(join(codexDir, `dist/modules/Cdx${name}${rtl ? '-rtl' : ''}.css`), 'utf8')).join('\n');
	const own = OWN.map((name) => readFileSync(join(here, `../css/${name}.css`), 'utf8')).join('\n');
	const rules = [slim(components, mask), own];
	if (flipped.length > 0) {
		const uses = flipped.map((name) => `use[href$="#i-${name}"]`).join();
		rules.push(`.icon:has(${uses}) { transform: scaleX(-1); }`);
	}
	const body = rules.join('\n');
	const sheet = `${tokens(body)}\n${body}`;
	return NOTICE + transformSync(sheet, {
		loader: 'css', minify: true, legalComments: 'none', target: ['safari16', 'firefox115', 'chrome109'],
	}).code;
}

/** A sheet of ours by itself, with the tokens that it uses; the same for both directions. */
export function small(name) {
	const own = readFileSync(join(here, `../css/${name}.css`), 'utf8');
	return NOTICE + transformSync(`${tokens(own)}\n${own}`, {
		loader: 'css', minify: true, legalComments: 'none', target: ['safari16', 'firefox115', 'chrome109'],
	}).code;
}

/** Codex's components without what no supported browser needs, and without `data:` addresses. */
function slim(css, mask) {
	const known = new Set(declarations(tokenFile('root')).map(([name]) => name));
	const root = postcss.parse(css);
	root.walkAtRules('supports', (rule) => {
		if (/^not\b/.test(rule.params)) rule.remove();
		else if (rule.params.includes('mask-image')) rule.replaceWith(rule.nodes);
	});
	root.walkDecls((decl) => {
		if (decl.prop.startsWith('-webkit-mask')) return decl.remove();
		decl.value = decl.value
			.replace(/url\('data:image\/svg\+xml;utf8,([^']*)'\)/g, (_, svg) => `url(${mask(decodeURIComponent(svg))})`)
			.replace(/var\((--[a-z-]+), [^()]*(?:\([^()]*\))?\)/g, (all, name) => (known.has(name) ? `var(${name})` : all));
	});
	root.walkRules((rule) => {
		rule.selectors = rule.selectors.filter((selector) => !UNUSED.test(selector) || selector.includes(':not('));
		if (rule.selectors.length === 0 || rule.selector === '' || rule.nodes.length === 0) rule.remove();
	});
	root.walkAtRules((rule) => { if (rule.nodes?.length === 0) rule.remove(); });
	return root.toString();
}

/** The custom properties a sheet declares: `[name, value]`. */
function declarations(css) {
	const found = [];
	postcss.parse(css).walkDecls(/^--/, (decl) => { found.push([decl.prop, decl.value]); });
	return found;
}

/** Codex's tokens for light, dark and the four text sizes, as far as `css` uses them. */
function tokens(css) {
	const root = declarations(tokenFile('root'));
	const values = new Map(root);
	const used = new Set();
	const use = (text) => {
		for (const [, name] of text.matchAll(/var\(\s*(--[a-z0-9-]+)/g)) {
			if (!used.has(name) && values.has(name)) {
				used.add(name);
				use(values.get(name));
			}
		}
	};
	use(css);
	const block = (list) => list.filter(([name]) => used.has(name)).map(([n, v]) => `${n}:${v}`).join(';');
	const dark = `color-scheme:dark;${block(declarations(tokenFile('mode-dark')))}`;
	const sizes = ['small', 'large', 'x-large'].map((size) =>
		`.text-${size.replace('-', '')}{${block(declarations(tokenFile(`mode-${size}`)))}}`);
	return `:root{color-scheme:light;${block(root)}}
		@media screen{html.dark{${dark}}}
		@media screen and (prefers-color-scheme:dark){html.auto{${dark}}}
		${sizes.join('\n')}`;
}
