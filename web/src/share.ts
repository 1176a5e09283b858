// Sharing a link: the device's own sheet on phones, the clipboard elsewhere.
import { announce, word } from './page';

async function copy(text: string, near: HTMLElement): Promise<void> {
	await navigator.clipboard.writeText(text);
	announce(word('copied'));
	const shown = [...near.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
	if (!shown || near.dataset['copied']) return;
	const before = shown.textContent;
	near.dataset['copied'] = '1';
	shown.textContent = ` ${word('copied')}`;
	setTimeout(() => {
		shown.textContent = before;
		delete near.dataset['copied'];
	}, 2000);
}

export function share(): void {
	document.addEventListener('click', (event) => {
		if (event.ctrlKey || event.metaKey || event.shiftKey) return;
		const element = (event.target as Element).closest<HTMLElement>('a[data-share], [data-copy]');
		if (!element) return;
		if (element instanceof HTMLAnchorElement && element.hasAttribute('data-share')) {
			if (!navigator.clipboard && !navigator.share) return;
			event.preventDefault();
			const touch = matchMedia('(pointer: coarse)').matches;
			if (touch && navigator.share) navigator.share({ url: element.href, title: document.title }).catch(() => undefined);
			else copy(element.href, element).catch(() => { location.href = element.href; });
		} else if (navigator.clipboard) {
			copy(element.dataset['copy'] ?? '', element).catch(() => announce(word('failed')));
		}
	});
}
