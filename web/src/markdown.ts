// What the toolbar does to Markdown text, as plain functions over text and selection.

/** Replace [from, to) by `text`, then select [start, end). */
export interface Edit { from: number; to: number; text: string; start: number; end: number }

function wrap(value: string, start: number, end: number, mark: string): Edit {
	// Trailing blanks stay outside: `** word**` is not bold.
	while (start < end && /\s/.test(value[start]!)) start++;
	while (end > start && /\s/.test(value[end - 1]!)) end--;
	const inner = value.slice(start, end);
	const size = mark.length;
	if (value.slice(start - size, start) === mark && value.slice(end, end + size) === mark
		&& !(size === 1 && value.slice(start - 2, start) === mark + mark)) {
		return { from: start - size, to: end + size, text: inner, start: start - size, end: end - size };
	}
	return { from: start, to: end, text: `${mark}${inner}${mark}`, start: start + size, end: end + size };
}

function lines(value: string, start: number, end: number, prefix: (index: number) => string, pattern: RegExp): Edit {
	const from = value.lastIndexOf('\n', start - 1) + 1;
	const stop = value.indexOf('\n', end > start && value[end - 1] === '\n' ? end - 1 : end);
	const to = stop < 0 ? value.length : stop;
	const rows = value.slice(from, to).split('\n');
	const on = rows.every((row) => pattern.test(row));
	const text = rows.map((row, index) => (on ? row.replace(pattern, '') : prefix(index) + row)).join('\n');
	return start === end
		? { from, to, text, start: from + text.length, end: from + text.length }
		: { from, to, text, start: from, end: from + text.length };
}

/** Makes room: a block begins on a line of its own after an empty one. */
function block(value: string, start: number, end: number, text: string, caret: number): Edit {
	const before = value.slice(0, start);
	const gap = before === '' || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n';
	const at = start + gap.length + caret;
	return { from: start, to: end, text: gap + text, start: at, end: at };
}

function link(value: string, start: number, end: number, lead: string): Edit {
	const inner = value.slice(start, end);
	if (/^https?:\/\/\S+$/.test(inner)) {
		const at = start + lead.length + 1;
		return { from: start, to: end, text: `${lead}[](${inner})`, start: at, end: at };
	}
	const text = `${lead}[${inner}](https://)`;
	const stop = start + text.length - 1;
	return { from: start, to: end, text, start: stop - 'https://'.length, end: stop };
}

/** The edit of a toolbar button, or nothing for an unknown one. */
export function edit(kind: string, value: string, start: number, end: number): Edit | undefined {
	const chosen = value.slice(start, end);
	switch (kind) {
		case 'bold': return wrap(value, start, end, '**');
		case 'italic': return wrap(value, start, end, '*');
		case 'strike': return wrap(value, start, end, '~~');
		case 'code': return chosen.includes('\n')
			? block(value, start, end, `\`\`\`\n${chosen.replace(/\n$/, '')}\n\`\`\`\n`, 3)
			: wrap(value, start, end, '`');
		case 'link': return link(value, start, end, '');
		case 'image': return link(value, start, end, '!');
		case 'quote': return lines(value, start, end, () => '> ', /^> ?/);
		case 'list': return lines(value, start, end, () => '- ', /^[-*] /);
		case 'numbers': return lines(value, start, end, (index) => `${index + 1}. `, /^\d+\. /);
		case 'heading': return lines(value, start, end, () => '## ', /^#+ /);
		case 'table': return block(value, start, end, '|  |  |\n| --- | --- |\n|  |  |\n', 2);
		case 'details': return block(value, start, end, `[details=""]\n${chosen.replace(/\n$/, '')}\n[/details]\n`, 10);
		case 'mention': return { from: start, to: end, text: `@${chosen}`, start: start + 1 + chosen.length, end: start + 1 + chosen.length };
		default: return undefined;
	}
}

/** What Enter does inside a list or quotation: the next line begins the same way; an empty item ends the list. */
export function newline(value: string, at: number): Edit | undefined {
	const from = value.lastIndexOf('\n', at - 1) + 1;
	const match = /^(\s*)(?:([-*]) (\[[ x]\] )?|(\d+)\. |(> ?))/.exec(value.slice(from, at));
	if (!match) return undefined;
	if (match[0].length === at - from) return { from, to: at, text: '', start: from, end: from };
	const [, indent = '', bullet, box, number, quote] = match;
	const next = indent + (bullet ? `${bullet} ${box ? '[ ] ' : ''}` : number ? `${Number(number) + 1}. ` : quote ?? '');
	const start = at + 1 + next.length;
	return { from: at, to: at, text: `\n${next}`, start, end: start };
}
