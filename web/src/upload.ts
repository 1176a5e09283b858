// Files into a text: by button, paste and drop, several at once, each with its progress, Cancel and, for a picture, what it shows.
import { apply } from './composer';
import type { Insertion } from './insert';
import { all, announce, body } from './page';

interface Answer { markdown: string; name: string; width: number | null; note: string }

const AT_ONCE = 2;

/** Puts Markdown into the text, unless another view of the same text does it. Answers with what came in, line ends and all. */
function insert(area: HTMLTextAreaElement, detail: Insertion): string {
	const event = new CustomEvent<Insertion>('stoa:insert', { detail, bubbles: true, cancelable: true });
	if (!area.dispatchEvent(event)) return detail.markdown;
	const { markdown, replaces } = detail;
	let from = replaces ? area.value.indexOf(replaces) : -1;
	if (replaces && from < 0 && !markdown) return '';
	let text = markdown;
	let to = from + (replaces?.length ?? 0);
	if (from < 0) {
		from = to = area.selectionEnd;
		const before = area.value.slice(0, from);
		text = (before === '' || before.endsWith('\n') ? '' : '\n') + markdown + (area.value.slice(to).startsWith('\n') ? '' : '\n');
	}
	// Who writes on meanwhile stays where they are.
	const moved = (at: number): number => (at <= from ? at : at >= to ? at + text.length - (to - from) : from + text.length);
	const [start, end] = replaces ? [moved(area.selectionStart), moved(area.selectionEnd)] : [from + text.length, from + text.length];
	if (document.activeElement === area || !replaces) {
		apply(area, { from, to, text, start, end });
	} else {
		area.setRangeText(text, from, to, 'preserve');
		area.setSelectionRange(start, end);
		area.dispatchEvent(new Event('input', { bubbles: true }));
	}
	return text;
}

/** Words as they stand in Markdown. */
function plain(text: string): string {
	return text.replace(/\s+/g, ' ').trim().replace(/[\\[\]*_`<&]/g, '\\$&');
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, className: string, text = ''): HTMLElementTagNameMap[K] {
	const made = document.createElement(name);
	made.className = className;
	made.textContent = text;
	return made;
}

/** What a refusal says: JSON from the form itself, a piece of a page from the gate before it. */
function reason(request: XMLHttpRequest): string {
	try {
		return (JSON.parse(request.responseText) as { error?: string }).error ?? '';
	} catch {
		return new DOMParser().parseFromString(request.responseText, 'text/html').body.textContent?.replace(/\s+/g, ' ').trim() ?? '';
	}
}

class Box {
	private readonly list = element('ul', 'composer__uploads');
	private readonly waiting: (() => void)[] = [];
	private running = 0;
	private readonly places = new Set<string>();

	constructor(private readonly form: HTMLFormElement, private readonly area: HTMLTextAreaElement, private readonly part: HTMLElement) {
		const input = part.querySelector<HTMLInputElement>('input[type=file]')!;
		input.multiple = true;
		// Sent by this script, not with the form; so there is nothing more to fill in or press here.
		input.removeAttribute('name');
		const alt = part.querySelector('[name="alt"]');
		part.querySelector(`#${alt?.getAttribute('aria-describedby')}`)?.remove();
		alt?.closest('.field')?.remove();
		part.querySelector('[name="add_file"]')?.remove();
		part.after(this.list);
		input.addEventListener('change', () => {
			this.add([...input.files ?? []]);
			input.value = '';
		});
		// The toolbar's own button and what is pasted or dropped into the rich view.
		form.addEventListener('stoa:upload', (event) => {
			event.preventDefault();
			const { files } = (event as CustomEvent<{ files: FileList | File[] | null }>).detail;
			if (files) this.add([...files]);
			else input.click();
		});
		const bar = form.querySelector('.composer__toolbar:not(:has([data-upload]))');
		const icon = part.querySelector('summary svg');
		if (bar && icon) {
			const button = element('button', '');
			button.type = 'button';
			button.dataset['md'] = 'file';
			button.setAttribute('aria-label', part.querySelector('summary')?.textContent?.trim() ?? '');
			button.append(icon.cloneNode(true));
			button.addEventListener('click', () => input.click());
			bar.append(button);
		}
		// Before any view of the text sees it: a text that comes along with a picture is what was meant.
		form.addEventListener('paste', (event) => {
			const data = event.clipboardData;
			if (data && !data.types.includes('text/plain')) this.take(event, data.files);
		}, { capture: true });
		const over = (event: DragEvent): void => {
			if (!event.dataTransfer?.types.includes('Files')) return;
			event.preventDefault();
			form.classList.toggle('composer--drop', event.type === 'dragover');
		};
		for (const kind of ['dragover', 'dragleave', 'dragend'] as const) form.addEventListener(kind, over);
		form.addEventListener('drop', (event) => {
			form.classList.remove('composer--drop');
			if (event.dataTransfer) this.take(event, event.dataTransfer.files);
		}, { capture: true });
		form.addEventListener('submit', (event) => {
			if (!this.running || (event.submitter as HTMLButtonElement | null)?.name === 'preview') return;
			event.preventDefault();
			event.stopImmediatePropagation();
			this.list.scrollIntoView({ block: 'nearest' });
			announce(this.list.textContent ?? '');
		}, { capture: true });
	}

	private word(name: string): string {
		return this.part.dataset[`msg${name}`] ?? '';
	}

	private take(event: Event, files: FileList): void {
		if (!files.length) return;
		event.preventDefault();
		event.stopPropagation();
		this.add([...files]);
	}

	private add(files: File[]): void {
		for (const file of files) this.send(file);
	}

	private next(): void {
		while (this.running < AT_ONCE && this.waiting.length) {
			this.running++;
			this.waiting.shift()!();
		}
	}

	private send(file: File): void {
		const row = element('li', 'composer__upload');
		const name = element('span', 'composer__upload-name');
		name.append(element('bdi', '', file.name));
		const bar = element('progress', 'composer__upload-bar');
		bar.max = 1;
		bar.value = 0;
		bar.setAttribute('aria-label', `${this.word('Adding')} ${file.name}`);
		const stop = element('button', 'cdx-button cdx-button--weight-quiet', this.word('Cancel'));
		stop.type = 'button';
		stop.setAttribute('aria-label', `${this.word('Cancel')}: ${file.name}`);
		row.append(name, bar, stop);
		this.list.append(row);

		if (file.size > Number(this.part.dataset['largest'])) {
			this.fail(row, bar, stop, this.word('Large'));
			return;
		}
		const shown = file.type.startsWith('image/') ? this.describe(row) : undefined;
		// By number: a name may have signs that another view of the text writes in another way.
		const stem = plain(this.word('Adding'));
		let place = `![${stem} …]()`;
		for (let n = 2; this.places.has(place) || this.area.value.includes(place); n++) place = `![${stem} ${n} …]()`;
		this.places.add(place);
		const whole = insert(this.area, { markdown: place });
		const takeBack = (): void => {
			insert(this.area, { markdown: '', replaces: this.area.value.includes(whole) ? whole : place });
		};

		const request = new XMLHttpRequest();
		let over = false;
		const end = (): void => {
			if (over) return;
			over = true;
			this.places.delete(place);
			this.running--;
			this.next();
		};
		stop.addEventListener('click', () => {
			const at = this.waiting.indexOf(start);
			if (at >= 0) {
				this.waiting.splice(at, 1);
				this.places.delete(place);
			} else request.abort();
			takeBack();
			row.remove();
			this.area.focus();
		}, { once: true });
		request.upload.addEventListener('progress', (event) => {
			// All of it is there, but a picture is still being written anew: no number says how long.
			if (event.loaded < event.total) bar.value = event.loaded / event.total;
			else bar.removeAttribute('value');
		});
		request.addEventListener('load', () => {
			if (request.status === 201) this.done(JSON.parse(request.responseText) as Answer, { row, bar, stop, place, shown });
			else {
				takeBack();
				shown?.parentElement?.remove();
				this.fail(row, bar, stop, reason(request) || this.word('Failed'));
			}
		});
		request.addEventListener('error', () => {
			takeBack();
			shown?.parentElement?.remove();
			this.fail(row, bar, stop, this.word('Failed'));
		});
		request.addEventListener('loadend', end);
		const start = (): void => {
			const fields = new FormData();
			const token = this.form.querySelector<HTMLInputElement>('input[name="csrf"]');
			fields.set('csrf', token?.value ?? body.dataset['csrf'] ?? '');
			fields.set('file', file, file.name);
			request.open('POST', this.part.dataset['uploads']!);
			request.setRequestHeader('Accept', 'application/json');
			request.setRequestHeader('X-Fragment', '1');
			request.send(fields);
		};
		this.waiting.push(start);
		this.next();
	}

	/** The field for what a picture shows: may be filled while it is sent, and afterwards. */
	private describe(row: HTMLElement): HTMLInputElement {
		const label = element('label', 'composer__upload-alt', `${this.word('Alt')} `);
		const field = element('input', 'cdx-text-input__input');
		field.dir = 'auto';
		field.maxLength = 1000;
		// Enter here is not sending.
		field.addEventListener('keydown', (event) => { if (event.key === 'Enter' && !event.isComposing) event.preventDefault(); });
		label.append(field);
		row.append(label);
		return field;
	}

	private done(answer: Answer, at: { row: HTMLElement; bar: HTMLElement; stop: HTMLElement; place: string; shown: HTMLInputElement | undefined }): void {
		const { row, shown } = at;
		const written = (): string => answer.markdown.replace(/^!\[\]/, `![${plain(shown?.value ?? '').replace(/\$/g, '$$$$')}]`);
		let now = written();
		insert(this.area, { markdown: now, replaces: at.place });
		at.bar.remove();
		if (answer.note) row.append(element('p', 'composer__upload-note', answer.note));
		if (shown && answer.markdown.startsWith('![')) {
			shown.addEventListener('change', () => {
				const before = now;
				now = written();
				if (now !== before) insert(this.area, { markdown: now, replaces: before });
			});
			this.closes(row, at.stop);
		} else if (answer.note) this.closes(row, at.stop);
		else row.remove();
		announce(`${this.word('Added')} ${answer.name}`);
	}

	private fail(row: HTMLElement, bar: HTMLElement, stop: HTMLElement, why: string): void {
		bar.remove();
		const note = element('p', 'field__error', why);
		note.setAttribute('role', 'alert');
		row.append(note);
		this.closes(row, stop);
	}

	/** Cancel becomes Close. */
	private closes(row: HTMLElement, stop: HTMLElement): void {
		const close = stop.cloneNode() as HTMLElement;
		close.textContent = this.word('Close');
		close.setAttribute('aria-label', `${this.word('Close')}: ${row.querySelector('bdi')?.textContent ?? ''}`);
		close.addEventListener('click', () => {
			row.remove();
			this.area.focus();
		});
		const had = stop === document.activeElement;
		stop.replaceWith(close);
		if (had) close.focus();
	}
}

export function uploads(): void {
	const begin = (): void => {
		for (const part of all('.composer__file[data-uploads]')) {
			const form = part.closest('form');
			const area = form?.querySelector<HTMLTextAreaElement>('textarea[name="raw"]');
			if (!form || !area || part.dataset['ready']) continue;
			part.dataset['ready'] = '1';
			new Box(form, area, part);
		}
	};
	begin();
	document.addEventListener('stoa:swapped', begin);
}
