// Shows what the site pushes while none of its pages is open. It keeps no pages and answers no requests.

/** As `push/send.rs` writes it. */
interface Told { title: string; body: string; url: string; tag: string; lang: string; dir: 'ltr' | 'rtl'; icon: string }

/** What TypeScript's library for pages does not know of workers. */
interface Extended extends Event { waitUntil(work: Promise<unknown>): void }
interface Pushed extends Extended { data: { json(): Told } | null }
interface Clicked extends Extended { notification: Notification }
interface Page { url: string; focus(): Promise<Page> }
interface Worker {
	registration: ServiceWorkerRegistration;
	clients: { matchAll(how: { type: 'window' }): Promise<Page[]>; openWindow(url: string): Promise<unknown> };
	addEventListener(type: 'push', on: (event: Pushed) => void): void;
	addEventListener(type: 'notificationclick', on: (event: Clicked) => void): void;
}
const worker = self as unknown as Worker;

worker.addEventListener('push', (event) => {
	const told = event.data?.json();
	if (!told) return;
	const { title, body, url, tag, lang, dir, icon } = told;
	event.waitUntil(worker.registration.showNotification(title, { body, tag, lang, dir, icon, data: { url } }));
});

worker.addEventListener('notificationclick', (event) => {
	event.notification.close();
	const url = new URL((event.notification.data as { url: string }).url, location.origin);
	event.waitUntil((async () => {
		const pages = await worker.clients.matchAll({ type: 'window' });
		const open = pages.find((page) => page.url.split('#')[0] === url.href.split('#')[0]);
		await (open ? open.focus() : worker.clients.openWindow(url.href));
	})());
});

export {};
