// The words of the toolbar, for everything that is drawn by scripts.

/** A message of the toolbar, from `data-msg-NAME`. */
export type Words = (name: string) => string;

export function wordsOf(bar: HTMLElement): Words {
	return (name) => bar.dataset[`msg${name[0]!.toUpperCase()}${name.slice(1)}`] ?? '';
}

/** A small element. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className = '', text = ''): HTMLElementTagNameMap[K] {
	const element = document.createElement(tag);
	if (className) element.className = className;
	if (text) element.textContent = text;
	return element;
}
