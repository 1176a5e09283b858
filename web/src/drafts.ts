// Keeps what is being written: on the server two seconds after typing stops, on this device while there is no connection.
//
// What a device keeps belongs to one person and one place. It goes to the server as soon as that answers, and never over a
// text that was written elsewhere meanwhile: then both are shown, and the person chooses.
import { all, body, word } from './page';

const PAUSE_MS = 2000;
const AGAIN_MS = 15_000;
const KEPT_MS = 30 * 86_400_000;
const FIELDS = ['title', 'raw', 'category', 'tags', 'to'];
/** `seen` says which version of a post an edit was begun with, so that what others change meanwhile is noticed. */
const KEPT = [...FIELDS, 'seen'];
const PREFIX = 'stoaDraft:';

type State = 'saving' | 'saved' | 'unsaved' | 'kept' | 'unsent' | 'conflict' | '';
type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** What is kept here under names that begin so, the newest first; nothing where a private window refuses. */
function stored(prefix: string): [string, URLSearchParams][] {
	try {
		const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
		const all = keys.map((key): [string, URLSearchParams] => [key, new URLSearchParams(localStorage.getItem(key) ?? '')]);
		return all.sort(([, a], [, b]) => Number(b.get('at')) - Number(a.get('at')));
	} catch {
		return [];
	}
}

function forget(key: string): void {
	try {
		localStorage.removeItem(key);
	} catch { /* nothing was kept */ }
}

class Draft {
	private timer = 0;
	private dirty = false;
	private busy = false;
	private stopped = false;
	/** The last time something was saved the site did not answer. */
	private failed = false;
	private isHere = false;
	private readonly place: string;
	/** How the names of all begin that is kept for this person and place. */
	private readonly mine: string;
	private readonly key: string;
	private readonly note: HTMLElement | null;

	constructor(private readonly form: HTMLFormElement, me: string) {
		this.place = form.dataset['draft']!;
		this.mine = `${PREFIX}${me}:${this.place}#`;
		// Of this page alone: two tabs without a connection do not write over each other.
		this.key = this.mine + Math.random().toString(36).slice(2);
		this.note = form.querySelector('.composer__saved');
		this.restore();
		form.addEventListener('input', () => this.changed());
		form.addEventListener('change', () => this.changed());
		form.addEventListener('submit', (event) => this.sending(event), { capture: true });
		form.addEventListener('stoa:sent', () => this.sent());
		form.addEventListener('stoa:unsent', () => { this.stopped = false; this.dirty = true; });
		document.addEventListener('visibilitychange', () => { if (document.hidden && this.dirty) void this.save(); });
		addEventListener('pagehide', () => { if (this.dirty) this.keepHere(); });
		addEventListener('beforeunload', (event) => { if (this.dirty && !this.stopped && !this.isHere) event.preventDefault(); });
		addEventListener('online', () => { if (this.dirty) void this.save(); });
	}

	private field(name: string): Field | null {
		const field = this.form.elements.namedItem(name);
		return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement ? field : null;
	}

	private value(name: string): string {
		return this.field(name)?.value ?? '';
	}

	/** What the server wrote into a field; a browser that goes back puts in what was typed. */
	private served(name: string): string {
		const field = this.field(name);
		return field instanceof HTMLSelectElement ? field.querySelector<HTMLOptionElement>('option[selected]')?.value ?? '' : field?.defaultValue ?? '';
	}

	private fields(): URLSearchParams {
		const fields = new URLSearchParams({ place: this.place, version: this.form.dataset['version'] ?? '0' });
		for (const name of KEPT) fields.set(name, this.value(name));
		return fields;
	}

	private changed(): void {
		if (this.stopped) return;
		this.dirty = true;
		this.isHere = false;
		if (navigator.onLine) this.say('');
		else this.keepHere();
		this.later(PAUSE_MS);
	}

	private later(ms: number): void {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => void this.save(), ms);
	}

	private async save(): Promise<void> {
		clearTimeout(this.timer);
		if (this.stopped) return;
		if (!navigator.onLine) {
			this.keepHere();
			return;
		}
		if (this.busy) {
			this.later(PAUSE_MS);
			return;
		}
		const fields = this.fields();
		fields.set('csrf', this.value('csrf') || (body.dataset['csrf'] ?? ''));
		this.busy = true;
		this.dirty = false;
		this.say('saving');
		try {
			const answer = await fetch(body.dataset['drafts']!, {
				method: 'POST', body: fields, keepalive: true, headers: { Accept: 'application/json' },
			});
			if (answer.status === 409) {
				// Another tab or device wrote meanwhile: neither text may overwrite the other silently.
				this.keepHere();
				this.stopped = true;
				this.say('conflict');
				return;
			}
			if (!answer.ok) throw new Error(String(answer.status));
			const saved: { version?: number | string } = await answer.json();
			this.form.dataset['version'] = String(saved.version ?? '');
			this.failed = false;
			if (this.dirty) return;
			forget(this.key);
			this.isHere = false;
			this.say('saved');
		} catch {
			if (this.stopped) return;
			this.dirty = true;
			this.failed = true;
			this.keepHere();
			this.later(AGAIN_MS);
		} finally {
			this.busy = false;
		}
	}

	/** While the site does not answer nothing is sent, and nothing is lost. */
	private sending(event: SubmitEvent): void {
		const button = event.submitter as HTMLButtonElement | null;
		if (navigator.onLine && !this.failed || this.stopped || button?.name === 'preview') return;
		event.preventDefault();
		event.stopImmediatePropagation();
		this.dirty = true;
		void this.save().then(() => {
			if (navigator.onLine && !this.failed) this.form.requestSubmit(button);
			else if (!this.stopped) this.say('unsent');
		});
	}

	/** Sent: the server deletes its draft together with publishing. Until then this device keeps the text as well. */
	private sent(): void {
		clearTimeout(this.timer);
		this.stopped = true;
		this.dirty = false;
		if (this.form.dataset['version'] && this.form.dataset['version'] !== '0') this.keepHere(true);
		else forget(this.key);
	}

	private keepHere(isSent = false): void {
		const fields = this.fields();
		fields.set('at', String(Date.now()));
		if (isSent) fields.set('sent', '1');
		try {
			localStorage.setItem(this.key, fields.toString());
			this.isHere = true;
		} catch { /* no room or private window: the text is still on the page */ }
		if (!this.stopped) this.say(this.isHere ? 'kept' : 'unsaved');
	}

	/** Gives back what this device kept, unless it was sent, or another text was written elsewhere. */
	private restore(): void {
		for (const [key, here] of stored(this.mine)) {
			const same = (name: string): boolean => (here.get(name) ?? '').trim() === this.served(name).trim();
			const wasSent = here.has('sent');
			const isCurrent = here.get('version') === (this.form.dataset['version'] ?? '0');
			if (!here.get('raw') && !here.get('title') || FIELDS.every((name) => !this.field(name) || same(name)) || wasSent && !isCurrent) {
				forget(key);
			} else if (!this.dirty && isCurrent) {
				forget(key);
				this.take(here);
				if (wasSent) this.say('unsent');
			} else {
				this.offer(key, here);
			}
		}
		if (!this.dirty && this.value('raw') !== this.served('raw')) this.changed();
	}

	private take(here: URLSearchParams): void {
		for (const name of KEPT) {
			const field = this.field(name);
			const text = here.get(name);
			if (field && text !== null) field.value = text;
		}
		this.field('raw')?.dispatchEvent(new Event('input', { bubbles: true }));
		this.changed();
	}

	/** Two texts for one place: both are there until one is chosen. */
	private offer(key: string, here: URLSearchParams): void {
		const note = this.note;
		if (!note) return;
		const box = document.createElement('div');
		box.className = 'composer__other cdx-message cdx-message--block cdx-message--warning';
		box.setAttribute('role', 'status');
		const words = document.createElement('p');
		words.textContent = note.dataset['other'] ?? '';
		const text = document.createElement('blockquote');
		text.dir = 'auto';
		text.textContent = here.get('raw');
		box.append(words, text);
		for (const name of ['use', 'drop'] as const) {
			const button = document.createElement('button');
			button.type = 'button';
			button.className = 'cdx-button';
			button.textContent = note.dataset[name] ?? '';
			button.addEventListener('click', () => {
				forget(key);
				box.remove();
				if (name === 'use') this.take(here);
				this.field('raw')?.focus();
			});
			box.append(button);
		}
		note.before(box);
	}

	private say(state: State): void {
		if (!this.note || this.note.dataset['state'] === state) return;
		this.note.dataset['state'] = state;
		this.note.textContent = state && (this.note.dataset[state] ?? word(state));
	}
}

export function drafts(): void {
	const me = document.querySelector<HTMLElement>('[data-me]')?.dataset['me'];
	if (!body.dataset['drafts'] || !me) return;
	// What nobody came back for.
	for (const [key, here] of stored(PREFIX)) if (Number(here.get('at')) < Date.now() - KEPT_MS) forget(key);
	// What is thrown away in the list of drafts is gone from here as well.
	document.addEventListener('submit', (event) => {
		const form = event.target as HTMLFormElement;
		const place = form.querySelector<HTMLInputElement>('input[name="place"]')?.value;
		if (place && form.getAttribute('action') === '/drafts/discard') for (const [key] of stored(`${PREFIX}${me}:${place}#`)) forget(key);
	});
	for (const form of all<HTMLFormElement>('form[data-draft]')) new Draft(form, me);
}
