// Wikitext keeps its sense when it is pasted: bold, italic, links, lists, headings.

/** What a text must have to be taken for wikitext: a link or emphasis of wikis alone, not what Markdown knows too. */
const SIGNS = /'''?[^'\n]+'''?|\[https?:\/\/[^\s\]]+ [^\]\n]+\]|^(={2,6})[^=\n]+\1[ \t]*$/m;

/** Whether `text` is written in wikitext. `[[links]]` alone are both. */
export function isWikitext(text: string): boolean {
	return SIGNS.test(text) && !/^```|^#{1,6} |\]\(|\*\*/m.test(text);
}

function inline(text: string): string {
	return text
		.replace(/<nowiki>([\s\S]*?)<\/nowiki>/g, (_, words: string) => `\`${words}\``)
		.replace(/'''''(.+?)'''''/g, '***$1***')
		.replace(/'''(.+?)'''/g, '**$1**')
		.replace(/''(.+?)''/g, '*$1*')
		.replace(/(?<!\[)\[(https?:\/\/[^\s\]]+) ([^\]\n]+)\](?!\])/g, (_, url: string, words: string) => `[${words.trim()}](${/[()]/.test(url) ? `<${url}>` : url})`)
		.replace(/(?<!\[)\[(https?:\/\/[^\s\]]+)\](?!\])/g, '<$1>');
}

/** Wikitext as Markdown. What has no counterpart (templates, tables) stays as it is. */
export function fromWikitext(text: string): string {
	const out: string[] = [];
	let kind = '';
	for (const line of text.replace(/\r\n?/g, '\n').split('\n')) {
		const heading = /^(={1,6})\s*(.+?)\s*\1\s*$/.exec(line);
		const item = /^([*#]+)\s*(.*)$/.exec(line);
		const indented = /^(:+)\s*(.*)$/.exec(line);
		const now = heading ? 'heading' : item ? 'list' : indented ? 'quote' : line.trim() === '' ? '' : 'text';
		// A block begins after an empty line.
		if (out.length > 0 && out.at(-1) !== '' && now !== '' && (now !== kind || now === 'heading')) out.push('');
		if (heading) out.push(`${'#'.repeat(heading[1]!.length)} ${inline(heading[2]!)}`);
		else if (item) {
			const marks = item[1]!;
			const lead = [...marks].slice(0, -1).map((mark) => (mark === '#' ? '   ' : '  ')).join('');
			out.push(`${lead}${marks.endsWith('#') ? '1.' : '-'} ${inline(item[2]!)}`);
		} else if (indented) out.push(`${'>'.repeat(indented[1]!.length)} ${inline(indented[2]!)}`);
		else if (/^----+\s*$/.test(line)) out.push('---');
		else out.push(inline(line));
		kind = now;
	}
	return out.join('\n');
}
