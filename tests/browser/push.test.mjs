// Push messages as Chromium shows them. The push service of its maker is out of reach: the browser's answer to
// `subscribe` is put in its place, and what the service would hand over is handed to the worker.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, watch } from './lib/chromium.mjs';
import { demo } from './lib/demo.mjs';

let community;
let browser;
before(async () => {
	community = await demo();
	browser = await launch();
});
after(async () => {
	await browser?.close();
	await community?.site.stop();
});

test('a device is set up, shows what is pushed, and is let go', async () => {
	const { site, member, facts } = community;
	const context = await browser.newContext();
	await context.grantPermissions(['notifications'], { origin: site.base });
	await context.addCookies([...member.jar].map(([name, value]) => ({ name, value, url: site.base })));
	const page = await watch(await context.newPage(), site.base);
	await page.addInitScript(() => {
		PushManager.prototype.subscribe = async function subscribe({ applicationServerKey, userVisibleOnly }) {
			if (!userVisibleOnly || atob(applicationServerKey.replaceAll('-', '+').replaceAll('_', '/')).length !== 65) throw new Error('not a key');
			return { toJSON: () => ({ endpoint: 'http://127.0.0.1:1/push/1', keys: {
				p256dh: 'BLn9b-VR0ca83knDNZ32dCHGyjJp-1riX9ZTN40MqV8K_LpQmLqxC_DoHvqvFXO_nGdAB4W9dogZb_sM-uV4JbY', auth: '_ordMnz7uTCmrpBTeUV4Bw' } }) };
		};
	});
	await page.goto(`${site.base}/settings/notifications`);
	const start = page.locator('form[data-push] button');
	await start.waitFor();
	await start.click();
	// The address is none that may be asked, which the site says; the browser's part is done.
	await page.waitForURL('**/push');
	assert.equal(page.faults.filter((fault) => !/400|127\.0\.0\.1:1/.test(fault)).join('\n'), '');

	const workers = await context.newCDPSession(page);
	const registrations = new Promise((done) => {
		workers.on('ServiceWorker.workerRegistrationUpdated', ({ registrations: all }) => {
			if (all.length > 0) done(all[0].registrationId);
		});
	});
	await workers.send('ServiceWorker.enable');
	const registrationId = await registrations;
	await page.goto(`${site.base}/latest`);
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	const data = JSON.stringify({ title: 'Tea & cake', body: 'ada replied', url: facts.own, tag: 't1', lang: 'ar', dir: 'rtl', icon: '/favicon.ico' });
	await workers.send('ServiceWorker.deliverPushMessage', { origin: site.base, registrationId, data });
	const shown = await page.waitForFunction(async () => {
		const registration = await navigator.serviceWorker.ready;
		const [one] = await registration.getNotifications();
		return one && { title: one.title, body: one.body, dir: one.dir, lang: one.lang, tag: one.tag, url: one.data.url };
	});
	assert.deepEqual(await shown.jsonValue(), { title: 'Tea & cake', body: 'ada replied', dir: 'rtl', lang: 'ar', tag: 't1', url: facts.own });
	await context.close();
});
