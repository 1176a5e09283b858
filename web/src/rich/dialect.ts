// Stoa's Markdown for the rich view: CommonMark and GFM, and what the server's renderer knows beyond them.
import MarkdownIt, { type Env as Parsed, type StateBlock, type StateInline } from 'markdown-it';
import cjk from 'markdown-it-cjk-friendly';

/** Bracket tags that the renderer knows or features read; they are never escaped by accident. */
const TAG = /^\[(?:\/(?:quote|details|spoiler|code|url|img|b|i|u|s|poll|event)|(?:b|i|u|s|code|spoiler)|(?:quote|details|url|img)(?:[= ][^\n]*?)?|(?:poll|event)(?: [^\n]*?)?)\]/i;
const OPENS = /^\[(quote|details|spoiler|poll|event)(?:[= ]((?:"[^\n]*?"|'[^\n]*?'|[^\]\n"']*)[^\]\n]*?))?\][ \t]*$/i;
const FENCE = /^[ \t>]*(`{3,}|~{3,})/;
const DEEPEST = 8;

const line = (state: StateBlock, at: number): string => state.src.slice(state.bMarks[at]! + state.tShift[at]!, state.eMarks[at]!);

/** The line on which `[/name]` stands that closes the tag on `start`, or -1. */
function closing(state: StateBlock, start: number, end: number, name: string): number {
	let depth = 1;
	let fence = '';
	for (let at = start + 1; at < end; at++) {
		const text = line(state, at);
		const run = FENCE.exec(text)?.[1];
		if (fence) {
			if (run && run[0] === fence[0] && run.length >= fence.length && text.trim() === run) fence = '';
			continue;
		}
		if (run) {
			fence = run;
			continue;
		}
		if (new RegExp(`^\\[${name}(?:[= ][^\\n]*)?\\]`, 'i').test(text)) depth++;
		const ends = new RegExp(`\\[/${name}\\]`, 'i').exec(text);
		if (ends && --depth === 0) return ends.index === 0 && text.trim().length === ends[0].length ? at : -1;
		if (depth < 1) return -1;
	}
	return -1;
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
	const close = closing(state, start, end, name);
	if (close < 0) return false;
	if (silent) return true;
	const value = (found[2] ?? '').trim().replace(/^["'“”«»]+|["'“”«»]+$/g, '').trim();
	if (name === 'quote' || name === 'details') {
		const open = state.push(`${name}_open`, 'div', 1);
		open.meta = { value };
		open.map = [start, close + 1];
		const [lineMax, parentType, inTag] = [state.lineMax, state.parentType, state.env.inTag];
		state.lineMax = close;
		state.parentType = 'root';
		state.env.inTag = state.level;
		state.md.block.tokenize(state, start + 1, close);
		state.lineMax = lineMax;
		state.parentType = parentType;
		state.env.inTag = inTag;
		state.push(`${name}_close`, 'div', -1);
	} else {
		const token = state.push('island', '', 0);
		token.meta = { kind: name };
		token.content = state.getLines(start, close + 1, state.blkIndent, false);
		token.map = [start, close + 1];
	}
	state.line = close + 1;
	return true;
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
