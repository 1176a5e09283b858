// Lets this browser take push messages: the part of the settings that no plain form can do.

/** Fills and sends the form once the browser has said where it takes messages. */
async function subscribe(form: HTMLFormElement, key: string): Promise<void> {
	const registration = await navigator.serviceWorker.register('/worker.js');
	const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
	const { endpoint, keys } = subscription.toJSON();
	const fill = (name: string, value: string | undefined) => {
		const input = form.elements.namedItem(name);
		if (input instanceof HTMLInputElement) input.value = value ?? '';
	};
	fill('endpoint', endpoint);
	fill('p256dh', keys?.p256dh);
	fill('auth', keys?.auth);
	HTMLFormElement.prototype.submit.call(form);
}

const section = document.querySelector<HTMLElement>('[data-push-key]');
const form = section?.querySelector<HTMLFormElement>('[data-push]');
const none = section?.querySelector<HTMLElement>('[data-push-none]');
if (section && form && none) {
	const can = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
	form.hidden = !can;
	none.hidden = can;
	form.addEventListener('submit', (event) => {
		event.preventDefault();
		const status = form.querySelector('[role=status]');
		const say = (words: string | undefined) => { if (status) status.textContent = words ?? ''; };
		void (async () => {
			try {
				if (await Notification.requestPermission() !== 'granted') say(form.dataset['msgDenied']);
				else await subscribe(form, section.dataset['pushKey'] ?? '');
			} catch (error) {
				console.warn(error);
				say(form.dataset['msgFailed']);
			}
		})();
	});
}

export {};
