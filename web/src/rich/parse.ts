// Markdown → document.
import { Fragment, type Mark, type Node } from 'prosemirror-model';
import type { Token } from 'markdown-it';
import { dialect, footnotesOf, type Env } from './dialect';
import { HTML_MARKS, meaning, schema } from './schema';
import { print } from './print';

const md = dialect();
const { nodes, marks } = schema;

/** HTML elements that mean what a mark of ours means. */
const SAME: Record<string, 'strong' | 'em' | 'strike'> = { strong: 'strong', b: 'strong', em: 'em', i: 'em', s: 'strike', del: 'strike', strike: 'strike' };

/** A text as the rich view shows it, and the letters each of its blocks came from. */
export interface Read { doc: Node; kept: WeakMap<Node, Kept>; lead: string; first: Node; env: Env }
/** A block as it was written, and what stood between it and the next. */
export interface Kept { text: string; after: string; next: Node | null }

function htmlPairs(children: Token[]): Map<number, string> {
	const pairs = new Map<number, string>();
	const stack: { tag: string; index: number }[] = [];
	children.forEach((token, index) => {
		if (token.type === 'html_inline') {
			const found = /^<(\/?)([a-z]+)>$/.exec(token.content);
			const tag = found?.[2] ?? '';
			if (!HTML_MARKS.includes(tag) && !SAME[tag]) return;
			if (!found![1]) stack.push({ tag, index });
			else if (stack.at(-1)?.tag === tag) {
				pairs.set(stack.pop()!.index, tag);
				pairs.set(index, tag);
			}
		} else if (token.nesting === 1) {
			stack.push({ tag: token.type, index });
		} else if (token.nesting === -1) {
			const open = token.type.replace('_close', '_open');
			while (stack.length > 0 && stack.pop()!.tag !== open) { /* HTML that was not closed within */ }
		}
	});
	return pairs;
}

function said(token: Token, name: string): string | null {
	const value = token.attrGet(name);
	return value === null ? null : String(value);
}

function inline(children: Token[], inTable: boolean): Node[] {
	const out: Node[] = [];
	let active: readonly Mark[] = [];
	const opened: Mark[] = [];
	const text = (value: string, extra?: Mark): void => {
		if (value) out.push(schema.text(value, extra ? extra.addToSet(active) : active));
	};
	const open = (mark: Mark): void => {
		opened.push(mark);
		active = mark.addToSet(active);
	};
	const close = (): void => {
		const mark = opened.pop();
		// The same mark may still be open outside: `*a *b* c*`.
		if (mark) active = opened.reduce<readonly Mark[]>((set, one) => one.addToSet(set), []);
	};
	const pairs = htmlPairs(children);
	children.forEach((token, index) => {
		switch (token.type) {
			case 'text': return text(token.content);
			case 'code_inline': return text(token.content, marks.code.create());
			case 'source': return text(token.content, marks.source.create(token.meta));
			case 'softbreak': out.push(nodes.hard_break.create({ form: 'soft' }, null, active)); return undefined;
			case 'hardbreak': out.push(nodes.hard_break.create({ form: 'hard' }, null, active)); return undefined;
			case 'strong_open': return open(marks.strong.create({ markup: token.markup }));
			case 'em_open': return open(marks.em.create({ markup: token.markup }));
			case 's_open': return open(marks.strike.create({ markup: token.markup }));
			case 'strong_close': case 'em_close': case 's_close': return close();
			case 'link_open': {
				const href = said(token, 'href') ?? '';
				const auto = token.markup === 'linkify' ? 'bare' : token.markup === 'autolink' ? 'angle' : '';
				const title = said(token, 'title');
				open(marks.link.create({ href, title, auto }));
				// A link without words has nothing that could carry it.
				if (children[index + 1]?.type === 'link_close') {
					close();
					text(`[](<${href.replace(/[<>\\]/g, '\\$&')}>${title ? ` "${title.replace(/["\\]/g, '\\$&')}"` : ''})`, marks.source.create({ kind: 'link' }));
					opened.push(marks.link.create({ href }));
				}
				return undefined;
			}
			case 'link_close': return close();
			case 'image':
				out.push(nodes.image.create({ src: said(token, 'src') ?? '', alt: plain(token.children ?? []), title: said(token, 'title') }, null, active));
				return undefined;
			case 'html_inline': {
				const tag = pairs.get(index);
				if (tag) {
					if (token.content[1] === '/') return close();
					return open(SAME[tag] ? marks[SAME[tag]].create({ markup: tag }) : marks.html.create({ tag }));
				}
				if (/^<br\s*\/?>$/i.test(token.content) && inTable) {
					out.push(nodes.hard_break.create({ form: 'html' }, null, active));
					return undefined;
				}
				return text(token.content, marks.source.create({ kind: 'html' }));
			}
			default: throw new Error(`inline ${token.type}`);
		}
	});
	return out;
}

/** The words of a picture's description, as a browser would read them. */
function plain(children: Token[]): string {
	return children.map((token) => (token.type === 'softbreak' || token.type === 'hardbreak' ? '\n'
		: token.type === 'image' ? plain(token.children ?? []) : token.content)).join('');
}

interface Open { type: string; token: Token | null; attrs: Record<string, unknown>; content: Node[]; loose?: boolean }

/** The blocks of `text`; no block is an island only because it would not survive. */
function tokensOf(text: string, env: Env): Token[] {
	return md.parse(text, { ...env, inTag: 0, footnotes: env.footnotes ?? footnotesOf(text) });
}

function blocks(tokens: Token[]): { node: Node; map: [number, number] | null }[] {
	const top: { node: Node; map: [number, number] | null }[] = [];
	const stack: Open[] = [];
	let table = 0;
	const add = (node: Node, token: Token | null): void => {
		const parent = stack.at(-1);
		if (parent) parent.content.push(node);
		else top.push({ node, map: token?.map ? [token.map[0], token.map[1]] : null });
	};
	const open = (type: string, token: Token, attrs: Record<string, unknown> = {}): void => { stack.push({ type, token, attrs, content: [] }); };
	const done = (): void => {
		const { type, token, attrs, content } = stack.pop()!;
		if (type === 'bullet_list' || type === 'ordered_list') attrs['tight'] = !content.some((item) => item.attrs['loose']);
		const made = schema.nodes[type]!.createAndFill(attrs, Fragment.from(content));
		if (!made) throw new Error(`${type} cannot hold its content`);
		add(made, token);
	};
	for (const token of tokens) {
		switch (token.type) {
			case 'paragraph_open':
				open('paragraph', token);
				if (!token.hidden) {
					const list = stack.at(-3);
					if (stack.at(-2)?.type === 'list_item' && list) list.loose = true;
				}
				break;
			case 'heading_open': open('heading', token, { level: Number(token.tag[1]), setext: !token.markup.startsWith('#') }); break;
			case 'blockquote_open': open('blockquote', token); break;
			case 'quote_open': open('quote', token, token.meta ?? {}); break;
			case 'details_open': {
				open('details', token);
				const summary = (token.meta as { value: string }).value;
				stack.at(-1)!.content.push(nodes.summary.create(null, summary ? schema.text(summary) : null));
				break;
			}
			case 'footnote_open': open('footnote', token, token.meta ?? {}); break;
			case 'bullet_list_open': open('bullet_list', token, { bullet: token.markup }); break;
			case 'ordered_list_open': open('ordered_list', token, { start: Number(token.attrGet('start') ?? 1), delimiter: token.markup }); break;
			case 'list_item_open': open('list_item', token); break;
			case 'table_open': open('table', token); table++; break;
			case 'tr_open': open('table_row', token); break;
			case 'th_open': case 'td_open':
				open(token.type === 'th_open' ? 'table_header' : 'table_cell', token,
					{ align: /text-align:(\w+)/.exec(said(token, 'style') ?? '')?.[1] ?? null });
				break;
			case 'thead_open': case 'thead_close': case 'tbody_open': case 'tbody_close': break;
			case 'bullet_list_close': case 'ordered_list_close': {
				const list = stack.pop()!;
				list.attrs['tight'] = !list.loose;
				const made = schema.nodes[list.type]!.createAndFill(list.attrs, Fragment.from(list.content));
				if (!made) throw new Error('an empty list');
				add(made, list.token);
				break;
			}
			case 'table_close': table--; done(); break;
			case 'paragraph_close': case 'heading_close': case 'blockquote_close': case 'quote_close': case 'details_close':
			case 'footnote_close': case 'list_item_close': case 'tr_close': case 'th_close': case 'td_close': done(); break;
			case 'inline': {
				let children = token.children ?? [];
				const item = stack.at(-2);
				const box = /^\[([ xX])\]\s/.exec(token.content);
				if (box && item?.type === 'list_item' && item.content.length === 0 && stack.at(-1)!.type === 'paragraph'
					&& children[0]?.type === 'text' && children[0].content.startsWith(box[0].slice(0, 3))) {
					item.attrs['checked'] = box[1] !== ' ';
					const first = Object.assign(Object.create(Object.getPrototypeOf(children[0])), children[0], { content: children[0].content.slice(4) }) as Token;
					children = first.content ? [first, ...children.slice(1)] : children.slice(1);
				}
				stack.at(-1)!.content.push(...Fragment.from(inline(children, table > 0)).content);
				break;
			}
			case 'fence': case 'code_block': {
				const code = token.content.replace(/\n$/, '');
				add(nodes.code_block.create({ info: token.info.trim(), fence: token.type === 'fence' ? token.markup : '```' }, code ? schema.text(code) : null), token);
				break;
			}
			case 'hr': add(nodes.horizontal_rule.create({ rule: token.markup }), token); break;
			case 'html_block': add(island(token.content.replace(/\n+$/, ''), 'html'), token); break;
			case 'island': add(island(token.content, (token.meta as { kind: string }).kind), token); break;
			default: throw new Error(`block ${token.type}`);
		}
	}
	return top;
}

function island(text: string, kind: string): Node {
	return nodes.island.create({ kind }, text ? schema.text(text) : null);
}

/** The nodes that `text` becomes when nothing is checked: what the printer compares its work with. */
export function glance(text: string, env: Env): Node[] | null {
	try {
		return blocks(tokensOf(text, env)).map((block) => block.node);
	} catch {
		return null;
	}
}

const CUTS = /\[\/?(quote|details|spoiler)\b/i;
const DEFINITION = /^[\s>*+\d.)-]*\[[^\]]+\]:/m;

type Top = { node: Node; map: [number, number] | null };

/** `[code]` that begins or ends in the middle of a line makes code of what lies between, across our blocks: those stay as they are. */
function joined(tops: Top[], text: string): Top[] {
	let out = tops;
	for (const found of text.matchAll(/\[code\](?:(?!\[\/code\])[\s\S])*\n[\s\S]*?\[\/code\]/gi)) {
		const from = text.slice(0, found.index).split('\n').length - 1;
		const to = from + found[0].split('\n').length;
		const touched = out.filter((top) => top.map![0] < to && top.map![1] > from);
		const first = touched[0];
		if (!first) continue;
		let covered = false;
		if (touched.length === 1) {
			const look = (node: Node): boolean => {
				if (node.type.spec.code && node.textContent.includes(found[0])) covered = true;
				return !covered;
			};
			if (look(first.node)) first.node.descendants(look);
		}
		if (covered) continue;
		const map: [number, number] = [first.map![0], Math.max(to, touched.at(-1)!.map![1])];
		const lines = text.split('\n').slice(map[0], map[1]).join('\n').trimEnd();
		map[1] = map[0] + lines.split('\n').length;
		out = out.flatMap((top) => (top === first ? [{ node: island(lines, 'source'), map }] : touched.includes(top) ? [] : [top]));
	}
	return out;
}

/** Reads a whole text. Blocks that would not come back as they are become islands. */
export function read(source: string): Read {
	const text = source.replace(/\r\n?/g, '\n');
	const env: Env = { references: {}, footnotes: footnotesOf(text) };
	const lines = text.split('\n');
	const parts: { node: Node; from: number; to: number }[] = [];
	const slice = (from: number, to: number): string => lines.slice(from, to).join('\n');
	const blank = (at: number): boolean => (lines[at] ?? '').trim() === '';
	const gap = (from: number, to: number): void => {
		while (from < to && blank(from)) from++;
		while (to > from && blank(to - 1)) to--;
		// What lies between the blocks are the addresses of links by reference.
		if (from < to) parts.push({ node: island(slice(from, to), 'definition'), from, to });
	};
	let tops: Top[] = [];
	const shared = { ...env, inTag: 0 };
	try {
		tops = blocks(md.parse(text, shared));
		if (tops.some((top) => !top.map)) throw new Error('a block without a place');
	} catch (error) {
		console.error(error);
		tops = text.trim() ? [{ node: island(text, 'source'), map: [0, lines.length] }] : [];
	}
	env.references = shared.references ?? {};
	tops = joined(tops, text);
	let at = 0;
	for (const top of tops) {
		const [from, end] = top.map!;
		let to = end;
		while (to > from + 1 && blank(to - 1)) to--;
		gap(at, from);
		const own = slice(from, to);
		const node = top.node.type === nodes.island || survives(top.node, own, env) ? top.node : island(own, 'source');
		parts.push({ node, from, to });
		at = to;
	}
	gap(at, lines.length);
	const content = parts.map((part) => part.node);
	const doc = nodes.doc.createAndFill(null, content.length > 0 ? content : nodes.paragraph.create())!;
	const kept = new WeakMap<Node, Kept>();
	parts.forEach((part, index) => {
		const next = parts[index + 1];
		const after = next ? `\n${slice(part.to, next.from)}${next.from > part.to ? '\n' : ''}` : lines.length > part.to ? `\n${slice(part.to, lines.length)}` : '';
		kept.set(part.node, { text: slice(part.from, part.to), after, next: next?.node ?? null });
	});
	const lead = !parts[0] ? text : parts[0].from > 0 ? `${slice(0, parts[0].from)}\n` : '';
	return { doc, kept, lead, first: doc.firstChild!, env };
}

function survives(node: Node, own: string, env: Env): boolean {
	if (node.type !== nodes.paragraph && DEFINITION.test(own)) {
		const alone = { references: {} as NonNullable<Env['references']>, inTag: 0, footnotes: new Set<string>() };
		md.parse(own, alone);
		if (Object.keys(alone.references).length > 0) return false;
	}
	// A tag of a block inside a list cuts the list in two when it is rendered, wherever it is indented to.
	let cuts = false;
	if (node.type !== nodes.paragraph) {
		node.descendants((inner, _, parent) => {
			if (inner.isText && parent !== node && CUTS.test(inner.text!) && marks.source.isInSet(inner.marks)) cuts = true;
		});
	}
	return !cuts && print(node, env, true) !== null;
}

/** The blocks of a piece of Markdown that is put into a text. */
export function fragment(text: string): Fragment {
	const { doc } = read(text);
	return doc.content;
}

export { meaning };
