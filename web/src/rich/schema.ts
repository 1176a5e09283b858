// What a text can consist of. Everything else stays as it was written, in an island or under the mark `source`.
import { Schema, type Attrs, type DOMOutputSpec, type Node } from 'prosemirror-model';
import { tableNodes } from 'prosemirror-tables';

/** Attributes that say how something was written, not what it means. */
export const STYLE = new Set(['bullet', 'delimiter', 'fence', 'rule', 'setext', 'markup', 'form']);

/** Inline HTML elements of the dialect that are shown as what they are. */
export const HTML_MARKS = ['kbd', 'sub', 'sup', 'mark', 'ins', 'u', 'small'];

/** Who is quoted: the words before the first `key:value` part of `[quote="name, post:3, topic:9"]`. */
export function quoted(value: string): string {
	const parts = value.split(',').filter((part) => !/^\s*(post:\d+|topic:\d+|full:\s*true|username:.*)\s*$/.test(part));
	return (/username:\s*([^,]*)/.exec(value)?.[1] ?? parts.join(',')).trim();
}

/** The address of a quotation's post, when the value names one. */
export function quotedFrom(value: string): string {
	const topic = /topic:\s*(\d+)/.exec(value)?.[1];
	const post = /post:\s*(\d+)/.exec(value)?.[1];
	return topic && topic !== '0' ? `/t/${topic}${post ? `/${post}` : ''}` : '';
}

/** Pictures of this site are shown; others would ask another host, so that their address is shown in their place. */
export function own(src: string): boolean {
	return /^\/(?![/\\])/.test(src);
}

/** Whether an address may be followed from the view. */
export function leads(href: string): boolean {
	return /^(https?:|mailto:|ftp:)/i.test(href) || !/[:\x00-\x20\\]/.test(href);
}

function image(node: Node): DOMOutputSpec {
	const { src, alt, title } = node.attrs as { src: string; alt: string; title: string | null };
	const attrs: Record<string, string> = { 'data-src': src, 'data-alt': alt };
	if (title) attrs['data-title'] = title;
	if (own(src)) return ['img', { ...attrs, src, alt, ...(title ? { title } : {}) }];
	return ['span', { ...attrs, class: 'rich__picture', role: 'img', 'aria-label': alt || src }, alt.replace(/\|.*$/, '') || src];
}

const data = (dom: HTMLElement, name: string): string => dom.dataset[name] ?? '';

const cells = tableNodes({
	tableGroup: 'block',
	cellContent: 'inline*',
	cellAttributes: {
		align: {
			default: null,
			getFromDOM: (dom) => {
				const align = dom.style.textAlign || dom.getAttribute('align') || '';
				return /^(left|center|right)$/.test(align) ? align : null;
			},
			setDOMAttr: (value, attrs) => { if (value) attrs['align'] = value; },
		},
	},
});

export const schema = new Schema({
	nodes: {
		doc: { content: 'block+' },
		paragraph: {
			content: 'inline*', group: 'block',
			parseDOM: [{ tag: 'p' }],
			toDOM: () => ['p', { dir: 'auto' }, 0],
		},
		heading: {
			attrs: { level: { default: 2, validate: 'number' }, setext: { default: false } },
			content: 'inline*', group: 'block', defining: true,
			parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level } })),
			toDOM: (node) => [`h${node.attrs['level']}`, { dir: 'auto' }, 0],
		},
		blockquote: {
			content: 'block+', group: 'block', defining: true,
			parseDOM: [{ tag: 'blockquote' }],
			toDOM: () => ['blockquote', { dir: 'auto' }, 0],
		},
		/** Somebody's words, with a link back: `value` is what stands behind `[quote=`. */
		quote: {
			attrs: { value: { default: '', validate: 'string' } },
			content: 'block+', group: 'block', defining: true,
			parseDOM: [{ tag: 'blockquote.quote[data-value]', priority: 60, contentElement: '.rich__inner', getAttrs: (dom) => ({ value: data(dom, 'value') }) }],
			toDOM: (node) => {
				const value = node.attrs['value'] as string;
				const href = quotedFrom(value);
				const name: DOMOutputSpec = href ? ['a', { href, tabindex: '-1', dir: 'auto' }, quoted(value)] : ['bdi', quoted(value)];
				return ['blockquote', { class: 'quote', 'data-value': value },
					['p', { class: 'quote__by', contenteditable: 'false' }, name],
					['div', { class: 'rich__inner' }, 0]];
			},
		},
		/** Folded text: `[details="summary"]`. */
		details: {
			content: 'summary block+', group: 'block', defining: true, isolating: true,
			parseDOM: [{ tag: 'div.rich__details' }, { tag: 'details' }],
			toDOM: () => ['div', { class: 'rich__details' }, 0],
		},
		summary: {
			content: 'text*', marks: '', defining: true,
			parseDOM: [{ tag: 'summary' }, { tag: 'p.rich__summary', priority: 60 }],
			toDOM: () => ['p', { class: 'rich__summary', dir: 'auto' }, 0],
		},
		bullet_list: {
			attrs: { tight: { default: true }, bullet: { default: '-' } },
			content: 'list_item+', group: 'block list',
			parseDOM: [{ tag: 'ul' }],
			toDOM: (node) => ['ul', { dir: 'auto', ...(node.attrs['tight'] ? { 'data-tight': '' } : {}) }, 0],
		},
		ordered_list: {
			attrs: { start: { default: 1, validate: 'number' }, tight: { default: true }, delimiter: { default: '.' } },
			content: 'list_item+', group: 'block list',
			parseDOM: [{ tag: 'ol', getAttrs: (dom) => ({ start: Number(dom.getAttribute('start') ?? 1) || 1 }) }],
			toDOM: (node) => {
				const attrs: Record<string, string> = { dir: 'auto' };
				if (node.attrs['start'] !== 1) attrs['start'] = String(node.attrs['start']);
				if (node.attrs['tight']) attrs['data-tight'] = '';
				return ['ol', attrs, 0];
			},
		},
		list_item: {
			attrs: { checked: { default: null } },
			content: 'block+', defining: true,
			parseDOM: [{
				tag: 'li',
				getAttrs: (dom) => {
					const box = dom.querySelector<HTMLInputElement>(':scope > input[type="checkbox"], :scope > p:first-child > input[type="checkbox"]');
					const state = dom.dataset['checked'];
					return { checked: state ? state === 'true' : box ? box.checked || box.hasAttribute('checked') : null };
				},
			}],
			toDOM: (node) => (node.attrs['checked'] === null ? ['li', 0]
				: ['li', { class: 'rich__task', 'data-checked': String(node.attrs['checked']) }, 0]),
		},
		code_block: {
			attrs: { info: { default: '', validate: 'string' }, fence: { default: '```' } },
			content: 'text*', marks: '', group: 'block', code: true, defining: true,
			parseDOM: [{
				tag: 'pre', preserveWhitespace: 'full',
				getAttrs: (dom) => ({ info: dom.dataset['info'] ?? /\blanguage-([\w+#-]+)/.exec(dom.querySelector('code')?.className ?? '')?.[1] ?? '' }),
			}],
			toDOM: (node) => ['pre', { 'data-info': node.attrs['info'], dir: 'ltr' }, ['code', 0]],
		},
		horizontal_rule: {
			attrs: { rule: { default: '---' } }, group: 'block',
			parseDOM: [{ tag: 'hr' }],
			toDOM: () => ['hr'],
		},
		/** Markup that has no better form here: shown, edited and kept letter by letter. */
		island: {
			attrs: { kind: { default: 'source', validate: 'string' } },
			content: 'text*', marks: '', group: 'block', code: true, defining: true,
			parseDOM: [{ tag: 'pre.rich__island', preserveWhitespace: 'full', priority: 60, getAttrs: (dom) => ({ kind: dom.dataset['kind'] ?? 'source' }) }],
			toDOM: (node) => ['pre', { class: 'rich__island', 'data-kind': node.attrs['kind'], dir: 'auto' }, 0],
		},
		/** A footnote's text: `[^label]: …`. */
		footnote: {
			attrs: { label: { validate: 'string' } },
			content: 'block+', group: 'block', defining: true,
			parseDOM: [{ tag: 'div.rich__footnote', getAttrs: (dom) => ({ label: data(dom, 'label') }) }],
			toDOM: (node) => ['div', { class: 'rich__footnote', 'data-label': node.attrs['label'] }, 0],
		},
		...cells,
		text: { group: 'inline' },
		image: {
			attrs: { src: { validate: 'string' }, alt: { default: '', validate: 'string' }, title: { default: null } },
			inline: true, group: 'inline', draggable: true,
			parseDOM: [
				{ tag: '[data-src]', priority: 60, getAttrs: (dom) => ({ src: data(dom, 'src'), alt: data(dom, 'alt'), title: dom.dataset['title'] ?? null }) },
				{
					tag: 'img[src]',
					getAttrs: (dom) => {
						const src = dom.getAttribute('src') ?? '';
						// What a word processor carries inside the text is a picture to be uploaded, not an address.
						if (/^(data|blob|file|cid):/i.test(src)) return false;
						return { src, alt: dom.getAttribute('alt') ?? '', title: dom.getAttribute('title') };
					},
				},
			],
			toDOM: image,
		},
		hard_break: {
			attrs: { form: { default: 'soft' } },
			inline: true, group: 'inline', selectable: false, linebreakReplacement: true,
			parseDOM: [{ tag: 'br' }],
			toDOM: () => ['br'],
		},
	},
	marks: {
		link: {
			attrs: { href: { validate: 'string' }, title: { default: null }, auto: { default: '' } },
			inclusive: false,
			parseDOM: [{
				tag: 'a[href]',
				getAttrs: (dom) => {
					const href = dom.getAttribute('href') ?? '';
					return /^(javascript|data|vbscript|file|blob):/i.test(href) || href.startsWith('#') ? false : { href, title: dom.getAttribute('title') };
				},
			}],
			// An address that could run something is kept in the text, and leads nowhere here.
			toDOM: (mark) => ['a', { ...(leads(mark.attrs['href'] as string) ? { href: mark.attrs['href'] as string } : {}), rel: 'nofollow', ...(mark.attrs['title'] ? { title: mark.attrs['title'] } : {}) }, 0],
		},
		html: {
			attrs: { tag: { validate: 'string' } }, excludes: '',
			parseDOM: HTML_MARKS.map((tag) => ({ tag, attrs: { tag } })),
			toDOM: (mark) => [mark.attrs['tag'], 0],
		},
		strong: {
			attrs: { markup: { default: '**' } },
			parseDOM: [
				{ tag: 'strong' },
				// Google Docs wraps everything it copies in a <b> that is not bold.
				{ tag: 'b', getAttrs: (dom) => (dom.style.fontWeight === 'normal' ? false : null) },
				{ style: 'font-weight', getAttrs: (value) => (/^(bold(er)?|[6-9]\d\d)$/.test(value) ? null : false) },
			],
			toDOM: () => ['strong', 0],
		},
		em: {
			attrs: { markup: { default: '*' } },
			parseDOM: [
				{ tag: 'em' },
				{ tag: 'i', getAttrs: (dom) => (dom.style.fontStyle === 'normal' ? false : null) },
				{ style: 'font-style=italic' },
			],
			toDOM: () => ['em', 0],
		},
		strike: {
			attrs: { markup: { default: '~~' } },
			parseDOM: [{ tag: 's' }, { tag: 'del' }, { tag: 'strike' }, { style: 'text-decoration=line-through' }, { style: 'text-decoration-line=line-through' }],
			toDOM: () => ['s', 0],
		},
		code: {
			code: true,
			parseDOM: [{ tag: 'code' }, { tag: 'tt' }, { tag: 'samp' }],
			toDOM: () => ['code', 0],
		},
		/** Markup within a line that is kept letter by letter: HTML, wiki links, footnote marks, bracket tags. */
		source: {
			attrs: { kind: { default: 'html', validate: 'string' } },
			inclusive: false,
			parseDOM: [{ tag: 'span.rich__source', getAttrs: (dom) => ({ kind: dom.dataset['kind'] ?? 'html' }) }],
			toDOM: (mark) => ['span', { class: 'rich__source', 'data-kind': mark.attrs['kind'] }, 0],
		},
	},
});

/**
 * The JSON of a document without what says only how it was written; bare addresses count as the text they are.
 * In posts every end of a line breaks it; `exact` tells the two kinds of breaks apart all the same.
 */
export function meaning(node: Node, exact = false): unknown {
	const attrs: Attrs = Object.fromEntries(Object.entries(node.attrs).filter(([name]) => !STYLE.has(name) || exact && name === 'form'));
	const marks = node.marks.filter((mark) => !(mark.type.name === 'link' && mark.attrs['auto'] === 'bare'))
		.map((mark) => [mark.type.name, Object.entries(mark.attrs).filter(([name]) => !STYLE.has(name) && name !== 'auto')]);
	if (node.isText) return [node.text, marks];
	const children: unknown[] = [];
	node.forEach((child) => {
		const last = children.at(-1);
		const next = meaning(child, exact);
		// Two texts that differed only in the way they were written are one.
		if (child.isText && Array.isArray(last) && typeof last[0] === 'string' && last.length === 2
			&& JSON.stringify(last[1]) === JSON.stringify((next as unknown[])[1])) last[0] += child.text;
		else children.push(next);
	});
	return [node.type.name, attrs, marks, children];
}
