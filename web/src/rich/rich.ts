// All that writing needs beyond the plain form, loaded when somebody writes: the rich view, suggestions, pasting, pickers.
import type { EditorView } from 'prosemirror-view';
import { announce, all } from '../page';
import { insertMarkdown, type } from '../insert';
import { COMMANDS, isOn } from './commands';
import { Context, linkAt } from './context';
import { ask } from './dialog';
import { pickEmoji } from './emoji';
import { fromHtml, fromText, takesFiles } from './paste';
import { askPoll } from './poll';
import { schema } from './schema';
import { suggestions, type Host } from './suggest';
import { caretOf } from './caret';
import { Rich } from './view';
import { wordsOf } from './words';

const { marks } = schema;

/** What the toolbar asks for. */
export interface Tools {
	/** Does what a button says; false when the plain view should do it itself. */
	run(kind: string, button: HTMLElement | null): boolean;
	/** Shows the rich view, or the plain one. False when the text cannot be shown. */
	rich(on: boolean, focus: boolean): boolean;
	isRich(): boolean;
}

function hostOfArea(area: HTMLTextAreaElement): Host {
	return {
		element: area,
		before: () => (area.selectionStart === area.selectionEnd ? /[^\n]{0,120}$/.exec(area.value.slice(0, area.selectionStart))![0] : null),
		caret: () => caretOf(area),
		replace: (length, text) => type(area, area.selectionStart - length, area.selectionStart, text),
	};
}

function hostOfView(view: EditorView): Host {
	return {
		element: view.dom,
		before: () => {
			const { $from, empty } = view.state.selection;
			if (!empty || !$from.parent.isTextblock || $from.parent.type.spec.code || marks.code.isInSet($from.marks())) return null;
			return $from.parent.textBetween(Math.max(0, $from.parentOffset - 120), $from.parentOffset, '\n', '\ufffc');
		},
		caret: () => {
			const { from } = view.state.selection;
			const { node } = view.domAtPos(from);
			const line = node instanceof Element ? node : node.parentElement!;
			return { ...view.coordsAtPos(from), rtl: getComputedStyle(line).direction === 'rtl' };
		},
		replace: (length, text, kind) => {
			const { from } = view.state.selection;
			const words = kind === 'wiki' ? schema.text(text, [marks.source.create({ kind })]) : schema.text(text, view.state.selection.$from.marks());
			view.dispatch(view.state.tr.replaceWith(from - length, from, words).removeStoredMark(marks.source).scrollIntoView());
			view.focus();
		},
	};
}

/** Wakes one composer up. */
export function open(area: HTMLTextAreaElement, bar: HTMLElement): Tools {
	const words = wordsOf(bar);
	const box = area.closest<HTMLElement>('.composer__text') ?? area.parentElement!;
	const form = area.form;
	const label = document.querySelector(`label[for="${CSS.escape(area.id)}"]`)?.textContent?.trim() ?? '';
	const topic = form?.dataset['topic'] ?? /^reply-(\d+)$/.exec(form?.dataset['draft'] ?? '')?.[1] ?? '';
	let rich: Rich | null = null;
	const buttons = all<HTMLButtonElement>('button[data-md]', bar);

	const send = (): void => {
		const button = form?.querySelector<HTMLButtonElement>('button:not([type="button"]):not([name="preview"])');
		if (form && button) form.requestSubmit(button);
	};
	const context = new Context(() => rich, words, () => void editLink(), box);
	const moved = (): void => {
		if (!rich) return;
		for (const button of buttons) {
			const on = rich.active ? isOn(button.dataset['md']!, rich.view.state) : undefined;
			if (on !== undefined) button.setAttribute('aria-pressed', String(on));
			else if (button.dataset['md'] !== 'view') button.removeAttribute('aria-pressed');
		}
		context.update();
	};

	async function editLink(): Promise<void> {
		if (!rich) return;
		const { view } = rich;
		const had = linkAt(view.state);
		const { from, to, empty } = view.state.selection;
		const range = had && empty ? had : { from, to, href: had?.href ?? '' };
		const chosen = view.state.doc.textBetween(range.from, range.to, ' ');
		const isAddress = /^(https?:\/\/|mailto:)\S+$/.test(chosen);
		const answer = await ask(words('link'), [
			{ name: 'href', label: words('linkAddress'), type: 'url', value: range.href || (isAddress ? chosen : ''), required: true },
			...(range.from === range.to || had ? [{ name: 'text', label: words('linkText'), type: 'text' as const, value: chosen }] : []),
		], words);
		view.focus();
		const href = answer?.['href']?.trim();
		if (!href) return;
		const address = /^[a-z][a-z0-9+.-]*:|^[/#]/i.test(href) ? href : /^[^\s/@]+@[^\s/@]+\.\w+$/.test(href) ? `mailto:${href}` : `https://${href}`;
		const mark = marks.link.create({ href: address });
		const text = answer!['text']?.trim();
		const tr = view.state.tr;
		if (text !== undefined && text !== chosen || range.from === range.to) {
			const shown = text || href;
			tr.replaceWith(range.from, range.to, schema.text(shown, mark.addToSet(view.state.selection.$from.marks().filter((one) => one.type !== marks.link))));
		} else tr.removeMark(range.from, range.to, marks.link).addMark(range.from, range.to, mark);
		view.dispatch(tr.removeStoredMark(marks.link).scrollIntoView());
	}

	async function askImage(): Promise<void> {
		const answer = await ask(words('image'), [
			{ name: 'src', label: words('linkAddress'), type: 'url', required: true },
			{ name: 'alt', label: words('imageAlt'), type: 'text' },
		], words);
		rich?.view.focus();
		const src = answer?.['src']?.trim();
		if (src) insertMarkdown(area.id, `![${(answer!['alt'] ?? '').replace(/[[\]\\]/g, '\\$&')}](${/[\s()<>]/.test(src) ? `<${src.replace(/[<>\s]/g, encodeURIComponent)}>` : src})`);
	}

	const focus = (): void => (rich?.active ? rich.view.focus() : area.focus());
	const tools: Tools = {
		run(kind, button) {
			const isRich = rich?.active ?? false;
			if (kind === 'poll') {
				void askPoll(area.value, words).then((poll) => {
					focus();
					if (poll) insertMarkdown(area.id, poll);
				});
				return true;
			}
			if (kind === 'emoji' && button) {
				pickEmoji(button, words, (char) => insertMarkdown(area.id, char)).catch(() => announce(words('failed')));
				return true;
			}
			if (kind === 'image' && isRich) {
				void askImage();
				return true;
			}
			if (!isRich) return false;
			if (kind === 'link') {
				void editLink();
				return true;
			}
			const command = COMMANDS[kind];
			if (command) rich!.run(command);
			return true;
		},
		rich(on, toFocus) {
			if (!on) {
				rich?.hide(toFocus);
			} else {
				if (!rich) {
					rich = new Rich(area, box, label, send, () => void editLink(), moved);
					suggestions(hostOfView(rich.view), words, topic);
				}
				rich.show(toFocus);
			}
			moved();
			return true;
		},
		isRich: () => rich?.active ?? false,
	};

	suggestions(hostOfArea(area), words, topic);
	area.addEventListener('paste', (event) => {
		const data = event.clipboardData;
		if (takesFiles(area, data)) return event.preventDefault();
		const html = data?.getData('text/html') ?? '';
		const text = data?.getData('text/plain') ?? '';
		const markdown = html ? fromHtml(html) : null;
		const plain = markdown ?? fromText(text);
		if (plain === text || !plain) return undefined;
		event.preventDefault();
		type(area, area.selectionStart, area.selectionEnd, plain);
		return undefined;
	});
	area.addEventListener('drop', (event) => { if (takesFiles(area, event.dataTransfer)) event.preventDefault(); });
	return tools;
}
