// What the toolbar and the keys do to a document.
import { baseKeymap, chainCommands, createParagraphNear, lift, liftEmptyBlock, newlineInCode, setBlockType, splitBlock, toggleMark, wrapIn } from 'prosemirror-commands';
import { redo, undo } from 'prosemirror-history';
import { InputRule, inputRules, textblockTypeInputRule, wrappingInputRule } from 'prosemirror-inputrules';
import { Fragment, Slice, type MarkType, type Node, type NodeType } from 'prosemirror-model';
import { liftListItem, sinkListItem, splitListItem, wrapInList } from 'prosemirror-schema-list';
import { Selection, TextSelection, type Command, type EditorState, type Transaction } from 'prosemirror-state';
import { isInTable } from 'prosemirror-tables';
import { schema } from './schema';

const { nodes, marks } = schema;

/** The nearest ancestor of the caret of this type: its depth, or 0. */
export function within(state: EditorState, ...types: NodeType[]): number {
	const { $from } = state.selection;
	for (let depth = $from.depth; depth > 0; depth--) if (types.includes($from.node(depth).type)) return depth;
	return 0;
}

function list(type: NodeType): Command {
	return (state, dispatch) => {
		const depth = within(state, nodes.bullet_list, nodes.ordered_list);
		if (!depth) return wrapInList(type)(state, dispatch);
		const node = state.selection.$from.node(depth);
		if (node.type === type) return liftListItem(nodes.list_item)(state, dispatch);
		dispatch?.(state.tr.setNodeMarkup(state.selection.$from.before(depth), type, { tight: node.attrs['tight'] }));
		return true;
	};
}

/** Inline code; a block of code where nothing or several paragraphs are chosen. */
const code: Command = (state, dispatch) => {
	const { $from, $to, empty } = state.selection;
	if ($from.parent.type === nodes.code_block) return setBlockType(nodes.paragraph)(state, dispatch);
	if (!$from.sameParent($to)) {
		const range = $from.blockRange($to);
		if (!range || !dispatch) return Boolean(range);
		const lines: string[] = [];
		state.doc.nodesBetween(range.start, range.end, (node) => {
			if (node.isTextblock) lines.push(node.textBetween(0, node.content.size, '\n', '\n'));
			return !node.isTextblock;
		});
		const block = nodes.code_block.create(null, lines.length > 0 ? schema.text(lines.join('\n')) : null);
		if (!range.parent.canReplaceWith(range.startIndex, range.endIndex, nodes.code_block)) return false;
		dispatch(state.tr.replaceRangeWith(range.start, range.end, block).scrollIntoView());
		return true;
	}
	if (empty && $from.parent.childCount === 0) return setBlockType(nodes.code_block)(state, dispatch);
	return toggleMark(marks.code)(state, dispatch);
};

const quote: Command = (state, dispatch) => (within(state, nodes.blockquote) ? lift(state, dispatch) : wrapIn(nodes.blockquote)(state, dispatch));

/** Puts blocks at the caret: in the place of an empty paragraph, else after the one the caret is in. */
export function insertBlocks(tr: Transaction, content: Fragment): Transaction {
	const { $from } = tr.selection;
	if ($from.parent.isTextblock && $from.parent.childCount === 0 && $from.depth > 0 && tr.selection.empty) {
		const index = $from.index($from.depth - 1);
		if ($from.node($from.depth - 1).canReplace(index, index + 1, content)) return tr.replaceWith($from.before(), $from.after(), content);
	}
	return tr.replaceSelection(new Slice(content, 0, 0));
}

const table: Command = (state, dispatch) => {
	if (isInTable(state)) return false;
	const row = (type: NodeType): Node => nodes.table_row!.create(null, [type.create(), type.create()]);
	const made = nodes.table!.create(null, [row(nodes.table_header!), row(nodes.table_cell!), row(nodes.table_cell!)]);
	if (dispatch) {
		const from = state.selection.from;
		const tr = insertBlocks(state.tr, Fragment.from(made));
		let at = -1;
		tr.doc.nodesBetween(Math.max(0, from - 2), tr.doc.content.size, (node, pos) => {
			if (at < 0 && node.type === nodes.table && node.eq(made) && pos + node.nodeSize > from) at = pos;
			return at < 0;
		});
		if (at >= 0) tr.setSelection(Selection.near(tr.doc.resolve(at + 3)));
		dispatch(tr.scrollIntoView());
	}
	return true;
};

const details: Command = (state, dispatch) => {
	const { $from, $to } = state.selection;
	const range = $from.blockRange($to);
	if (!range || within(state, nodes.summary) || !range.parent.canReplaceWith(range.startIndex, range.endIndex, nodes.details)) return false;
	if (dispatch) {
		const content = state.doc.slice(range.start, range.end).content;
		const made = nodes.details.createAndFill(null, Fragment.from(nodes.summary.create()).append(content));
		if (!made) return false;
		const tr = state.tr.replaceWith(range.start, range.end, made);
		dispatch(tr.setSelection(TextSelection.create(tr.doc, range.start + 2)).scrollIntoView());
	}
	return true;
};

/** Ticks an item of a list: no box, open, done. */
export const tick: Command = (state, dispatch) => {
	const depth = within(state, nodes.list_item);
	if (!depth) return false;
	const { $from } = state.selection;
	const checked = $from.node(depth).attrs['checked'] as boolean | null;
	dispatch?.(state.tr.setNodeMarkup($from.before(depth), null, { checked: checked === null ? false : checked ? null : true }));
	return true;
};

/** The commands that need no question first. */
export const COMMANDS: Record<string, Command> = {
	bold: toggleMark(marks.strong), italic: toggleMark(marks.em), strike: toggleMark(marks.strike), code, quote, table, details,
	list: list(nodes.bullet_list), numbers: list(nodes.ordered_list),
	indent: sinkListItem(nodes.list_item), outdent: liftListItem(nodes.list_item), tick,
};

/** Whether a button's state is on at the selection; undefined for buttons without one. */
export function isOn(kind: string, state: EditorState): boolean | undefined {
	const has = (type: MarkType): boolean => {
		const { from, to, $from, empty } = state.selection;
		return empty ? Boolean(type.isInSet(state.storedMarks ?? $from.marks())) : state.doc.rangeHasMark(from, to, type);
	};
	switch (kind) {
		case 'bold': return has(marks.strong);
		case 'italic': return has(marks.em);
		case 'link': return has(marks.link);
		case 'code': return has(marks.code) || within(state, nodes.code_block) > 0;
		case 'quote': return within(state, nodes.blockquote) > 0;
		case 'list': case 'numbers': {
			const depth = within(state, nodes.bullet_list, nodes.ordered_list);
			return depth > 0 && state.selection.$from.node(depth).type === (kind === 'list' ? nodes.bullet_list : nodes.ordered_list);
		}
		default: return undefined;
	}
}

/** A new line in the paragraph; `form` is `hard` where the end of a line of Markdown alone does not break it. */
const lineBreak = (form: 'soft' | 'hard'): Command => (state, dispatch) => {
	if (state.selection.$from.parent.type.spec.code || within(state, nodes.summary)) return false;
	dispatch?.(state.tr.replaceSelectionWith(nodes.hard_break.create({ form }), true).scrollIntoView());
	return true;
};

/** Enter in a summary goes on to the text; in a cell it makes a line. */
const enter: Command = (state, dispatch) => {
	if (isInTable(state)) return lineBreak('soft')(state, dispatch);
	const depth = within(state, nodes.summary);
	if (!depth) return false;
	dispatch?.(state.tr.setSelection(Selection.near(state.doc.resolve(state.selection.$from.after(depth)), 1)).scrollIntoView());
	return true;
};

/** Two empty lines at the end of a block of code leave it. */
const leaveCode: Command = (state, dispatch) => {
	const { $from, empty } = state.selection;
	if (!empty || !$from.parent.type.spec.code || $from.parentOffset !== $from.parent.content.size || !/\n\n$/.test($from.parent.textContent)) return false;
	if (dispatch) {
		const tr = state.tr.delete($from.pos - 2, $from.pos);
		const after = tr.selection.$from.after();
		tr.insert(after, nodes.paragraph.create());
		dispatch(tr.setSelection(TextSelection.create(tr.doc, after + 1)).scrollIntoView());
	}
	return true;
};

const newListItem = splitListItem(nodes.list_item);
/** A new item of a task list is a task of its own, not yet done. */
const splitItem: Command = (state, dispatch) => {
	const depth = within(state, nodes.list_item);
	const isTask = depth > 0 && state.selection.$from.node(depth).attrs['checked'] !== null;
	return newListItem(state, dispatch && ((tr) => {
		const { $from } = tr.selection;
		for (let at = $from.depth; isTask && at > 0; at--) {
			if ($from.node(at).type !== nodes.list_item) continue;
			tr.setNodeMarkup($from.before(at), null, { checked: false });
			break;
		}
		dispatch(tr);
	}));
};

/** The keys of the rich view. Tab is not among them: it leaves the editor. */
export function keys(send: () => void, link: () => void, breaks: 'soft' | 'hard'): Record<string, Command> {
	const bound: Record<string, Command> = {
		...baseKeymap,
		'Enter': chainCommands(enter, leaveCode, splitItem, newlineInCode, createParagraphNear, liftEmptyBlock, splitBlock),
		'Shift-Enter': chainCommands(newlineInCode, lineBreak(breaks)),
		'Mod-Enter': () => { send(); return true; },
		'Mod-k': () => { link(); return true; },
		'Mod-b': COMMANDS['bold']!, 'Mod-i': COMMANDS['italic']!, 'Mod-e': COMMANDS['code']!,
		'Mod-]': COMMANDS['indent']!, 'Mod-[': COMMANDS['outdent']!,
		'Mod-z': undo, 'Mod-y': redo, 'Mod-Shift-z': redo,
	};
	delete bound['Tab'];
	return bound;
}

function markRule(pattern: RegExp, type: MarkType): InputRule {
	return new InputRule(pattern, (state, match, start, end) => {
		const words = match[2]!;
		const from = start + match[1]!.length;
		if (state.doc.rangeHasMark(from, end, marks.code) || state.doc.rangeHasMark(from, end, marks.source)) return null;
		const tr = state.tr;
		const opens = match[0].length - match[1]!.length - words.length;
		const side = opens / 2;
		// What was typed last is not yet in the document: only the marks that are get deleted.
		tr.delete(from + side + words.length, end).delete(from, from + side);
		return tr.addMark(from, from + words.length, type.create()).removeStoredMark(type);
	});
}

/** What somebody types who knows Markdown. */
export const typing = inputRules({
	rules: [
		wrappingInputRule(/^\s*>\s$/, nodes.blockquote),
		wrappingInputRule(/^\s*([-+*])\s$/, nodes.bullet_list, (match) => ({ bullet: match[1] })),
		wrappingInputRule(/^(\d{1,9})([.)])\s$/, nodes.ordered_list, (match) => ({ start: Number(match[1]), delimiter: match[2] }),
			(match, node) => node.childCount + (node.attrs['start'] as number) === Number(match[1])),
		new InputRule(/^\[([ xX]?)\]\s$/, (state, match, start, end) => {
			const depth = within(state, nodes.list_item);
			if (!depth) return null;
			return state.tr.setNodeMarkup(state.selection.$from.before(depth), null, { checked: /x/i.test(match[1]!) }).delete(start, end);
		}),
		textblockTypeInputRule(/^(#{1,6})\s$/, nodes.heading, (match) => ({ level: match[1]!.length })),
		textblockTypeInputRule(/^```$/, nodes.code_block),
		markRule(/(^|[^*])\*\*([^*\s](?:[^*]*[^*\s])?)\*\*$/, marks.strong),
		markRule(/(^|[^*\w])\*([^*\s](?:[^*]*[^*\s])?)\*$/, marks.em),
		markRule(/(^|[^`])`([^`\s](?:[^`]*[^`\s])?)`$/, marks.code),
		markRule(/(^|[^~])~~([^~\s](?:[^~]*[^~\s])?)~~$/, marks.strike),
		new InputRule(/\[\[[^[\]\n]+\]\]$/, (state, match, start, end) =>
			state.tr.replaceWith(start, end, schema.text(match[0], [marks.source.create({ kind: 'wiki' })])).removeStoredMark(marks.source)),
		new InputRule(/(?<!!)\[([^[\]\n]+)\]\(((?:https?:\/\/|mailto:|\/)[^\s()]+)\)$/, (state, match, start, end) =>
			state.tr.replaceWith(start, end, schema.text(match[1]!, [marks.link.create({ href: match[2] })])).removeStoredMark(marks.link)),
	],
});
