// The whole text: what nobody touched stays letter by letter, the rest is written anew.
import { Fragment, type Node } from 'prosemirror-model';
import type { Read } from './parse';
import { print } from './print';
import { schema } from './schema';

const { nodes } = schema;

const EMPHASIS = new Set(['strong', 'em', 'strike']);

/** Blanks at the ends of bold words are not bold: `** words**` would not be either. */
function loosened(children: Node[]): Node[] {
	const out: Node[] = [];
	children.forEach((child, at) => {
		const words = child.isText ? /^(\s*)([\s\S]*?)(\s*)$/.exec(child.text!)! : null;
		const ends = (beside: Node | undefined) => child.marks.filter((mark) => !EMPHASIS.has(mark.type.name) || Boolean(beside && mark.type.isInSet(beside.marks)));
		const [before, after] = [ends(children[at - 1]), ends(children[at + 1])];
		if (!words || !(words[1] || words[3]) || before.length === child.marks.length && after.length === child.marks.length) {
			out.push(child);
			return;
		}
		const [, lead, inner, trail] = words as unknown as [string, string, string, string];
		if (!inner) out.push(schema.text(child.text!, before.length < after.length ? before : after));
		else {
			if (lead) out.push(schema.text(lead, before));
			out.push(schema.text(inner, child.marks));
			if (trail) out.push(schema.text(trail, after));
		}
	});
	return out;
}

/** A textblock without the blanks and breaks at its ends that typing leaves. */
function trimmed(node: Node): Node {
	let children: Node[] = [];
	node.forEach((child) => { children.push(child); });
	children = loosened(children);
	const isBreak = (child: Node | undefined): boolean => child?.type === nodes.hard_break;
	const cut = (at: number, pattern: RegExp): boolean => {
		const child = children[at];
		if (!child?.isText || child.marks.some((mark) => mark.type.name === 'code' || mark.type.name === 'source')) return false;
		const text = child.text!.replace(pattern, '');
		if (text === child.text) return false;
		if (text) children[at] = schema.text(text, child.marks);
		else children.splice(at, 1);
		return !text;
	};
	for (let again = true; again;) {
		again = false;
		while (isBreak(children.at(-1))) {
			children.pop();
			again = true;
		}
		if (children.length > 0 && cut(children.length - 1, /[ \t\n]+$/)) again = true;
		if (children.length > 0 && cut(0, /^[ \t\n]+/)) again = true;
	}
	for (let at = children.length - 1; at >= 0; at--) {
		if (isBreak(children[at + 1]) && cut(at, /[ \t\n]+$/)) continue;
		if (isBreak(children[at - 1])) cut(at, /^[ \t\n]+/);
	}
	return node.copy(Fragment.fromArray(children));
}

const isEmpty = (node: Node): boolean => node.type === nodes.paragraph && node.childCount === 0;

/** The document without what Markdown has no way to say: empty paragraphs, blanks at the ends of lines. */
export function tidy(node: Node): Node | null {
	if (node.type.spec.code || node.isText || node.isLeaf) return node;
	if (node.isTextblock) return trimmed(node);
	const children: Node[] = [];
	node.forEach((child) => {
		const made = tidy(child);
		if (made) children.push(made);
	});
	const full = children.filter((child) => !isEmpty(child));
	const fits = (list: Node[]): boolean => node.type.validContent(Fragment.from(list));
	return node.copy(Fragment.from(fits(full) ? full : children));
}

const written = new WeakMap<Node, string>();

/** The Markdown of `doc`. Blocks that `origin` knows are given back as they were written. `exact` keeps even idle blanks. */
export function write(doc: Node, origin: Read | null, exact = false): string {
	let out = '';
	let tail: { after: string; next: Node | null } | null = null;
	let before: Node | null = null;
	doc.forEach((node) => {
		const kept = origin?.kept.get(node);
		let text = kept?.text;
		if (text === undefined) {
			const clean = exact ? node : tidy(node);
			if (!clean || isEmpty(clean)) return;
			const twin = before?.type === clean.type && /_list$/.test(clean.type.name);
			text = twin || exact ? undefined : written.get(node);
			if (text === undefined) {
				const env = origin?.env ?? {};
				text = (exact ? print(clean, env, true, before) : null) ?? print(clean, env, false, before);
				if (!twin && !exact) written.set(node, text);
			}
			if (text === '') return;
		}
		if (out === '' && !before) {
			if (origin && kept && node === origin.first) out = origin.lead;
		} else {
			out = tail && tail.next === node ? out + tail.after : `${out.replace(/\n+$/, '')}\n\n`;
		}
		out += text;
		tail = kept ? { after: kept.after, next: kept.next } : null;
		before = node;
	});
	if (!before) return origin && doc.firstChild === origin.first ? origin.lead : '';
	const last = tail as { after: string; next: Node | null } | null;
	return last && last.next === null ? out + last.after : out;
}
