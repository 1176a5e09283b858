// What is pasted or dropped: HTML made plain, tables of spreadsheets, wikitext, Markdown; pictures go to the uploads.
import { DOMParser as Reader, Slice } from 'prosemirror-model';
import { cleanHtml, isRich } from './clean';
import { fragment } from './parse';
import { schema } from './schema';
import { cells, tableMarkdown } from './tabular';
import { write } from './text';
import { fromWikitext, isWikitext } from './wikitext';

/** Plain text as Markdown. */
export function fromText(text: string): string {
	const rows = cells(text);
	if (rows) return tableMarkdown(rows);
	return isWikitext(text) ? fromWikitext(text) : text.replace(/\r\n?/g, '\n');
}

/** Markdown as something to paste: open at its ends, so that words join the paragraph they are put in. */
export function sliceOf(markdown: string): Slice {
	const content = fragment(markdown);
	const single = content.childCount === 1 && content.firstChild!.type === schema.nodes.paragraph;
	return single ? new Slice(content, 1, 1) : new Slice(content, 0, 0);
}

/** HTML as Markdown, for the plain view. */
export function fromHtml(html: string): string | null {
	if (!isRich(html)) return null;
	const { body } = new DOMParser().parseFromString(cleanHtml(html), 'text/html');
	return write(Reader.fromSchema(schema).parse(body), null);
}

/** The pictures of a clipboard or a drop. */
export function pictures(data: DataTransfer | null): File[] {
	return [...data?.files ?? []].filter((file) => file.type.startsWith('image/'));
}

/** Hands files to the uploads. False when nobody takes them. */
export function upload(area: HTMLTextAreaElement, files: File[]): boolean {
	return !area.dispatchEvent(new CustomEvent('stoa:upload', { detail: { files }, bubbles: true, cancelable: true }));
}

/** Files that somebody pastes or drops; true when they were taken. A copied cell or page brings a picture of itself, which is not meant. */
export function takesFiles(area: HTMLTextAreaElement, data: DataTransfer | null): boolean {
	const files = [...data?.files ?? []];
	const html = data?.getData('text/html') ?? '';
	if (files.length === 0 || isRich(html) && !/^\s*(<meta[^>]*>)?\s*<img[^>]*>\s*$/i.test(html.replace(/<!--.*?-->|<\/?(html|body)>/g, ''))) return false;
	return upload(area, files);
}
