// What happens while one looks: offered by a button, never moved under the reader's eyes.
import { all, announce, word } from './page';
import { writers } from './writing';

const START_MS = 1000;
const HIDDEN_MS = 5 * 60_000;
/** Numbers of which the server wrote the words, one for each plural there may be. */
const SAMPLES = [0, 1, 2, 3, 11, 100];

/** The words for `n` things, out of `forms` for the samples, in the page's language. */
export function plural(forms: string, n: number, lang: string): string {
	const rules = new Intl.PluralRules(lang);
	const exact = n < 4 ? n : -1;
	const at = exact >= 0 ? exact : SAMPLES.map((sample) => rules.select(sample)).lastIndexOf(rules.select(n));
	return (forms.split('|')[at < 0 ? SAMPLES.length - 1 : at] ?? '').replace('$1', new Intl.NumberFormat(lang).format(n));
}

/** The stream of a page: open while it is looked at, going on where it stopped. */
function stream(address: string, on: Record<string, (data: Record<string, number>) => void>): void {
	let source: EventSource | undefined;
	let last = '';
	let late = 0;
	const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('stoa-live') : undefined;
	const close = (): void => {
		source?.close();
		source = undefined;
	};
	const open = (): void => {
		clearTimeout(late);
		if (source && source.readyState !== EventSource.CLOSED) return;
		source = new EventSource(last ? `${address}&since=${last}` : address);
		for (const [name, tell] of Object.entries(on)) {
			source.addEventListener(name, (event) => {
				last = event.lastEventId || last;
				tell(JSON.parse(event.data) as Record<string, number>);
			});
		}
		// Browsers have few connections to one site: a tab that is seen takes that of one that is not.
		tabs?.postMessage('open');
	};
	tabs?.addEventListener('message', () => { if (document.hidden) close(); });
	document.addEventListener('visibilitychange', () => {
		clearTimeout(late);
		if (document.hidden) late = setTimeout(close, HIDDEN_MS);
		else open();
	});
	addEventListener('pagehide', close);
	addEventListener('pageshow', (event) => { if (event.persisted) open(); });
	setTimeout(() => { if (!document.hidden) open(); }, START_MS);
}

/** The button that offers what is new; it floats, so that its coming moves nothing. */
function offer(take: () => Promise<void>): (text: string) => void {
	const line = document.createElement('p');
	line.className = 'live';
	line.setAttribute('role', 'status');
	const button = document.createElement('button');
	button.type = 'button';
	button.className = 'cdx-button cdx-button--action-progressive cdx-button--weight-primary';
	button.addEventListener('click', () => {
		if (button.getAttribute('aria-busy')) return;
		button.setAttribute('aria-busy', 'true');
		take().catch(() => announce(word('failed'))).finally(() => button.removeAttribute('aria-busy'));
	});
	document.querySelector('#main')?.append(line);
	return (text) => {
		if (!text) button.remove();
		else {
			if (button.textContent !== text) button.textContent = text;
			if (!button.isConnected) line.append(button);
		}
	};
}

async function fetched(address: string): Promise<Document> {
	const answer = await fetch(address, { headers: { Accept: 'text/html' } });
	if (!answer.ok) throw new Error(String(answer.status));
	return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

/** Goes on reading at `element`, without a jump. */
function goOnAt(element: HTMLElement | undefined): void {
	if (!element) return;
	element.tabIndex = -1;
	element.focus({ preventScroll: true });
	document.dispatchEvent(new Event('stoa:swapped'));
}

/** A post was changed: a button beside its name shows the new text, so that nothing moves while one reads. */
function edited(posts: HTMLElement, address: string, number: number): void {
	const post = posts.querySelector<HTMLElement>(`#p${number}`);
	const head = post?.querySelector('.post__head');
	if (!post || !head || post.querySelector('.post__fresh')) return;
	const button = document.createElement('button');
	button.type = 'button';
	button.className = 'post__fresh';
	button.textContent = posts.dataset['msgEdited'] ?? '';
	const show = async (): Promise<void> => {
		const fresh = (await fetched(`${address}/${number}`)).querySelector<HTMLElement>(`#p${number}`);
		if (!fresh) throw new Error('the page has no such post');
		post.replaceWith(document.adoptNode(fresh));
		goOnAt(fresh);
	};
	button.addEventListener('click', () => { show().catch(() => announce(word('failed'))); });
	head.append(button);
	announce(`${post.dataset['author'] ?? ''}: ${button.textContent}`);
}

function topic(posts: HTMLElement): Record<string, (data: Record<string, number>) => void> {
	const forms = posts.dataset['msgNew'] ?? '';
	const address = posts.dataset['url'] ?? '';
	let shown = Number(posts.dataset['last']);
	let newest = shown;
	const lang = document.documentElement.lang;
	const show = offer(async () => {
		const next = `${address}/${shown + 1}`;
		// What is new stands on a later page when this is not the last one.
		if (document.querySelector('.pager [rel="next"]')) {
			location.assign(next);
			return;
		}
		const page = await fetched(next);
		const fresh = all('.topic__posts > [id^="p"]', page).filter((post) => Number(post.id.slice(1)) > shown);
		if (!fresh.length) throw new Error('the page has no such post');
		const end = posts.querySelector(':scope > form');
		for (const post of fresh) posts.insertBefore(document.adoptNode(post), end);
		shown = Number(fresh[fresh.length - 1]!.id.slice(1));
		posts.dataset['last'] = String(shown);
		tell();
		goOnAt(fresh[0]);
	});
	const writing = writers();
	const tell = (): void => show(newest > shown ? plural(forms, newest - shown, lang) : '');
	return {
		writing: (data) => writing(String(data['name'])),
		post: ({ number }) => {
			writing('');
			newest = Math.max(newest, number!);
			tell();
		},
		edited: ({ number }) => edited(posts, address, number!),
		likes: ({ post, count }) => {
			const box = document.querySelector<HTMLElement>(`[data-like="${post}"]`);
			const [text, words] = [box?.querySelector('span:not(.sr-only)'), box?.querySelector('.sr-only')];
			if (text) text.textContent = count ? new Intl.NumberFormat(lang).format(count) : '';
			// Strangers have a link in place of the button, and none where there is nothing to see.
			if (!box || !words || box.localName !== 'a') return;
			box.hidden = !count;
			words.textContent = plural(posts.dataset['msgLikes'] ?? '', count!, lang);
		},
	};
}

function list(rows: HTMLElement): Record<string, (data: Record<string, number>) => void> {
	const forms = rows.dataset['msgNew'] ?? '';
	const fresh = new Set<number>();
	const show = offer(async () => {
		const page = await fetched(location.href);
		const other = page.querySelector<HTMLElement>('[data-live]');
		if (!other) throw new Error('the page has no list');
		rows.replaceChildren(...other.childNodes);
		rows.dataset['newest'] = other.dataset['newest'];
		fresh.clear();
		show('');
		scrollTo({ top: 0 });
		goOnAt(rows);
	});
	return {
		topic: ({ id, bumped }) => {
			if (bumped! > Number(rows.dataset['newest'])) fresh.add(id!);
			if (fresh.size) show(plural(forms, fresh.size, document.documentElement.lang));
		},
	};
}

export function live(): void {
	const place = document.querySelector<HTMLElement>('[data-live]');
	const connection = (navigator as { connection?: { saveData?: boolean } }).connection;
	if (!place || !('EventSource' in window) || connection?.saveData) return;
	stream(place.dataset['live']!, {
		...(place.matches('.topic__posts') ? topic(place) : list(place)),
		bell: ({ count }) => { document.dispatchEvent(new CustomEvent('stoa:bell', { detail: count ?? 0 })); },
	});
}
