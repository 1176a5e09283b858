// The rich view: a document over the textarea, which stays the form's field and gets every change as Markdown.
import { dropCursor } from 'prosemirror-dropcursor';
import { gapCursor } from 'prosemirror-gapcursor';
import { closeHistory, history } from 'prosemirror-history';
import { keymap } from 'prosemirror-keymap';
import { Fragment, Slice, type Node } from 'prosemirror-model';
import { EditorState, Plugin, Selection, TextSelection, type Command, type Transaction } from 'prosemirror-state';
import { tableEditing } from 'prosemirror-tables';
import { EditorView } from 'prosemirror-view';
import type { Insertion } from '../insert';
import { cleanHtml } from './clean';
import { insertBlocks, keys, typing } from './commands';
import { fromText, sliceOf, takesFiles } from './paste';
import { fragment, read, type Read } from './parse';
import { schema } from './schema';
import { write } from './text';

const { nodes } = schema;
const HANDOVER_MS = 300;

/** The last block is a paragraph, so that one can always go on below a table, a quotation, a block of code. */
const goOn = new Plugin({
	appendTransaction: (_, __, state) => (state.doc.lastChild?.type === nodes.paragraph ? null
		: state.tr.insert(state.doc.content.size, nodes.paragraph.create()).setMeta('addToHistory', false)),
});

function withEnd(doc: Node): Node {
	return doc.lastChild?.type === nodes.paragraph ? doc : doc.copy(doc.content.addToEnd(nodes.paragraph.create()));
}

/** Where a place of a document is in another that differs from it in one part: whoever is writing stays where they are. */
function moved(old: Node, fresh: Node, at: number): number {
	const start = old.content.findDiffStart(fresh.content);
	const end = old.content.findDiffEnd(fresh.content);
	if (start === null || !end || at <= start) return Math.min(at, fresh.content.size);
	const overlap = Math.max(0, start - Math.min(end.a, end.b));
	const [was, is] = [end.a + overlap, end.b + overlap];
	return Math.min(at >= was ? at + is - was : is, fresh.content.size);
}

export class Rich {
	readonly view: EditorView;
	private origin: Read;
	private mine = '';
	active = false;

	constructor(
		private readonly area: HTMLTextAreaElement, private readonly box: HTMLElement,
		private readonly label: string, send: () => void, link: () => void, private readonly moved: () => void,
	) {
		this.origin = read(area.value);
		const mount = document.createElement('div');
		mount.className = 'composer__rich';
		mount.hidden = true;
		box.after(mount);
		this.view = new EditorView({ mount }, {
			state: EditorState.create({
				doc: withEnd(this.origin.doc),
				plugins: [typing, keymap(keys(send, link, area.dataset['breaks'] === 'hard' ? 'hard' : 'soft')), history(), dropCursor({ class: 'rich__drop', color: false }), gapCursor(), tableEditing(), goOn],
			}),
			attributes: this.attributes(),
			dispatchTransaction: (tr) => this.dispatch(tr),
			transformPastedHTML: cleanHtml,
			clipboardTextParser: (text, $context, plain) => {
				if ($context.parent.type.spec.code) return new Slice(Fragment.from(schema.text(text.replace(/\r\n?/g, '\n'))), 0, 0);
				return sliceOf(plain ? text : fromText(text));
			},
			clipboardTextSerializer: (slice) => {
				const doc = nodes.doc.createAndFill(null, slice.openStart > 0 && slice.content.firstChild?.isInline ? nodes.paragraph.create(null, slice.content) : slice.content);
				return doc ? write(doc, null) : slice.content.textBetween(0, slice.content.size, '\n\n');
			},
			handlePaste: (_, event) => takesFiles(area, event.clipboardData),
			handleDrop: (_, event, __, moved) => !moved && takesFiles(area, event.dataTransfer),
			handleDOMEvents: {
				click: (view, event) => this.ticked(view, event),
				focus: () => { this.moved(); return false; },
			},
		});
		area.addEventListener('input', () => { if (this.active && area.value !== this.mine) this.reload(); });
		// Who comes to the field by an address (`#raw`) or its label goes on in the view. What fills the field in by itself is
		// let through first.
		area.addEventListener('focus', () => setTimeout(() => { if (this.active && document.activeElement === area) this.view.focus(); }, HANDOVER_MS));
		for (const words of area.labels) {
			words.addEventListener('click', (event) => {
				if (!this.active) return;
				event.preventDefault();
				this.view.focus();
			});
		}
		area.addEventListener('stoa:focus', (event) => {
			if (!this.active) return;
			event.preventDefault();
			this.view.focus();
		});
		area.addEventListener('stoa:insert', (event) => {
			const { markdown, at, replaces } = (event as CustomEvent<Insertion>).detail;
			// A piece is replaced in the textarea, and read anew from there.
			if (!this.active || replaces !== undefined) return;
			event.preventDefault();
			this.insert(markdown, at ?? 'caret');
		});
		area.addEventListener('invalid', (event) => {
			if (!this.active) return;
			// The browser cannot point at a field that is not shown: the reason stands at the view.
			event.preventDefault();
			this.fault(area.validationMessage);
			this.view.focus();
		});
	}

	private attributes(): Record<string, string> {
		const { area } = this;
		const attrs: Record<string, string> = { class: 'composer__rich prose', role: 'textbox', 'aria-multiline': 'true', 'aria-label': this.label };
		const help = area.getAttribute('aria-describedby');
		if (help) attrs['aria-describedby'] = help;
		if (area.required) attrs['aria-required'] = 'true';
		if (area.lang) attrs['lang'] = area.lang;
		return attrs;
	}

	private dispatch(tr: Transaction): void {
		this.view.updateState(this.view.state.apply(tr));
		if (tr.docChanged) {
			const text = write(this.view.state.doc, this.origin);
			if (text !== this.area.value) {
				this.mine = text;
				this.area.value = text;
				this.fault('');
				this.area.dispatchEvent(new Event('input', { bubbles: true }));
			}
		}
		this.moved();
	}

	private fault(message: string): void {
		const had = this.box.parentElement?.querySelector('.composer__fault');
		if (!message) {
			if (had) {
				had.remove();
				this.view.dom.removeAttribute('aria-invalid');
			}
			return;
		}
		const note = had ?? document.createElement('p');
		note.className = 'field__error composer__fault';
		note.setAttribute('role', 'alert');
		note.textContent = message;
		this.view.dom.after(note);
		this.view.dom.setAttribute('aria-invalid', 'true');
	}

	private ticked(view: EditorView, event: MouseEvent): boolean {
		const item = event.target;
		if (!(item instanceof HTMLElement) || !item.matches('li.rich__task')) return false;
		const at = view.posAtDOM(item, 0);
		const $at = view.state.doc.resolve(at);
		for (let depth = $at.depth; depth > 0; depth--) {
			const node = $at.node(depth);
			if (node.type !== nodes.list_item) continue;
			view.dispatch(view.state.tr.setNodeMarkup($at.before(depth), null, { checked: !node.attrs['checked'] }));
			return true;
		}
		return false;
	}

	/** Reads the textarea anew: the text was changed from elsewhere. */
	private reload(): void {
		this.origin = read(this.area.value);
		this.mine = this.area.value;
		const { state } = this.view;
		const fresh = withEnd(this.origin.doc);
		const at = state.doc.textContent === '' ? fresh.content.size : moved(state.doc, fresh, state.selection.from);
		const tr = state.tr.replaceWith(0, state.doc.content.size, fresh.content);
		this.view.updateState(state.apply(tr.setSelection(Selection.near(tr.doc.resolve(at), -1))));
		this.moved();
	}

	/** Runs a command with the focus in the view. */
	run(command: Command): boolean {
		this.view.focus();
		// What a button does is undone by itself, not together with what was typed before.
		return command(this.view.state, (tr) => this.view.dispatch(closeHistory(tr)), this.view);
	}

	insert(markdown: string, at: 'caret' | 'end'): void {
		const { state } = this.view;
		const content = fragment(markdown.trimEnd());
		const single = content.childCount === 1 && content.firstChild!.type === nodes.paragraph;
		let { tr } = state;
		if (at === 'end') {
			const last = state.doc.lastChild!;
			const isFree = last.type === nodes.paragraph && last.childCount === 0;
			const from = isFree ? state.doc.content.size - last.nodeSize : state.doc.content.size;
			tr.replaceWith(from, state.doc.content.size, content.addToEnd(nodes.paragraph.create()));
			tr.setSelection(Selection.atEnd(tr.doc));
		} else if (single) {
			// Blanks at the ends of inserted words are meant.
			const words = [...content.firstChild!.content.content];
			if (/ $/.test(markdown)) words.push(schema.text(' '));
			tr.replaceWith(state.selection.from, state.selection.to, words);
		} else {
			tr = insertBlocks(tr, content);
			const after = tr.selection.$to;
			if (after.depth > 0 && after.parent.isTextblock && !after.parent.type.spec.code) tr.setSelection(TextSelection.near(after));
		}
		this.view.dispatch(tr.scrollIntoView());
		this.view.focus();
		if (at === 'end') this.view.dom.scrollIntoView({ block: 'nearest' });
	}

	/** Shows the rich view in the place of the textarea; the caret comes to the same block. */
	show(focus: boolean): void {
		const { area, view } = this;
		const before = area.value.slice(0, area.selectionEnd);
		if (area.value !== this.mine || !this.mine) this.reload();
		this.active = true;
		this.box.classList.add('is-covered');
		area.tabIndex = -1;
		area.setAttribute('aria-hidden', 'true');
		view.dom.hidden = false;
		if (!focus) return;
		const { doc } = view.state;
		if (before.length < area.value.length) {
			const index = Math.min(Math.max(0, read(before).doc.childCount - 1), doc.childCount - 1);
			let at = 0;
			for (let block = 0; block < index; block++) at += doc.child(block).nodeSize;
			view.dispatch(view.state.tr.setSelection(Selection.near(doc.resolve(at + doc.child(index).nodeSize - 1), -1)));
		} else {
			const tr = view.state.tr.setSelection(Selection.atEnd(doc));
			// Somebody was in the middle of a sentence: the blank before the next word is theirs.
			if (/[^\s] $/.test(before) && tr.selection.$from.parent.type === nodes.paragraph) tr.insertText(' ');
			view.dispatch(tr);
		}
		view.focus();
	}

	/** Shows the textarea again. */
	hide(focus: boolean): void {
		const { area, view } = this;
		const { $from } = view.state.selection;
		const upTo = $from.depth > 0 ? write(view.state.doc.cut(0, $from.after(1)), this.origin).trimEnd().length : area.value.length;
		this.active = false;
		this.fault('');
		this.box.classList.remove('is-covered');
		area.removeAttribute('tabindex');
		area.removeAttribute('aria-hidden');
		view.dom.hidden = true;
		if (!focus) return;
		area.focus();
		area.setSelectionRange(upTo, upTo);
	}
}
