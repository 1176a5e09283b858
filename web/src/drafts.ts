// Keeps what is being written: on the server two seconds after typing stops, on this device while there is no connection.
import { all, body, word } from './page';

const PAUSE_MS = 2000;
const FIELDS = ['title', 'raw', 'category', 'tags'];

type State = 'saving' | 'saved' | 'unsaved' | 'conflict' | '';

class Draft {
	private timer = 0;
	private dirty = false;
	private busy = false;
	private stopped = false;
	private readonly place: string;
	private readonly note: HTMLElement | null;

	constructor(private readonly form: HTMLFormElement) {
		this.place = form.dataset['draft']!;
		this.note = form.querySelector('.composer__saved');
		this.restore();
		form.addEventListener('input', () => this.changed());
		form.addEventListener('change', () => this.changed());
		form.addEventListener('stoa:sent', () => this.sent());
		form.addEventListener('stoa:unsent', () => { this.stopped = false; this.dirty = true; });
		document.addEventListener('visibilitychange', () => { if (document.hidden && this.dirty) void this.save(); });
		addEventListener('beforeunload', (event) => { if (this.dirty && !this.stopped) event.preventDefault(); });
		addEventListener('online', () => { if (this.dirty) void this.save(); });
	}

	private value(name: string): string {
		const field = this.form.elements.namedItem(name);
		return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement ? field.value : '';
	}

	private changed(): void {
		if (this.stopped) return;
		this.dirty = true;
		this.say('');
		clearTimeout(this.timer);
		this.timer = setTimeout(() => void this.save(), PAUSE_MS);
	}

	private async save(): Promise<void> {
		clearTimeout(this.timer);
		if (this.stopped) return;
		if (this.busy) {
			this.timer = setTimeout(() => void this.save(), PAUSE_MS);
			return;
		}
		const fields = new URLSearchParams({ place: this.place, version: this.form.dataset['version'] ?? '0' });
		fields.set('csrf', this.value('csrf') || (body.dataset['csrf'] ?? ''));
		for (const name of [...FIELDS, 'seen']) fields.set(name, this.value(name));
		this.busy = true;
		this.dirty = false;
		this.say('saving');
		try {
			const answer = await fetch(body.dataset['drafts']!, {
				method: 'POST', body: fields, keepalive: true, headers: { Accept: 'application/json' },
			});
			if (answer.status === 409) {
				// Another tab wrote meanwhile: neither text may overwrite the other silently.
				this.keepHere(fields);
				this.stopped = true;
				this.say('conflict');
				return;
			}
			if (!answer.ok) throw new Error(String(answer.status));
			const saved: { version?: number | string } = await answer.json();
			this.form.dataset['version'] = String(saved.version ?? '');
			this.forgetHere();
			if (!this.dirty) this.say('saved');
		} catch {
			this.dirty = true;
			this.keepHere(fields);
			if (!this.stopped) this.say('unsaved');
		} finally {
			this.busy = false;
		}
	}

	/** Sent: the server deletes its draft together with publishing. */
	private sent(): void {
		clearTimeout(this.timer);
		this.stopped = true;
		this.dirty = false;
		this.forgetHere();
	}

	private key(): string {
		return `stoaDraft:${this.place}`;
	}

	private keepHere(fields: URLSearchParams): void {
		fields.delete('csrf');
		try {
			localStorage.setItem(this.key(), fields.toString());
		} catch { /* no room or private window: the text is still on the page */ }
	}

	private forgetHere(): void {
		try {
			localStorage.removeItem(this.key());
		} catch { /* nothing was kept */ }
	}

	/** Gives back what this device kept while offline, unless the page already brings a text. */
	private restore(): void {
		let kept: URLSearchParams;
		try {
			kept = new URLSearchParams(localStorage.getItem(this.key()) ?? '');
		} catch {
			return;
		}
		if (!kept.get('raw') || this.value('raw')) return;
		for (const name of FIELDS) {
			const field = this.form.elements.namedItem(name);
			const text = kept.get(name);
			if (text && (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) field.value = text;
		}
		this.changed();
	}

	private say(state: State): void {
		if (!this.note) return;
		this.note.dataset['state'] = state;
		this.note.textContent = state && word(state);
	}
}

export function drafts(): void {
	if (!body.dataset['drafts']) return;
	for (const form of all<HTMLFormElement>('form[data-draft]')) new Draft(form);
}
