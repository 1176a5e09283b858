// Document → Markdown, block by block. Each way of writing is read again and compared: the lightest that means the same wins.
import type { Node } from 'prosemirror-model';
import { glance } from './parse';
import type { Env } from './dialect';
import { inlineText, type Way } from './inline';
import { meaning, schema } from './schema';

const { nodes } = schema;

const WAYS: Way[] = [
	{ escape: 0, marks: 'own' }, { escape: 1, marks: 'own' }, { escape: 0, marks: 'other' }, { escape: 1, marks: 'other' },
	{ escape: 0, marks: 'html' }, { escape: 1, marks: 'html' }, { escape: 2, marks: 'own' }, { escape: 2, marks: 'html' },
];

function indent(text: string, by: string): string {
	return text.replace(/\n(?=[^\n])/g, `\n${by}`);
}

function longest(text: string, char: string): number {
	return Math.max(0, ...[...text.matchAll(new RegExp(`${char}+`, 'g'))].map((run) => run[0].length));
}

function fenced(node: Node): string {
	const text = node.textContent;
	const info = node.attrs['info'] as string;
	const char = info.includes('`') || (node.attrs['fence'] as string).startsWith('~') ? '~' : '`';
	const fence = char.repeat(Math.max(3, longest(text, char) + 1, (node.attrs['fence'] as string).length));
	return `${fence}${info}\n${text}${text ? '\n' : ''}${fence}`;
}

function table(node: Node, way: Way): string {
	const rows: string[] = [];
	node.forEach((row) => {
		const cells: string[] = [];
		row.forEach((cell) => { cells.push(inlineText(cell, way, 'cell').replace(/\|/g, '\\|')); });
		rows.push(`| ${cells.join(' | ')} |`);
	});
	const rule: string[] = [];
	node.firstChild?.forEach((cell) => {
		const align = cell.attrs['align'] as string | null;
		rule.push(align === 'center' ? ':---:' : align === 'left' ? ':---' : align === 'right' ? '---:' : '---');
	});
	rows.splice(1, 0, `| ${rule.join(' | ')} |`);
	return rows.join('\n');
}

function list(node: Node, way: Way, before: Node | null): string {
	const ordered = node.type === nodes.ordered_list;
	const again = before?.type === node.type;
	let mark = (ordered ? node.attrs['delimiter'] : node.attrs['bullet']) as string;
	// Two lists one after the other are told apart only by their marks.
	if (again && (ordered ? before.attrs['delimiter'] : before.attrs['bullet']) === mark) {
		mark = ordered ? (mark === '.' ? ')' : '.') : mark === '-' ? '*' : '-';
	}
	const items: string[] = [];
	node.forEach((item, _, index) => {
		const lead = `${ordered ? `${(node.attrs['start'] as number) + index}${mark}` : mark} `;
		const box = item.attrs['checked'] === null ? '' : item.attrs['checked'] ? '[x] ' : '[ ] ';
		const text = inside(item, way, node.attrs['tight'] ? '\n' : '\n\n');
		items.push(`${lead}${box}${indent(text, ' '.repeat(lead.length))}`.replace(/ +$/, ''));
	});
	return items.join(node.attrs['tight'] ? '\n' : '\n\n');
}

function inside(node: Node, way: Way, gap = '\n\n'): string {
	const parts: string[] = [];
	node.forEach((child, _, index) => { parts.push(block(child, way, index > 0 ? node.child(index - 1) : null)); });
	return parts.join(gap);
}

function block(node: Node, way: Way, before: Node | null): string {
	switch (node.type) {
		case nodes.paragraph: return inlineText(node, way, 'block');
		case nodes.heading: {
			const text = inlineText(node, way, 'heading');
			const level = node.attrs['level'] as number;
			if (text.includes('\n') || node.attrs['setext']) return `${text}\n${(level === 1 ? '=' : '-').repeat(3)}`;
			return `${'#'.repeat(level)} ${text}`.trimEnd();
		}
		case nodes.blockquote: return inside(node, way).replace(/^/gm, '> ').replace(/^> $/gm, '>');
		case nodes.quote: {
			const value = node.attrs['value'] as string;
			return `[quote${value ? `="${value}"` : ''}]\n${inside(node, way)}\n[/quote]`;
		}
		case nodes.details: {
			const parts: string[] = [];
			node.forEach((child, _, index) => { if (index > 0) parts.push(block(child, way, index > 1 ? node.child(index - 1) : null)); });
			const summary = node.firstChild!.textContent.replace(/\s+/g, ' ').trim();
			return `[details${summary ? `="${summary}"` : ''}]\n${parts.join('\n\n')}\n[/details]`;
		}
		case nodes.footnote: return `[^${node.attrs['label']}]: ${indent(inside(node, way), '    ')}`;
		case nodes.bullet_list: case nodes.ordered_list: return list(node, way, before);
		case nodes.code_block: return fenced(node);
		case nodes.horizontal_rule: return way.escape === 0 ? (node.attrs['rule'] as string) : '___';
		case nodes.island: return node.textContent;
		case nodes.table: return table(node, way);
		default: throw new Error(`no Markdown for ${node.type.name}`);
	}
}

/** One block as Markdown. `exact` refuses (null) what would not come back as it is. */
export function print(node: Node, env: Env, exact: true, before?: Node | null): string | null;
export function print(node: Node, env: Env, exact: false, before?: Node | null): string;
export function print(node: Node, env: Env, exact: boolean, before: Node | null = null): string | null {
	if (node.type === nodes.island) return node.textContent;
	const wanted = JSON.stringify(meaning(node, exact));
	let last = '';
	for (const way of WAYS) {
		const text = block(node, way, before);
		if (text === last) continue;
		last = text;
		const made = glance(text, env);
		if (made?.length === 1 && JSON.stringify(meaning(made[0]!, exact)) === wanted) return text;
	}
	return exact ? null : block(node, WAYS[1]!, before);
}
