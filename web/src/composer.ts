// The toolbar over a textarea: buttons act on the text, keep undo working and say what they did. The rich view and all else
// that writing needs is loaded when somebody begins to write.
import { all, announce, word } from './page';
import { type } from './insert';
import { edit, newline, type Edit } from './markdown';
import { rove } from './rove';
import type { Tools } from './rich/rich';

const SHORTCUTS: Record<string, string> = { b: 'bold', i: 'italic', k: 'link' };
/** What only the loaded part can do, in either view. */
const LOADED = new Set(['poll', 'emoji', 'view']);
const CHOICE = 'stoaView';

/** Makes the edit as if typed, so that the browser's undo knows it. */
export function apply(area: HTMLTextAreaElement, change: Edit): void {
	type(area, change.from, change.to, change.text);
	area.setSelectionRange(change.start, change.end);
}

function wantsRich(): boolean {
	try {
		return localStorage.getItem(CHOICE) !== 'markdown';
	} catch {
		return true;
	}
}

function remember(rich: boolean): void {
	try {
		localStorage.setItem(CHOICE, rich ? 'rich' : 'markdown');
	} catch { /* private windows may refuse: the choice holds for this page */ }
}

class Composer {
	private tools: Tools | undefined;
	private loading: Promise<void> | undefined;
	private readonly toggle: HTMLButtonElement | null;

	constructor(private readonly bar: HTMLElement, private readonly area: HTMLTextAreaElement) {
		const buttons = all<HTMLButtonElement>('button[data-md]', bar);
		this.toggle = bar.querySelector<HTMLButtonElement>('button[data-md="view"]');
		bar.hidden = false;
		for (const button of buttons) {
			button.title ||= button.getAttribute('aria-label') ?? '';
			// The text keeps its selection, and a phone its keyboard.
			button.addEventListener('pointerdown', (event) => event.preventDefault());
			button.addEventListener('click', () => void this.press(button.dataset['md']!, button));
		}
		const more = bar.querySelector<HTMLButtonElement>('[data-more]');
		more?.addEventListener('click', () => {
			const open = bar.classList.toggle('is-open');
			more.setAttribute('aria-expanded', String(open));
			rove(bar);
		});
		rove(bar);
		area.addEventListener('keydown', (event) => this.key(event));
		const form = area.form ?? area;
		const begin = (): void => void this.load();
		// Where writing is what the page is for, it is ready at once; below a topic when somebody comes to it.
		if (!form.closest('.page--topic')) begin();
		for (const name of ['focusin', 'pointerenter', 'touchstart']) form.addEventListener(name, begin, { once: true, passive: true });
	}

	/** Loads the rest, once; without it the plain view goes on as it is. */
	private load(): Promise<void> {
		const address = this.bar.dataset['rich'];
		this.loading ??= !address ? Promise.resolve() : (import(address) as Promise<typeof import('./rich/rich')>).then(({ open }) => {
			this.tools = open(this.area, this.bar);
			if (this.toggle) this.toggle.hidden = false;
			if (wantsRich()) this.show(true, document.activeElement === this.area);
			else this.mark(false);
			rove(this.bar);
		}).catch((error: unknown) => {
			console.error(error);
			this.loading = undefined;
		});
		return this.loading;
	}

	private mark(rich: boolean): void {
		this.toggle?.setAttribute('aria-pressed', String(!rich));
		this.bar.closest('.composer')?.classList.toggle('is-rich', rich);
	}

	private show(rich: boolean, focus: boolean): void {
		this.tools!.rich(rich, focus);
		this.mark(rich);
	}

	private async press(kind: string, button: HTMLButtonElement | null): Promise<boolean> {
		if (LOADED.has(kind) && !this.tools) {
			await this.load();
			if (!this.tools) {
				announce(word('failed'));
				return false;
			}
		}
		// Uploads take the button when they are there; else a picture has an address.
		if (kind === 'image' && !this.area.dispatchEvent(new CustomEvent('stoa:upload', { detail: { files: null }, bubbles: true, cancelable: true }))) return true;
		if (kind === 'view') {
			const rich = !this.tools!.isRich();
			remember(rich);
			this.show(rich, true);
			return true;
		}
		const said = (): void => announce(button?.getAttribute('aria-label') ?? '');
		if (this.tools?.run(kind, button)) {
			if (!LOADED.has(kind)) said();
			return true;
		}
		const change = edit(kind, this.area.value, this.area.selectionStart, this.area.selectionEnd);
		if (!change) return false;
		apply(this.area, change);
		said();
		return true;
	}

	private key(event: KeyboardEvent): void {
		const { area } = this;
		if (event.isComposing) return;
		if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
			const kind = SHORTCUTS[event.key.toLowerCase()];
			if (!kind) return;
			event.preventDefault();
			void this.press(kind, this.bar.querySelector<HTMLButtonElement>(`[data-md="${kind}"]`));
		} else if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && area.selectionStart === area.selectionEnd) {
			const change = newline(area.value, area.selectionStart);
			if (!change) return;
			event.preventDefault();
			apply(area, change);
		}
	}
}

export function composers(): void {
	for (const bar of all('.composer__toolbar')) {
		const area = document.getElementById(bar.getAttribute('aria-controls') ?? '');
		if (area instanceof HTMLTextAreaElement) new Composer(bar, area);
	}
}
