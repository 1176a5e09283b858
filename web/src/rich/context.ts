// The little toolbar that appears where a table, a list or a link has more to offer.
import { addColumnAfter, addRowAfter, deleteColumn, deleteRow, deleteTable, isInTable } from 'prosemirror-tables';
import type { Command, EditorState } from 'prosemirror-state';
import { rove } from '../rove';
import { COMMANDS, within } from './commands';
import { schema } from './schema';
import type { Rich } from './view';
import { make, type Words } from './words';

const { nodes, marks } = schema;
type Offer = [word: string, command: Command];

const TABLE: Offer[] = [['rowAdd', addRowAfter], ['columnAdd', addColumnAfter], ['rowDelete', deleteRow], ['columnDelete', deleteColumn], ['tableDelete', deleteTable]];
const LIST: Offer[] = [['indent', COMMANDS['indent']!], ['outdent', COMMANDS['outdent']!], ['tick', COMMANDS['tick']!]];

/** The link around the caret: where it begins and ends, and its address. */
export function linkAt(state: EditorState): { from: number; to: number; href: string } | null {
	const { $from } = state.selection;
	const mark = marks.link.isInSet($from.marks()) ?? marks.link.isInSet($from.nodeAfter?.marks ?? []);
	if (!mark) return null;
	let from = $from.start();
	let to = from;
	let found = false;
	$from.parent.forEach((child, offset) => {
		const start = $from.start() + offset;
		if (mark.isInSet(child.marks)) {
			if (!found || to < start) from = start;
			to = start + child.nodeSize;
			found = true;
		} else if (found && to <= $from.pos && start > $from.pos) found = false;
	});
	return { from, to, href: mark.attrs['href'] as string };
}

const unlink: Command = (state, dispatch) => {
	const link = linkAt(state);
	if (!link) return false;
	dispatch?.(state.tr.removeMark(link.from, link.to, marks.link));
	return true;
};

export class Context {
	private readonly bar = make('div', 'composer__context');
	private shown = '';

	constructor(private readonly rich: () => Rich | null, private readonly words: Words, private readonly editLink: () => void, before: HTMLElement) {
		this.bar.setAttribute('role', 'toolbar');
		this.bar.setAttribute('aria-label', words('context'));
		this.bar.hidden = true;
		before.before(this.bar);
	}

	/** Offers what fits the place of the caret. */
	update(): void {
		const rich = this.rich();
		const state = rich?.active ? rich.view.state : null;
		const kind = !state ? '' : isInTable(state) ? 'table' : linkAt(state) ? 'link' : within(state, nodes.list_item) ? 'list' : '';
		if (kind === this.shown) return;
		// While somebody walks along it, it stays.
		if (kind === '' && this.bar.contains(document.activeElement)) return;
		this.shown = kind;
		this.bar.hidden = kind === '';
		const edit: Command = () => { this.editLink(); return true; };
		const offers: Offer[] = kind === 'table' ? TABLE : kind === 'list' ? LIST : kind === 'link' ? [['linkEdit', edit], ['linkRemove', unlink]] : [];
		this.bar.replaceChildren(...offers.map(([word, command]) => {
			const button = make('button', '', this.words(word));
			button.type = 'button';
			button.addEventListener('pointerdown', (event) => event.preventDefault());
			button.addEventListener('click', () => {
				this.rich()?.run(command);
				this.update();
			});
			return button;
		}));
		rove(this.bar);
	}
}
