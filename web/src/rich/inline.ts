// Words and their marks → Markdown.
import type { Mark, Node } from 'prosemirror-model';

/** How to write: how much is escaped (0 nothing, 1 what could mean something, 2 all), and which delimiters make marks. */
export interface Way { escape: 0 | 1 | 2; marks: 'own' | 'other' | 'html' }
type Place = 'block' | 'heading' | 'cell';

const WRAPPERS = new Set(['link', 'html', 'strong', 'em', 'strike']);

/** Escapes what could mean something in the middle of a line. */
function escaped(text: string, way: Way): string {
	if (way.escape === 0) return text;
	if (way.escape === 2) return text.replace(/[\\`*_[\]<>~!&]/g, '\\$&').replace(/\n/g, '&#10;');
	return text.replace(/\n/g, '\u0000').replace(/[\\`*_[\]<~&!]/g, (char, at: number) => {
		const before = text[at - 1] ?? ' ';
		const after = text[at + 1] ?? ' ';
		switch (char) {
			case '\\': return /[!-/:-@[-`{-~\n]/.test(after) || at === text.length - 1 ? '\\\\' : char;
			case '*': return /\s/.test(before) && /\s/.test(after) ? char : '\\*';
			case '_': return /[\p{L}\p{N}]/u.test(before) && /[\p{L}\p{N}_]/u.test(after) || /\s/.test(before) && /\s/.test(after) ? char : '\\_';
			case '<': return /[a-z/!?]/i.test(after) ? '\\<' : char;
			case '~': return before === '~' || after === '~' ? '\\~' : char;
			case '&': return /^&(#|[a-z])/i.test(text.slice(at)) ? '\\&' : char;
			case '!': return after === '[' || at === text.length - 1 ? '\\!' : char;
			default: return `\\${char}`;
		}
	}).replace(/\0/g, '&#10;');
}

const entity = (text: string): string => [...text].map((char) => (char === '\u00a0' ? '&nbsp;' : `&#${char.codePointAt(0)};`)).join('');

/** Escapes what would begin a block, on each line; blanks at the ends of a line would get lost. */
function lines(text: string, way: Way): string {
	if (way.escape === 0) return text;
	return text.split('\n').map((line) => line
		.replace(/^[\s\u00a0]+/, entity)
		.replace(/[^\S\n]+$/, (blanks) => (blanks === '' ? '' : entity(blanks)))
		.replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
		.replace(/^(?=[-+*]([ \t]|$)|#{1,6}([ \t]|$)|>|=+[ \t]*$|-{2,}[ \t]*$|(-[ \t]*){3,}$|~{3}|:?-+:?[ \t]*\||\|)/, '\\')).join('\n');
}

function code(text: string): string {
	const runs = new Set([...text.matchAll(/`+/g)].map((run) => run[0].length));
	let size = 1;
	while (runs.has(size)) size++;
	const fence = '`'.repeat(size);
	const pad = /^`|`$|^ .*[^ ].* $/.test(text) ? ' ' : '';
	return `${fence}${pad}${text}${pad}${fence}`;
}

function destination(href: string): string {
	let depth = 0;
	const balanced = [...href].every((char) => (depth += char === '(' ? 1 : char === ')' ? -1 : 0) >= 0) && depth === 0;
	const safe = href.replace(/\\(?=[!-/:-@[-`{-~])/g, '\\\\').replace(/&(?=#?\w+;)/g, '&amp;');
	return href !== '' && balanced && !/[\s<>\x00-\x1f]/.test(href) ? safe : `<${safe.replace(/[<>]/g, '\\$&').replace(/\n/g, '%0A')}>`;
}

function target(href: string, title: string | null): string {
	const words = title === null ? '' : ` "${title.replace(/["]|\\(?=[!-/:-@[-`{-~]|$)/g, '\\$&').replace(/&(?=#?\w+;)/g, '&amp;')}"`;
	return `(${href === '' && title === null ? '' : destination(href)}${words})`;
}

function wrap(mark: Mark, inner: string, way: Way, only: Node | null): string {
	if (mark.type.name === 'link') {
		const { href, title, auto } = mark.attrs as { href: string; title: string | null; auto: string };
		if (auto === 'bare' && only) return only.text!;
		if (auto === 'angle' && only && (only.text === href || `mailto:${only.text}` === href)) return `<${only.text}>`;
		return `[${inner}]${target(href, title)}`;
	}
	const tag = mark.type.name === 'html' ? mark.attrs['tag'] as string
		: /^[a-z]/.test(mark.attrs['markup'] as string) ? mark.attrs['markup'] as string
			: way.marks === 'html' ? { strong: 'strong', em: 'em', strike: 's' }[mark.type.name]! : '';
	if (tag) return `<${tag}>${inner}</${tag}>`;
	let sign = mark.attrs['markup'] as string;
	if (way.marks === 'other') sign = sign.replace(/[*_]/g, (char) => (char === '*' ? '_' : '*'));
	// Blanks stay outside: `** word**` is not bold.
	const [, before, words, after] = /^(\s*)([\s\S]*?)(\s*)$/.exec(inner)!;
	return words ? `${before}${sign}${words}${sign}${after}` : inner;
}

function leaf(node: Node, way: Way, place: Place, previous: Node | null): string {
	if (node.isText) {
		const text = node.text!;
		if (node.marks.some((mark) => mark.type.name === 'source')) return text;
		if (node.marks.some((mark) => mark.type.name === 'code')) return code(text);
		if (node.marks.some((mark) => mark.type.name === 'link' && mark.attrs['auto'] === 'bare')) return text;
		return escaped(text, way);
	}
	if (node.type.name === 'image') {
		const { src, alt, title } = node.attrs as { src: string; alt: string; title: string | null };
		return `![${escaped(alt, { ...way, escape: way.escape === 0 ? 0 : 2 })}]${target(src, title)}`;
	}
	if (place === 'cell') return '<br>';
	return previous === null || previous.type === node.type || node.attrs['form'] === 'hard' ? '\\\n' : '\n';
}

function render(run: Node[], open: Set<Mark>, way: Way, place: Place): string {
	let out = '';
	for (let at = 0; at < run.length;) {
		const node = run[at]!;
		// Of the marks that begin here, the one that lasts longest is the outermost.
		let best: Mark | null = null;
		let stop = at + 1;
		for (const mark of node.marks) {
			if (!WRAPPERS.has(mark.type.name) || [...open].some((one) => one.eq(mark))) continue;
			let end = at + 1;
			while (end < run.length && mark.isInSet(run[end]!.marks)) end++;
			if (!best || end > stop) {
				best = mark;
				stop = end;
			}
		}
		if (best) {
			const part = run.slice(at, stop);
			const only = part.length === 1 && part[0]!.isText ? part[0]! : null;
			out += wrap(best, render(part, new Set([...open, best]), way, place), way, only);
			at = stop;
		} else {
			out += leaf(node, way, place, run[at - 1] ?? null);
			at++;
		}
	}
	return out;
}

/** The inline content of a block as Markdown. */
export function inlineText(node: Node, way: Way, place: Place): string {
	const run: Node[] = [];
	node.forEach((child) => { run.push(child); });
	const text = render(run, new Set(), way, place);
	if (place === 'heading' && way.escape > 0) return lines(text, way).replace(/(\s)(#+)$/, '$1\\$2').replace(/^(#+)$/, '\\$1');
	return lines(text, way);
}
