// How far and how long a topic is read: told now and then, so that "unread" is right to the post and what one reads for a
// while is tracked. Only time in which the page is seen and somebody moves counts.
import { body } from './page';

const TELL_MS = 60_000;
const STILL_MS = 120_000;

/** The bell of an open page follows what the server says. */
export function bell(): void {
	const link = document.querySelector<HTMLElement>('[data-bell]');
	if (!link) return;
	document.addEventListener('stoa:bell', (event) => {
		const count = (event as CustomEvent<number>).detail;
		let badge = link.querySelector<HTMLElement>('.badge');
		if (!badge) {
			badge = document.createElement('span');
			badge.className = 'badge';
			badge.setAttribute('aria-hidden', 'true');
			link.append(badge);
		}
		const shown = count > 99 ? '99+' : new Intl.NumberFormat(document.documentElement.lang || undefined).format(count);
		badge.hidden = count === 0;
		badge.textContent = shown;
		link.setAttribute('aria-label', count === 0 ? link.dataset['bell']! : `${link.dataset['bell']}: ${shown}`);
	});
}

export function reading(): void {
	const topic = document.querySelector<HTMLElement>('[data-post]')?.dataset['topic'];
	const token = body.dataset['csrf'];
	if (!topic || !token || !('IntersectionObserver' in window)) return;
	let last = 0;
	let told = 0;
	let seconds = 0;
	let moved = Date.now();
	const observer = new IntersectionObserver((entries) => {
		for (const entry of entries) {
			if (entry.isIntersecting) last = Math.max(last, Number((entry.target as HTMLElement).dataset['post']));
		}
	}, { threshold: 0.5 });
	const watch = (): void => {
		for (const post of document.querySelectorAll('[data-post]')) observer.observe(post);
	};
	watch();
	document.addEventListener('stoa:swapped', watch);
	for (const kind of ['scroll', 'keydown', 'pointerdown', 'pointermove']) {
		addEventListener(kind, () => { moved = Date.now(); }, { passive: true });
	}
	setInterval(() => {
		if (document.visibilityState === 'visible' && Date.now() - moved < STILL_MS) seconds++;
	}, 1000);
	const tell = (): void => {
		if (seconds < 2 && last <= told) return;
		const fields = new URLSearchParams({ csrf: token, last: String(last), seconds: String(Math.min(seconds, 600)) });
		told = last;
		seconds = 0;
		// Nobody waits for it, and it may be sent while the page goes away.
		fetch(`/t/${topic}/read`, { method: 'POST', body: fields, keepalive: true }).catch(() => {});
	};
	setInterval(tell, TELL_MS);
	// Whoever wants to read on later from a post has not read it, however long it was in front of them.
	document.addEventListener('submit', (event) => {
		if (!(event.submitter as HTMLButtonElement | null)?.formAction.endsWith('/unread-from')) return;
		observer.disconnect();
		last = told = 0;
	});
	document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') tell(); });
}
