// What the parts share: the page's words, its token, its announcer.

export const body = document.body;

/** A message of the page, from `data-msg-NAME` on <body>; empty when the page has none. */
export function word(name: string): string {
	return body.dataset[`msg${name[0]!.toUpperCase()}${name.slice(1)}`] ?? '';
}

export function all<T extends Element = HTMLElement>(selector: string, within: ParentNode = document): T[] {
	return [...within.querySelectorAll<T>(selector)];
}

let announcer: HTMLElement | undefined;

/** Says `text` to screen readers, politely. */
export function announce(text: string): void {
	if (!text) return;
	if (!announcer) {
		announcer = document.createElement('div');
		announcer.className = 'sr-only';
		announcer.setAttribute('role', 'status');
		body.append(announcer);
	}
	announcer.textContent = '';
	const target = announcer;
	// A change in a later frame is announced even when the words are the same as last time.
	setTimeout(() => { target.textContent = text; }, 50);
}

/** The fields of a form as a form-encoded body, files left out. */
export function encoded(form: HTMLFormElement, submitter?: HTMLElement | null): URLSearchParams {
	const fields = new URLSearchParams();
	for (const [name, value] of new FormData(form)) {
		if (typeof value === 'string') fields.append(name, value);
	}
	if (submitter instanceof HTMLButtonElement && submitter.name) fields.append(submitter.name, submitter.value);
	return fields;
}

/** Whether typing into this element is writing. */
export function isField(target: EventTarget | null): boolean {
	return target instanceof HTMLElement
		&& (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
		&& !(target instanceof HTMLInputElement && /^(checkbox|radio|button|submit|range)$/.test(target.type));
}

/** Whether a person can see and reach this element. */
export function isVisible(element: Element): boolean {
	return element.getClientRects().length > 0;
}

/** Moves the focus to what the page was opened for: the first problem of a form, a field. */
export function focusFirst(): void {
	if (!location.hash) document.querySelector<HTMLElement>('[data-focus]')?.focus();
}

/** Wide tables and code in texts can be scrolled by keyboard; what pages have of their own says so in its HTML already. */
export function scrollers(): void {
	const fit = (): void => {
		for (const box of all('.table-scroll:not([aria-label], [aria-labelledby]), .prose pre')) {
			if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
			else box.removeAttribute('tabindex');
		}
	};
	fit();
	addEventListener('resize', fit, { passive: true });
}
