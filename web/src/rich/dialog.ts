// A small question: a <dialog> with a few fields, closed by Escape, the focus back where it was.
import { make, type Words } from './words';

export interface Field {
	name: string;
	label: string;
	type: 'text' | 'url' | 'lines' | 'check' | 'choice' | 'datetime-local';
	value?: string;
	help?: string;
	required?: boolean;
	options?: [value: string, label: string][];
}

let count = 0;

function control(field: Field, id: string): HTMLElement {
	const box = make('div', 'field cdx-field');
	if (field.type === 'check') {
		const label = make('label', 'ask__check');
		const input = make('input');
		Object.assign(input, { type: 'checkbox', id, name: field.name, checked: field.value === 'on' });
		label.append(input, ` ${field.label}`);
		box.append(label);
		return box;
	}
	if (field.type === 'choice') {
		const set = make('fieldset', 'field');
		set.append(make('legend', 'cdx-label', field.label));
		for (const [value, words] of field.options ?? []) {
			const label = make('label', 'ask__check');
			const input = make('input');
			Object.assign(input, { type: 'radio', name: `${field.name}-${id}`, value, checked: value === field.value });
			input.dataset['name'] = field.name;
			label.append(input, ` ${words}`);
			set.append(label);
		}
		return set;
	}
	const label = make('label', 'cdx-label', field.label);
	label.htmlFor = id;
	const input = field.type === 'lines' ? make('textarea', 'cdx-text-area__textarea') : make('input', 'cdx-text-input__input');
	if (input instanceof HTMLInputElement) input.type = field.type === 'url' ? 'text' : field.type;
	else input.rows = 4;
	Object.assign(input, { id, name: field.name, value: field.value ?? '', required: field.required ?? false });
	if (field.type !== 'datetime-local') input.dir = 'auto';
	if (field.type === 'url') {
		input.inputMode = 'url';
		input.dir = 'ltr';
	}
	box.append(label);
	if (field.help) {
		const help = make('p', 'composer__help', field.help);
		help.id = `${id}-help`;
		input.setAttribute('aria-describedby', help.id);
		box.append(help);
	}
	box.append(input);
	return box;
}

/** Asks; nothing when the person changed their mind. */
export function ask(title: string, fields: Field[], words: Words): Promise<Record<string, string> | null> {
	const dialog = make('dialog', 'dialog ask');
	const form = make('form', 'form');
	form.method = 'dialog';
	const heading = make('h2', 'dialog__title', title);
	heading.id = `ask-${++count}`;
	dialog.setAttribute('aria-labelledby', heading.id);
	form.append(heading, ...fields.map((field, index) => control(field, `ask-${count}-${index}`)));
	const actions = make('div', 'form__actions');
	const ok = make('button', 'cdx-button cdx-button--action-progressive cdx-button--weight-primary', words('insert'));
	ok.type = 'submit';
	const no = make('button', 'cdx-button', words('cancel'));
	no.type = 'button';
	no.addEventListener('click', () => dialog.close());
	actions.append(ok, no);
	form.append(actions);
	dialog.append(form);
	document.body.append(dialog);
	return new Promise((resolve) => {
		let answer: Record<string, string> | null = null;
		form.addEventListener('submit', () => {
			answer = {};
			for (const input of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')) {
				const name = input.dataset['name'] ?? input.name;
				if (input instanceof HTMLInputElement && /^(checkbox|radio)$/.test(input.type)) {
					if (input.checked) answer[name] = input.value;
				} else answer[name] = input.value;
			}
		});
		dialog.addEventListener('close', () => {
			dialog.remove();
			resolve(answer);
		});
		dialog.showModal();
		form.querySelector<HTMLElement>('input, textarea')?.focus();
	});
}
