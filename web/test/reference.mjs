// The independent judge of the round trip: HTML by a plain CommonMark renderer, without the order of inline wrappers.
import MarkdownIt from 'markdown-it';

const plain = new MarkdownIt({ html: true });
const posts = new MarkdownIt({ html: true, breaks: true });
for (const md of [plain, posts]) md.validateLink = () => true;
const WRAPPERS = new Set(['a', 'em', 'strong', 's', 'del', 'code', 'kbd', 'sub', 'sup', 'mark', 'ins', 'u', 'small', 'b', 'i']);

/** What a reader gets: pieces of text, each with the set of what wraps it, between the tags of blocks. */
export function pieces(html) {
	const out = [];
	const stack = [];
	const around = () => [...new Set(stack.map((open) => open.tag))].sort().join('');
	for (const [all, close, name, , text] of html.matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|[^>])*)>|([^<]+|<)/g)) {
		if (text !== undefined) {
			const last = out.at(-1);
			if (last?.kind === 'text' && last.around === around()) last.text += text;
			else out.push({ kind: 'text', text, around: around() });
			for (const open of stack) open.empty = false;
		} else if (!WRAPPERS.has(name)) {
			out.push({ kind: 'block', all, around: around() });
			for (const open of stack) open.empty = false;
		} else if (!close) {
			stack.push({ tag: all, empty: true });
		} else {
			const open = stack.pop();
			if (open?.empty) out.push({ kind: 'empty', tag: open.tag });
		}
	}
	return JSON.stringify(out);
}

/** A specification's example. */
export const rendered = (markdown) => pieces(plain.render(`${markdown.replace(/\n$/, '')}\n`));

/** A post: lines break, and the ends of quotations and folded texts stand alone, as the server's renderer sees them. */
export function renderedPost(markdown) {
	let fence = '';
	const neutral = markdown.replace(/(?<=^ {0,3}|\][ \t]*)\[code\]((?:(?!\[\/code\])[^\n])*\n(?:(?!\[\/code\])[\s\S])*)\[\/code\](?=[ \t]*(?:$|\[\/))/gim, (_, code) => `\n\n\`\`\`\`\`\`\n${code}\n\`\`\`\`\`\`\n\n`);
	const lines = neutral.split('\n').map((line) => {
		const run = /^[ \t>]*(`{3,}|~{3,})/.exec(line)?.[1];
		if (run && (!fence || run.startsWith(fence) && line.trim() === run)) fence = fence ? '' : run;
		if (fence) return line;
		const apart = (_, name, value = '') => `\n\n[${name.toLowerCase()} ${value.replace(/^["'“”\s]+|["'“”\s]+$/g, '')}]\n\n`;
		if (/^ {0,3}\[\/?spoiler\][ \t]*$/i.test(line)) return `\n\n${line.trim()}\n\n`;
		let [head, rest] = ['', line];
		for (let open; (open = /^ {0,3}\[(quote|details|poll|event)\b[= ]?("[^\n]*?"|[^\]\n]*)\][ \t]*/i.exec(rest)); rest = rest.slice(open[0].length)) head += apart(...open);
		return head + rest.replace(/[ \t]*\[(\/(?:quote|details|poll|event))\][ \t]*/gi, (all, name) => apart(all, name));
	});
	return pieces(posts.render(`${lines.join('\n').trimEnd()}\n`));
}
