// Stoa's Markdown for the rich view: CommonMark and GFM, and what the server's renderer knows beyond them.
import MarkdownIt, { type Env as Parsed, type StateBlock, type StateInline } from 'markdown-it';
import cjk from 'markdown-it-cjk-friendly';

/** Bracket tags that the renderer knows or features read; they are never escaped by accident. */
const TAG = /^\[(?:\/(?:quote|details|spoiler|code|url|img|b|i|u|s|poll|event)|(?:b|i|u|s|code|spoiler)|(?:quote|details|url|img)(?:[= ][^\n]*?)?|(?:poll|event)(?: [^\n]*?)?)\]/i;
const OPENS = /^\[(quote|details|spoiler|poll|event)(?:[= ]((?:"[^\n]*?"|'[^\n]*?'|[^\]\n"']*)[^\]\n]*?))?\][ \t]*/i;
const FENCE = /^[ \t>]*(`{3,}|~{3,})/;
const DEEPEST = 8;

const line = (state: StateBlock, at: number): string => state.src.slice(state.bMarks[at]! + state.tShift[at]!, state.eMarks[at]!);

/** Where `[/name]` stands that closes a tag: its line and its place in the text; nothing when more follows on that line. */
function closing(state: StateBlock, start: number, from: number, end: number, name: string): { at: number; from: number } | null {
	const opens = new RegExp(`^ {0,3}\\[${name}(?:[= ][^\\n]*?)?\\][ \\t]*`, 'i');
	const closes = new RegExp(`\\[/${name}\\]`, 'i');
	let depth = 1;
	let fence = '';
	for (let at = start; at < end; at++) {
		let pos = at === start ? from : state.bMarks[at]! + state.tShift[at]!;
		const whole = state.src.slice(pos, state.eMarks[at]);
		const run = FENCE.exec(whole)?.[1];
		if (fence) {
			if (run && run[0] === fence[0] && run.length >= fence.length && whole.trim() === run) fence = '';
			continue;
		}
		if (run && !whole.slice(whole.indexOf(run) + run.length).includes('`')) {
			fence = run;
			continue;
		}
		for (let begins = true; ;) {
			const rest = state.src.slice(pos, state.eMarks[at]);
			const open = begins ? opens.exec(rest) : null;
			const close = closes.exec(rest);
			if (open) {
				depth++;
				pos += open[0].length;
				continue;
			}
			if (!close) break;
			if (--depth === 0) return rest.slice(close.index + close[0].length).trim() ? null : { at, from: pos + close.index };
			pos += close.index + close[0].length;
			// After the end of one, another may begin.
			begins = true;
		}
	}
	return null;
}

/** `[quote]`, `[details]`: blocks of blocks. `[spoiler]`, `[poll]`, `[event]`: kept as written. */
function tags(state: StateBlock, start: number, end: number, silent: boolean): boolean {
	if (state.sCount[start]! - state.blkIndent > 3) return false;
	const found = OPENS.exec(line(state, start));
	// Inside lists and Markdown quotations the renderer cuts the container, so that those stay as they are.
	// A tag at the margin ends them, as an empty line before it would.
	const ends = silent && state.sCount[start]! < state.blkIndent;
	if (!found || state.level > DEEPEST || state.level !== (state.env.inTag ?? 0) && !ends) return false;
	const name = found[1]!.toLowerCase();
	const inner = state.bMarks[start]! + state.tShift[start]! + found[0].length;
	const close = closing(state, start, inner, end, name);
	const isBlock = name === 'quote' || name === 'details';
	const blank = (from: number, to: number): boolean => state.src.slice(from, to).trim() === '';
	if (!close) return false;
	const alone = close.at > start && blank(inner, state.eMarks[start]!) && blank(state.bMarks[close.at]!, close.from);
	if (!isBlock && !alone) return false;
	if (silent) return true;
	const last = close.at;
	const value = (found[2] ?? '').trim().replace(/^["'“”«»]+|["'“”«»]+$/g, '').trim();
	if (isBlock) {
		const open = state.push(`${name}_open`, 'div', 1);
		open.meta = { value };
		open.map = [start, last + 1];
		const [lineMax, parentType, inTag] = [state.lineMax, state.parentType, state.env.inTag];
		const [mark, shift, count, stop] = [state.bMarks[start]!, state.tShift[start]!, state.sCount[start]!, state.eMarks[last]!];
		// What stands on the line of the first tag or of the last one is inside too.
		const first = blank(inner, last === start ? close.from : state.eMarks[start]!) ? start + 1 : start;
		const ends = last >= first && !blank(last === start ? inner : state.bMarks[last]!, close.from) ? last + 1 : last;
		state.bMarks[start] = inner;
		state.tShift[start] = 0;
		state.sCount[start] = state.blkIndent;
		if (ends > last) state.eMarks[last] = close.from;
		state.lineMax = ends;
		state.parentType = 'root';
		state.env.inTag = state.level;
		if (first < ends) state.md.block.tokenize(state, first, ends);
		[state.bMarks[start], state.tShift[start], state.sCount[start], state.eMarks[last]] = [mark, shift, count, stop];
		state.lineMax = lineMax;
		state.parentType = parentType;
		state.env.inTag = inTag;
		state.push(`${name}_close`, 'div', -1);
	} else {
		const token = state.push('island', '', 0);
		token.meta = { kind: name };
		token.content = state.getLines(start, last + 1, state.blkIndent, false);
		token.map = [start, last + 1];
	}
	state.line = last + 1;
	return true;
}

/** `[code]` … `[/code]` over several lines: nothing inside is markup. */
function codeTag(state: StateBlock, start: number, end: number, silent: boolean): boolean {
	const ends = silent && state.sCount[start]! < state.blkIndent;
	if (state.sCount[start]! - state.blkIndent > 3 || state.level !== (state.env.inTag ?? 0) && !ends || !/^\[code\]/i.test(line(state, start))) return false;
	for (let at = start; at < end; at++) {
		const text = state.src.slice(state.bMarks[at], state.eMarks[at]);
		const close = /\[\/code\]/i.exec(text);
		if (!close) continue;
		if (at === start || text.slice(close.index + close[0].length).trim()) return false;
		if (silent) return true;
		const token = state.push('island', '', 0);
		token.meta = { kind: 'code' };
		token.content = state.src.slice(state.bMarks[start], state.eMarks[at]);
		token.map = [start, at + 1];
		state.line = at + 1;
		return true;
	}
	return false;
}

/** `[^label]: text`, and what is indented below. It stays where it is written. */
function footnote(state: StateBlock, start: number, end: number, silent: boolean): boolean {
	const found = /^\[\^([^\]\s]+)\]:[ \t]*/.exec(line(state, start));
	if (!found || state.sCount[start]! - state.blkIndent > 3 || state.level > 0) return false;
	if (silent) return true;
	const open = state.push('footnote_open', 'div', 1);
	open.meta = { label: found[1] };
	const [mark, shift, count, indent, parentType] = [state.bMarks[start]!, state.tShift[start]!, state.sCount[start]!, state.blkIndent, state.parentType];
	const from = mark + shift + found[0].length;
	state.bMarks[start] = from;
	state.tShift[start] = 0;
	state.sCount[start] = state.blkIndent + 4;
	state.blkIndent += 4;
	state.parentType = 'footnote' as never;
	state.md.block.tokenize(state, start, end);
	open.map = [start, state.line];
	[state.bMarks[start], state.tShift[start], state.sCount[start], state.blkIndent, state.parentType] = [mark, shift, count, indent, parentType];
	state.push('footnote_close', 'div', -1);
	return true;
}

/** `[[Page|text]]`, `[^label]` and bracket tags within a line. */
function brackets(state: StateInline, silent: boolean): boolean {
	const rest = state.src.slice(state.pos, state.posMax);
	if (!rest.startsWith('[')) return false;
	const found = /^\[\[[^[\]\n]+\]\]/.exec(rest) ?? /^\[\^[^\]\s]+\]/.exec(rest) ?? TAG.exec(rest);
	if (!found) return false;
	const kind = found[0].startsWith('[[') ? 'wiki' : found[0].startsWith('[^') ? 'footnote' : 'tag';
	if (kind === 'footnote' && !(state.env.footnotes as Set<string> | undefined)?.has(found[0].slice(2, -1).toLowerCase())) return false;
	// `[b](address)` and `[url][1]` are links whose text looks like a tag.
	if (kind === 'tag' && /^[([]/.test(rest.slice(found[0].length)) && !/^\[\/?[a-z]/i.test(rest.slice(found[0].length))) return false;
	if (!silent) {
		const token = state.push('source', '', 0);
		token.content = found[0];
		token.meta = { kind };
	}
	state.pos += found[0].length;
	return true;
}

/** What a text says about itself as a whole: where links by reference lead, which footnotes there are. */
export interface Env { references?: NonNullable<Parsed['references']>; footnotes?: Set<string>; inTag?: number }

export function dialect(): ReturnType<typeof MarkdownIt> {
	const md = new MarkdownIt({ html: true, linkify: true, breaks: true });
	md.use(cjk);
	md.linkify.add('//', null).set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
	md.block.ruler.before('reference', 'stoa_tags', tags, { alt: ['paragraph', 'reference', 'blockquote', 'list'] });
	md.block.ruler.before('code', 'stoa_code', codeTag, { alt: ['paragraph', 'reference', 'blockquote', 'list'] });
	md.block.ruler.before('reference', 'stoa_footnote', footnote, { alt: ['paragraph', 'reference'] });
	md.inline.ruler.before('link', 'stoa_brackets', brackets);
	// Addresses stay as they are written; what the renderer refuses it refuses itself.
	md.validateLink = () => true;
	md.normalizeLink = (url) => url;
	md.normalizeLinkText = (url) => url;
	return md;
}

/** The names of the footnotes that `text` defines. */
export function footnotesOf(text: string): Set<string> {
	return new Set([...text.matchAll(/^ {0,3}\[\^([^\]\s]+)\]:/gm)].map((found) => found[1]!.toLowerCase()));
}
